"""Tests of LoadTest/bench.py, of the reports' schemas and of their pictures; `make lint` runs them."""
import contextlib
import io
import json
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "LoadTest"))

import bench
import validate
from benchmarks import compare, measurement, picture
from benchmarks.report import Report


def steady(_):
    ours, reference = [], []
    for _ in measurement.rounds((ours, reference)):
        ours.append(110.0)
        reference.append(100.0)
    return [measurement.compared("reads, req/s : reference", ours, reference, 1.0)]


def slow(_):
    return [measurement.limited("latency, ms", [9.0, 9.1, 9.2], 5)]


def failing(_):
    raise RuntimeError("wrk: socket errors")


class RunTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "bench.json"

    def run_benchmarks(self, **benchmarks):
        """Runs benchmarks; returns the exit status and the report."""
        report = Report(self.file)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            bench.run(benchmarks, None, report)
            status = report.finish()
        return status, json.loads(self.file.read_text())

    def test_a_benchmark_that_fails_does_not_stop_the_others(self):
        status, report = self.run_benchmarks(first=steady, second=failing, third=steady)
        self.assertEqual([row["benchmark"] for row in report["rows"]], ["first", "third"])
        self.assertEqual(report["failed"], [{"benchmark": "second", "error": "RuntimeError: wrk: socket errors"}])
        self.assertEqual(status, 2)

    def test_each_row_is_in_the_file_before_the_next_benchmark_starts(self):
        seen = []
        self.run_benchmarks(first=steady, second=lambda _: seen.append(json.loads(self.file.read_text())) or [])
        self.assertEqual([row["benchmark"] for row in seen[0]["rows"]], ["first"])

    def test_a_missed_threshold_is_another_status_than_a_failure(self):
        self.assertEqual(self.run_benchmarks(only=slow)[0], 1)
        self.assertEqual(self.run_benchmarks(only=steady)[0], 0)

    def test_rows_of_other_benchmarks_are_kept_and_repeated_ones_replaced(self):
        self.run_benchmarks(first=steady, second=slow)
        _, report = self.run_benchmarks(second=steady)
        self.assertEqual([(row["benchmark"], row["ok"]) for row in report["rows"]], [("first", True), ("second", True)])

    def test_the_report_follows_its_schema_and_states_commit_machine_and_time(self):
        _, report = self.run_benchmarks(first=steady, second=failing, third=slow)
        self.assertEqual(validate.errors(report), [])
        self.assertGreaterEqual(report["machine"]["cores"], 1)
        del report["rows"][0]["commit"]
        self.assertEqual(validate.errors(report), ["$.rows[0]: 'commit' is a required property"])

    def test_the_picture_is_well_formed_and_has_each_row(self):
        self.run_benchmarks(first=steady, second=failing, third=slow)
        drawing = xml.etree.ElementTree.parse(self.file.with_suffix(".svg"))
        texts = "".join(drawing.getroot().itertext())
        for text in ("reads, req/s : reference", "latency, ms", "second failed"):
            self.assertIn(text, texts)

    def test_compare_reads_reports_and_the_lists_of_older_revisions(self):
        _, report = self.run_benchmarks(first=steady)
        self.assertEqual(compare.rows_of(report), compare.rows_of(report["rows"]))


class RoundsTests(unittest.TestCase):
    def measured(self, values, reference=None):
        """The number of rounds if these values are measured."""
        series, others = [], []
        with contextlib.redirect_stderr(io.StringIO()):
            for number in measurement.rounds((series, others) if reference else series):
                series.append(values[number - 1])
                others.append(reference and reference[number - 1])
        return len(series)

    def test_rounds_that_agree_are_not_repeated(self):
        self.assertEqual(self.measured([100, 101, 99, 100, 102]), 5)

    def test_rounds_that_scatter_are_followed_by_two_more_at_most(self):
        self.assertEqual(self.measured([100, 60, 140, 100, 150, 40, 160, 100]), 7)

    def test_one_further_round_is_enough_if_the_rounds_then_agree(self):
        self.assertEqual(self.measured([100, 100, 118, 100, 125, 100, 100]), 6)

    def test_a_single_outlier_does_not_count(self):
        self.assertEqual(self.measured([100, 101, 300, 100, 99]), 5)

    def test_a_pair_is_judged_by_its_ratios(self):
        self.assertEqual(self.measured([100, 200, 50, 300, 100], reference=[50, 100, 25, 150, 50]), 5)

    def test_the_spread_is_reported(self):
        self.assertAlmostEqual(measurement.spread([80, 90, 100, 110, 120]), 0.2)
        self.assertEqual(measurement.spread([0.0, 0.0]), 0)


class PictureTests(unittest.TestCase):
    def test_a_long_series_is_condensed_by_the_mean_of_counts_and_the_maximum_of_latencies(self):
        series = [
            {"second": second, "placed": second % 2, "finished": 2, "failed": 0, "placeP50": None, "placeP99": float(second), "pushP99": None}
            for second in range(2 * picture.MAX_POINTS)
        ]
        points = picture.condensed(series)
        self.assertEqual(len(points), picture.MAX_POINTS)
        self.assertEqual(points[1], {
            "second": 2, "placed": 0.5, "finished": 2, "failed": 0, "placeP50": None, "placeP99": 3.0, "pushP99": None})

    def test_more_than_1_is_better_than_the_threshold(self):
        self.assertEqual(picture.margin({"bar": "ratio >= 0.5"}, 1), 2)
        self.assertEqual(picture.margin({"bar": "ratio < 1.5"}, 3), 0.5)
        self.assertEqual(picture.margin({"bar": "<= 45"}, 45), 1)


if __name__ == "__main__":
    unittest.main()
