"""The report of a run: a table, JSON and a picture of it."""
import json
import sys
from dataclasses import asdict
from datetime import datetime, timezone

from . import picture
from .machine import REPOSITORY, commit, description
from .measurement import note, spread

FILE = REPOSITORY / ".local" / "bench.json"
MISSED, FAILED = 1, 2
UNITS = {
    "ours": "unit", "peer": "unit", "rounds": "ratio of each round; unit without a peer",
    "spread": "(upper - lower quartile) / median of the rounds",
}


class Report:
    """Collects the rows of a run. The file is written after each benchmark, and keeps those of earlier runs that were not repeated."""

    def __init__(self, file=FILE):
        self.file, self.rows, self.failed, self.stamped = file, [], {}, []
        self.earlier = earlier_rows(file)
        self.run = {"startedAt": now(), "commit": commit(), "machine": description()}

    def add(self, benchmark, rows):
        for row in rows:
            note(row)
            stamp = {"benchmark": benchmark, "commit": self.run["commit"], "endedAt": now()}
            self.stamped.append({**asdict(row), "spread": round(spread(row.rounds), 3), **stamp})
        self.rows += rows
        self.write()

    def fail(self, benchmark, error):
        self.failed[benchmark] = f"{type(error).__name__}: {error}"
        self.write()

    def write(self):
        repeated = {row["benchmark"] for row in self.stamped} | set(self.failed)
        kept = [row for row in self.earlier if row["benchmark"] not in repeated]
        failed = [{"benchmark": benchmark, "error": error} for benchmark, error in self.failed.items()]
        schema = {"name": "baedal.bench", "version": 1}
        document = {"schema": schema, "units": UNITS, **self.run, "rows": kept + self.stamped, "failed": failed}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        picture.write(self.file)

    def finish(self):
        """Prints the table; returns the exit status: 2 if a benchmark failed, 1 if a threshold was missed."""
        print(f"\n{'benchmark':62} {'ours':>10} {'reference':>10} {'ratio':>7} {'spread':>7}  {'threshold':14} ok")
        for row in self.rows:
            print(row)
        for benchmark, error in self.failed.items():
            print(f"{benchmark} failed: {error}", file=sys.stderr)
        return FAILED if self.failed else 0 if all(row.ok for row in self.rows) else MISSED


def earlier_rows(file):
    """The rows of an earlier run's file; none if it has no schema."""
    document = json.loads(file.read_text()) if file.exists() else None
    return document["rows"] if isinstance(document, dict) else []


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
