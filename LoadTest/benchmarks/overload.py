"""Overload at three times the gateway's peak throughput: goodput, rejections, and recovery time."""
import re
import statistics
import subprocess
import time

from .gateway import UNLIMITED
from .measurement import Row, limited, note
from .shops import prepare, shop_id
from .stack import get
from .wrk import SCRIPTS

SHOPS = 20
PEAK_CONNECTIONS, OVERLOAD_CONNECTIONS = 64, 4_096
OVERLOAD = 3
OFFERED = 4  # times the peak, if responses took no time
SECONDS = 30
MIN_GOODPUT, MAX_RECOVERY = 0.8, 5
TIMEOUT = 60
RECOVERED_REQUESTS = 20  # consecutive requests with the latency of before the overload


def gateway(stack):
    prepare(stack, SHOPS)
    with stack.shop(), stack.service("gateway", **UNLIMITED) as proxy:
        token = stack.tokens("owner", 1)
        # Authenticated, so that no cache responds.
        url = f"{proxy.url}/shop/shops/{shop_id(1)}"
        before = statistics.median(probe(url, token) for _ in range(50))
        send_load(url, PEAK_CONNECTIONS, 0, token, 3)
        peak = max(send_load(url, PEAK_CONNECTIONS, 0, token, 5).good for _ in range(3))
        # Rejections take little time, so a rejected connection sends its next request after the delay.
        overload = send_load(url, OVERLOAD_CONNECTIONS, 1000 * OVERLOAD_CONNECTIONS / (OFFERED * peak), token, SECONDS)
        recovered = recovery(url, token, before)
        note(f"peak {peak:.0f} req/s; then {overload.good + overload.rejected:.0f} sent, {overload.good:.0f} succeeded; {overload.summary}")
    offered, ratio = (overload.good + overload.rejected) / peak, overload.good / peak
    return [
        Row(f"goodput at {offered:.1f} x the peak, for {SECONDS} s, req/s : peak", "req/s", round(overload.good), round(peak),
            round(ratio, 3), f"ratio >= {MIN_GOODPUT}", ratio >= MIN_GOODPUT and offered >= OVERLOAD and overload.wrong == 0, [ratio]),
        limited("recovery of the latency after an overload, s", [recovered], MAX_RECOVERY),
    ]


class LoadResult:
    """Responses per second: `good` (200) and `rejected` (429 and 503 with `Retry-After`); `wrong` counts all others and socket errors."""

    def __init__(self, text):
        match = re.search(r"good (\d+) rejected (\d+) wrong (\d+) seconds ([\d.]+)", text)
        if not match:
            raise RuntimeError(f"wrk: {text}")
        good, rejected, wrong, seconds = map(float, match.groups())
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        self.good, self.rejected = good / seconds, rejected / seconds
        self.wrong = wrong + (sum(map(int, errors.groups())) if errors else 0)
        self.summary = f"{wrong:.0f} other responses, {errors.group(0) if errors else 'no socket errors'}"


def send_load(url, connections, delay, token, seconds):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", SCRIPTS / "overload.lua", url, "--", str(delay), token]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return LoadResult(done.stdout)


def probe(url, token):
    """The latency of one request in milliseconds; infinite for a rejected one."""
    start = time.monotonic()
    status, _ = get(url, {"Authorization": f"Bearer {token.read_text().strip()}"})
    return (time.monotonic() - start) * 1000 if status == 200 else float("inf")


def recovery(url, token, before):
    """Seconds, at most `TIMEOUT`, until the first of `RECOVERED_REQUESTS` consecutive requests with the latency of before the overload."""
    start, recovered_at, count = time.monotonic(), None, 0
    while count < RECOVERED_REQUESTS:
        sent = time.monotonic()
        if probe(url, token) <= 2 * before + 1:
            recovered_at, count = recovered_at or sent, count + 1
        else:
            recovered_at, count = None, 0
        if time.monotonic() - start > TIMEOUT:
            return TIMEOUT
        time.sleep(0.05)
    return recovered_at - start
