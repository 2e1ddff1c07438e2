#!/usr/bin/env python3
"""Benchmarks the services next to reference servers, in the same run on the same machine.

    python3 LoadTest/bench.py [ROW...]        (make bench, make bench ONLY=patch)

Prints a table and writes .local/bench.json (see schemas/bench.json) and .local/bench.svg after each row; a row that fails does not stop
the others. Needs the release executables (make build) and the reference servers (Deploy/install-packages --bench). Exit status 1 if a
threshold was missed, 2 if a row failed.
"""
import sys
import traceback

from benchmarks import events, footprint, gateway, growth, history, orders, overload, reads, writes
from benchmarks.measurement import heading
from benchmarks.report import Report
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
    report = Report()
    with PrivateStack() as stack:
        run({name: ROWS[name] for name in selected}, stack, report)
    sys.exit(report.finish())


def run(benchmarks, stack, report):
    """Runs each benchmark, and goes on after one that raises."""
    for name, benchmark in benchmarks.items():
        heading(name)
        try:
            report.add(name, benchmark(stack))
        except Exception as error:
            traceback.print_exc()
            report.fail(name, error)


if __name__ == "__main__":
    main()
