#!/usr/bin/env python3
"""Measures the services side by side with their peers, in the same run, on this machine.

    python3 LoadTest/bench.py [ROW...]        (make bench, make bench ONLY=patch)

Prints a table and writes .local/bench.json as [{name, ours, peer, ratio, bar, ok}]. Needs the release programs
(make build) and the peers (Deploy/install-packages --bench). Exit status 1 if a bar was missed.
"""
import sys

from benchmarks import door, events, footprint, growth, history, orders, overload, reads, report, writes
from benchmarks.stack import PrivateStack

ROWS = {
    "near-cache": reads.near_cache,
    "redis-path": reads.redis_path,
    "patch": writes.patch,
    "orders": orders.post,
    "gateway": door.gateway,
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
    wanted = sys.argv[1:] or list(ROWS)
    unknown = [name for name in wanted if name not in ROWS]
    if unknown:
        sys.exit(f"no such row: {', '.join(unknown)} (there are {', '.join(ROWS)})")
    results = []
    with PrivateStack() as stack:
        for name in wanted:
            report.heading(name)
            results += ROWS[name](stack)
    report.finish(results, complete=len(wanted) == len(ROWS))


if __name__ == "__main__":
    main()
