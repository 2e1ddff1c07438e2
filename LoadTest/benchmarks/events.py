"""Freshness of the listing after commits, and the rebuild of its read model."""
import json
import subprocess

from .measurement import limited, note, repeated, rounds
from . import shops
from .shops import prepare
from .stack import PROGRAMS

SHOPS = 20_000
RATE = 500


def freshness(stack):
    prepare(stack, SHOPS)
    p50, p99 = [], []
    with stack.shop(), stack.listing():
        probe(stack, seconds=2)
        for _ in rounds(p50, p99):
            result = probe(stack, seconds=10)
            note(f"{result}")
            p50.append(result["p50"])
            p99.append(result["p99"])
    return [
        limited("commit to visible in the listing, 500 updates/s, p50 ms", p50, 5),
        limited("commit to visible in the listing, 500 updates/s, p99 ms", p99, 50),
    ]


def probe(stack, seconds):
    command = [PROGRAMS / "freshness", "--rate", str(RATE), "--seconds", str(seconds), "--json"]
    done = subprocess.run(command, env=stack.urls(), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"freshness: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def rebuild(stack):
    prepare(stack, SHOPS)
    with stack.shop(), stack.listing():
        seconds = repeated(lambda: shops.rebuild(stack, SHOPS))
    return [limited("rebuild of an emptied cache, 20,000 shops, s", seconds, 8)]
