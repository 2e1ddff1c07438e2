"""The table of `LoadTest/compare.sh`: medians of saved benchmark rounds of two revisions, and their ratio."""
import json
import re
import statistics
import sys
from pathlib import Path

FILE = re.compile(r"(?P<row>.+)-(?P<round>\d+)-(?P<side>baseline|current)\.json")


def read_rounds(folder):
    """The rounds' rows by benchmark and side: `{"patch": {"baseline": [[row, …], …], "current": […]}}`."""
    rounds = {}
    for file in sorted(Path(folder).glob("*.json"), key=lambda file: file.stat().st_mtime):
        name = FILE.fullmatch(file.name)
        if name:
            sides = rounds.setdefault(name["row"], {"baseline": [], "current": []})
            sides[name["side"]].append(rows_of(json.loads(file.read_text())))
    return rounds


def rows_of(report):
    """The rows of a report; older revisions write the list of rows only."""
    return report["rows"] if isinstance(report, dict) else report


def medians(rounds):
    """The median of each row's own figure. Rows are matched by position: their names may contain measured values."""
    counts = {len(rows) for rows in rounds}
    if len(counts) != 1:
        raise ValueError(f"the rounds have different numbers of rows: {sorted(counts)}")
    return [statistics.median(row["ours"] for row in position) for position in zip(*rounds)]


def compared(folder):
    """`(name, baseline, current, ratio)` of every row; the ratio is current to baseline, `None` if the baseline is zero."""
    table = []
    for benchmark, sides in read_rounds(folder).items():
        if not sides["baseline"] or not sides["current"]:
            raise ValueError(f"{benchmark}: one side has no rounds")
        before, after = medians(sides["baseline"]), medians(sides["current"])
        if len(before) != len(after):
            raise ValueError(f"{benchmark}: the baseline has {len(before)} rows, this revision {len(after)}")
        names = [row["name"] for row in sides["current"][-1]]
        table += [(name, old, new, new / old if old else None) for name, old, new in zip(names, before, after)]
    return table


def main(folder):
    try:
        table = compared(folder)
    except ValueError as error:
        sys.exit(f"compare: {error}")
    if not table:
        sys.exit(f"compare: no rounds in {folder}")
    print(f"\n{'median':62} {'baseline':>12} {'current':>12} {'ratio':>7}")
    for name, old, new, ratio in table:
        print(f"{name:62} {old:>12,.2f} {new:>12,.2f} {'-' if ratio is None else f'{ratio:.3f}':>7}")


if __name__ == "__main__":
    main(sys.argv[1])
