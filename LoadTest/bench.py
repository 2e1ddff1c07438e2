#!/usr/bin/env python3
"""Benchmarks the services next to reference servers, in the same run on the same machine.

    python3 LoadTest/bench.py [ROW...]        (make bench, make bench ONLY=patch)

Prints a table and writes .local/bench.json as [{name, ours, peer, ratio, bar, ok}], where peer is the reference. Needs the release
executables (make build) and the reference servers (Deploy/install-packages --bench). Exit status 1 if a threshold was missed.
"""
import sys

from benchmarks import events, footprint, gateway, growth, history, orders, overload, reads, report, writes
from benchmarks.stack import PrivateStack

ROWS = {
    "near-cache": reads.near_cache,
    "redis-path": reads.redis_path,
    "patch": writes.patch,
    "orders": orders.post,
    "gateway": gateway.overhead,
    "overload": overload.gateway,
    "freshness": events.freshness,
    "rebuild": events.rebuild,
    "growth": growth.listing_latency,
    "history": history.latency,
    "memory": footprint.memory,
    "stack": footprint.whole_stack,
    "ready": footprint.time_to_ready,
}


def main():
    selected = sys.argv[1:] or list(ROWS)
    unknown = [name for name in selected if name not in ROWS]
    if unknown:
        sys.exit(f"unknown rows: {', '.join(unknown)} (the rows are {', '.join(ROWS)})")
    results = []
    with PrivateStack() as stack:
        for name in selected:
            report.heading(name)
            results += ROWS[name](stack)
    report.finish(results, complete=len(selected) == len(ROWS))


if __name__ == "__main__":
    main()
