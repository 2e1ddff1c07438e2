"""The pictures of the reports of load, audit and benchmarks."""
import json
import math
import re

from .svg import MARGIN, WIDTH, Picture

MAX_POINTS = 400
ROW = 26


def write(file):
    """Writes the picture of a report next to it: load.svg for load.json."""
    report = json.loads(file.read_text())
    file.with_suffix(".svg").write_text(str(DRAWINGS[report["schema"]["name"]](report)))


def load(report):
    kind = "while something was stopped" if report.get("injected") else "failed"
    result = "passed" if report["ok"] else f"{kind}: {'; '.join(report['faults'])}"
    title = f"Load of {report['rate']:g} order runs/s for {report['duration']:g} s: {result}"
    picture = Picture(shortened(title, 95), subtitle(report))
    points = condensed(report["series"])
    seconds = [point["second"] for point in points]
    colors = {"placed": "blue", "finished": "teal", "failed": "red"}
    picture.plot("Orders per second", seconds, {name: (color, column(points, name)) for name, color in colors.items()})
    latencies = {"POST /orders p50": ("blue", "placeP50"), "POST /orders p99": ("violet", "placeP99"), "commit to push p99": ("orange", "pushP99")}
    series = {name: (color, column(points, member)) for name, (color, member) in latencies.items()}
    picture.plot("Latency in ms", seconds, series)
    return picture


def column(points, name):
    return [point[name] for point in points]


def condensed(series):
    """At most `MAX_POINTS` points: of several seconds the mean of counts, and the maximum of latencies."""
    step = math.ceil(len(series) / MAX_POINTS) or 1
    groups = [series[start:start + step] for start in range(0, len(series), step)]
    return [{name: combined(name, [point[name] for point in group]) for name in group[0]} for group in groups]


def combined(name, values):
    if name == "second":
        return values[0]
    if name in ("placed", "finished", "failed"):
        return sum(values) / len(values)
    return max((value for value in values if value is not None), default=None)


def audit(report):
    """The time of each invariant's check, after the time until the system was quiescent."""
    result = "all invariants hold" if report["clean"] else f"{report['violations']:,} violations"
    picture = Picture(f"Audit: {result}", subtitle(report))
    left, right, top = 500, WIDTH - MARGIN - 150, picture.height
    across = lambda second: left + (right - left) * second / max(report["seconds"], 0.001)
    rows = [("until quiescent", 0, report["settled"]["seconds"], "violet", report["settled"].get("outstanding", "quiescent"))]
    for line in report["invariants"]:
        failed = line["violations"] or line.get("error")
        outcome = f"{line['checked']:,} checked" + (f", {line['violations']:,} wrong" if failed else "")
        outcome = "unchecked" if line.get("error") else outcome
        rows.append((f"{line['number']}  {line['title']}", line["startedAfter"], line["seconds"], "red" if failed else "teal", outcome))
    for fraction in (0, 0.5, 1):
        x = across(report["seconds"] * fraction)
        picture.line(x, top, x, top + ROW * len(rows))
        picture.text(x, top + ROW * len(rows) + 16, f"{report['seconds'] * fraction:.1f} s", "quiet middle")
    for number, (title, start, seconds, color, outcome) in enumerate(rows):
        y = top + ROW * number
        picture.text(MARGIN, y + 17, shortened(title, 74))
        picture.bar(across(start), y + 7, across(start + seconds) - across(start), 12, color)
        picture.text(WIDTH - MARGIN, y + 17, shortened(outcome, 26), "quiet end")
    picture.height = top + ROW * len(rows) + 24
    return picture


def bench(report):
    """How far each row is from its threshold: 1 is exactly the threshold, more is better; a dot is a round."""
    rows, machine = report["rows"], report["machine"]
    missed = sum(not row["ok"] for row in rows) + len(report["failed"])
    title = f"Benchmarks next to their thresholds: {len(rows)} rows, {missed} missed or failed"
    picture = Picture(title, f"{subtitle(report)}, {machine['cores']} × {machine['processor']}")
    left, right, top, scale = 460, WIDTH - MARGIN - 80, picture.height + 16, 3
    across = lambda margin: left + (right - left) * min(margin, scale) / scale
    for number, row in enumerate(rows):
        y = top + ROW * number
        color = "teal" if row["ok"] else "red"
        value = row["ours"] if row["ratio"] is None else row["ratio"]
        picture.text(MARGIN, y + 17, shortened(row["name"], 64))
        picture.bar(left, y + 7, across(margin(row, value)) - left, 12, color)
        for figure in row["rounds"]:
            picture.dot(across(margin(row, figure)), y + 13, color)
        picture.text(WIDTH - MARGIN, y + 17, f"{value:,.2f} {row['unit'] if row['ratio'] is None else ''}", "quiet end")
    bottom = top + ROW * len(rows)
    picture.line(across(1), top, across(1), bottom, "limit")
    for number in range(scale + 1):
        picture.text(across(number), top - 6, ["0", "threshold", "2 ×", "3 × or more"][number], "quiet middle")
    picture.height = bottom
    for failed in report["failed"]:
        picture.height += ROW
        picture.text(MARGIN, picture.height - 8, shortened(f"{failed['benchmark']} failed: {failed['error']}", 110))
    return picture


def margin(row, figure):
    """The figure in relation to the threshold, so that more than 1 is better; `ratio >= 0.6`, `ratio < 1.5`, `<= 45`."""
    threshold = float(re.search(r"[\d.]+$", row["bar"]).group(0))
    if ">=" in row["bar"]:
        return figure / threshold
    return threshold / figure if figure > 0 else math.inf


def subtitle(report):
    return f"{report['startedAt'].replace('T', ' ').replace('Z', ' UTC')}, commit {report['commit']}"


def shortened(text, length):
    return text if len(text) <= length else text[: length - 1] + "…"


DRAWINGS = {"baedal.load": load, "baedal.audit": audit, "baedal.bench": bench}
