"""The HTTP load generator wrk."""
import re
import subprocess
from dataclasses import dataclass

from .machine import REPOSITORY
from .measurement import SECONDS

SCRIPTS = REPOSITORY / "LoadTest" / "reference_servers"


@dataclass
class Outcome:
    requests_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float


def wrk(url, connections, threads=1, seconds=SECONDS, script=None, arguments=()):
    """Loads a URL with `connections` connections; raises on any error response or socket error."""
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", SCRIPTS / script]
    done = subprocess.run([*command, url, *(["--", *map(str, arguments)] if arguments else [])], capture_output=True, text=True)
    text = done.stdout
    if done.returncode != 0 or "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk {url}: {text}{done.stderr}")
    return Outcome(float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), quantile(50, text), quantile(99, text))


def quantile(percent, text):
    value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)\b", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
