"""The results and their thresholds, as a table and as JSON."""
import json
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROUNDS = 5
SECONDS = 5


@dataclass
class Row:
    name: str
    ours: float
    peer: float | None
    ratio: float | None
    bar: str
    ok: bool


def compared(name, ours, reference, at_least):
    """A row with a reference: the medians of the rounds, and the minimum ratio."""
    ours, reference = statistics.median(ours), statistics.median(reference)
    ratio = ours / reference
    return Row(name, round(ours, 1), round(reference, 1), round(ratio, 3), f"ratio >= {at_least}", ratio >= at_least)


def limited(name, values, at_most):
    """A row without a reference: the median of the rounds, and its maximum."""
    ours = statistics.median(values)
    return Row(name, round(ours, 3), None, None, f"<= {at_most}", ours <= at_most)


def heading(name):
    print(f"\n== {name}", file=sys.stderr)


def note(text):
    print(f"   {text}", file=sys.stderr, flush=True)


def rounds():
    """The numbers of the rounds, each of which is printed."""
    for number in range(1, ROUNDS + 1):
        note(f"round {number} of {ROUNDS}")
        yield number


def finish(rows, complete):
    """Prints the table and writes the JSON (a run of some rows keeps the others'); exits with 1 if a threshold was missed."""
    print(f"\n{'benchmark':62} {'ours':>10} {'reference':>10} {'ratio':>7}  {'threshold':14} ok")
    for row in rows:
        reference = "-" if row.peer is None else f"{row.peer:,.1f}"
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        print(f"{row.name:62} {row.ours:>10,.1f} {reference:>10} {ratio:>7}  {row.bar:14} {'yes' if row.ok else 'NO'}")
    file = REPOSITORY / ".local" / "bench.json"
    kept = [] if complete or not file.exists() else json.loads(file.read_text())
    new = {row.name: asdict(row) for row in rows}
    merged = [new.pop(old["name"], old) for old in kept] + list(new.values())
    file.write_text(json.dumps(merged, indent=2, ensure_ascii=False) + "\n")
    sys.exit(0 if all(row.ok for row in rows) else 1)
