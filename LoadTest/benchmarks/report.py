"""What was measured against which bar, as a table and as JSON."""
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


def compared(name, ours, peer, at_least):
    """A row of ours beside a peer's: medians of the rounds, and the least ratio that is enough."""
    ours, peer = statistics.median(ours), statistics.median(peer)
    ratio = ours / peer
    return Row(name, round(ours, 1), round(peer, 1), round(ratio, 3), f"ratio >= {at_least}", ratio >= at_least)


def limited(name, values, at_most):
    """A row without a peer: the median of the rounds, and the most that it may be."""
    ours = statistics.median(values)
    return Row(name, round(ours, 3), None, None, f"<= {at_most}", ours <= at_most)


def heading(name):
    print(f"\n== {name}", file=sys.stderr)


def note(text):
    print(f"   {text}", file=sys.stderr, flush=True)


def rounds():
    """Numbers the rounds and says so."""
    for number in range(1, ROUNDS + 1):
        note(f"round {number} of {ROUNDS}")
        yield number


def finish(rows, complete):
    """Prints the table, writes the JSON (only a run of all rows replaces the rows of another), ends with 1 if a bar was missed."""
    print(f"\n{'what':62} {'ours':>10} {'peer':>10} {'ratio':>7}  {'bar':14} ok")
    for row in rows:
        peer = "-" if row.peer is None else f"{row.peer:,.1f}"
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        print(f"{row.name:62} {row.ours:>10,.1f} {peer:>10} {ratio:>7}  {row.bar:14} {'yes' if row.ok else 'NO'}")
    file = REPOSITORY / ".local" / "bench.json"
    kept = [] if complete or not file.exists() else json.loads(file.read_text())
    new = {row.name: asdict(row) for row in rows}
    merged = [new.pop(old["name"], old) for old in kept] + list(new.values())
    file.write_text(json.dumps(merged, indent=2, ensure_ascii=False) + "\n")
    sys.exit(0 if all(row.ok for row in rows) else 1)
