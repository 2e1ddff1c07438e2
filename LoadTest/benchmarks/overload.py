"""Three times as many requests as the stack can answer: what is still answered, what the others hear, and how soon all is well again."""
import re
import statistics
import subprocess
import time

from .door import UNLIMITED
from .report import Row, note
from .shops import prepare, shop_id
from .stack import get
from .wrk import PEERS

SHOPS = 20
PEAK_CONNECTIONS, CROWD = 64, 4_096
OVERLOAD = 3
ASKED = 4  # times the peak, if every answer came at once
SECONDS = 30
LEAST_GOODPUT, LONGEST_RECOVERY = 0.8, 5
CALM = 20  # requests in a row that are answered as quickly as before


def gateway(stack):
    prepare(stack, SHOPS)
    with stack.shop(), stack.service("gateway", **UNLIMITED) as door:
        token = stack.tokens("owner", 1)
        # Signed in, so that no cache answers.
        url = f"{door.url}/shop/shops/{shop_id(1)}"
        before = statistics.median(probe(url, token) for _ in range(50))
        crowd(url, PEAK_CONNECTIONS, 0, token, 3)
        peak = max(crowd(url, PEAK_CONNECTIONS, 0, token, 5).good for _ in range(3))
        # A refusal is quick: who is refused is back after the rest.
        under = crowd(url, CROWD, 1000 * CROWD / (ASKED * peak), token, SECONDS)
        recovered = recovery(url, token, before)
        note(f"peak {peak:.0f} a second; then {under.good + under.refused:.0f} asked, {under.good:.0f} answered; {under.found}")
    asked, ratio = (under.good + under.refused) / peak, under.good / peak
    return [
        Row(f"answered at {asked:.1f} x the peak, for {SECONDS} s, req/s : peak", round(under.good), round(peak), round(ratio, 3),
            f"ratio >= {LEAST_GOODPUT}", ratio >= LEAST_GOODPUT and asked >= OVERLOAD and under.wrong == 0),
        Row("as quick as before after an overload, s", round(recovered, 1), None, None, f"<= {LONGEST_RECOVERY}", recovered <= LONGEST_RECOVERY),
    ]


class Crowd:
    """What many clients got, each a second but `wrong`: how often there was no answer, or another than 200, 429 and 503 with `Retry-After`."""

    def __init__(self, text):
        found = re.search(r"good (\d+) refused (\d+) wrong (\d+) seconds ([\d.]+)", text)
        if not found:
            raise RuntimeError(f"wrk: {text}")
        good, refused, wrong, seconds = map(float, found.groups())
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        self.good, self.refused = good / seconds, refused / seconds
        self.wrong = wrong + (sum(map(int, errors.groups())) if errors else 0)
        self.found = f"{wrong:.0f} other answers, {errors.group(0) if errors else 'no socket errors'}"


def crowd(url, connections, rest, token, seconds):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", PEERS / "overload.lua", url, "--", str(rest), token]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Crowd(done.stdout)


def probe(url, token):
    """How long one request takes, in milliseconds; what is refused takes for ever."""
    begun = time.monotonic()
    status, _ = get(url, {"Authorization": f"Bearer {token.read_text().strip()}"})
    return (time.monotonic() - begun) * 1000 if status == 200 else float("inf")


def recovery(url, token, before):
    """Seconds until the first of some requests in a row that are all as quick as before the overload."""
    begun, calm_since, calm = time.monotonic(), None, 0
    while calm < CALM:
        sent = time.monotonic()
        if probe(url, token) <= 2 * before + 1:
            calm_since, calm = calm_since or sent, calm + 1
        else:
            calm_since, calm = None, 0
        if time.monotonic() - begun > 60:
            return float("inf")
        time.sleep(0.05)
    return calm_since - begun
