"""The rounds of a measurement, and the rows that their medians make."""
import statistics
import sys
from dataclasses import dataclass

ROUNDS, FURTHER_ROUNDS = 5, 2
SECONDS = 5
MAX_SPREAD = 0.15


@dataclass
class Row:
    """A figure and its threshold; `rounds` has the ratio of each round, or the figure itself if there is no reference."""
    name: str
    unit: str
    ours: float
    peer: float | None
    ratio: float | None
    bar: str
    ok: bool
    rounds: list[float]

    def __str__(self):
        reference = "-" if self.peer is None else f"{self.peer:,.1f}"
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        scatter = f"{100 * spread(self.rounds):.0f} %"
        return f"{self.name:62} {self.ours:>10,.1f} {reference:>10} {ratio:>7} {scatter:>7}  {self.bar:14} {'yes' if self.ok else 'NO'}"


def compared(name, ours, reference, at_least, unit="req/s"):
    """A row with a reference: the medians of the rounds, and the minimum ratio."""
    each = ratios(ours, reference)
    ours, reference = statistics.median(ours), statistics.median(reference)
    ratio = ours / reference
    return Row(name, unit, round(ours, 1), round(reference, 1), round(ratio, 3), f"ratio >= {at_least}", ratio >= at_least, each)


def limited(name, values, at_most):
    """A row without a reference: the median of the rounds, and its maximum. The name ends with the unit."""
    ours = statistics.median(values)
    return Row(name, name.split()[-1], round(ours, 3), None, None, f"<= {at_most}", ours <= at_most, values)


def grown(name, many, few, less_than):
    """A row of latencies in milliseconds with much data and with little: the medians of the rounds, and the limit of their ratio."""
    ours, reference = statistics.median(many), statistics.median(few)
    ratio, each = ours / reference, [value / reference for value in many]
    return Row(name, "ms", round(ours, 3), round(reference, 3), round(ratio, 3), f"ratio < {less_than}", ratio < less_than, each)


def rounds(*series):
    """The numbers of the rounds, each of which is printed.

    `series` are the lists to which the caller appends a value in each round; a pair of lists is judged by its ratios. While one of them
    scatters by more than 15 %, up to two further rounds follow.
    """
    number = 0
    while number < ROUNDS or (number < ROUNDS + FURTHER_ROUNDS and scatters(series)):
        number += 1
        note(f"round {number} of {ROUNDS}" if number <= ROUNDS else f"round {number}: the others scatter by more than {MAX_SPREAD:.0%}")
        yield number


def repeated(measure):
    """The values that `measure` returns in the rounds."""
    values = []
    for _ in rounds(values):
        values.append(measure())
    return values


def scatters(series):
    return any(spread(ratios(*one) if isinstance(one, tuple) else one) > MAX_SPREAD for one in series)


def spread(values):
    """The relative spread: the distance of the quartiles, divided by the median. A single outlier does not count."""
    median = statistics.median(values)
    if len(values) < 2 or median == 0:
        return 0.0
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return (upper - lower) / abs(median)


def ratios(ours, reference):
    return [one / other for one, other in zip(ours, reference)]


def heading(name):
    print(f"\n== {name}", file=sys.stderr)


def note(text):
    print(f"   {text}", file=sys.stderr, flush=True)
