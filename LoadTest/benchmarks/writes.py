"""Durable writes: PATCH /shops/{id} next to pgbench with the same statement on the same PostgreSQL."""
import subprocess

from .pgbench import TRACE, pgbench, substitute
from .measurement import SECONDS, compared, rounds
from .shops import prepare
from .stack import PROGRAMS
from .wrk import wrk

SHOPS = 20_000
CONNECTIONS = 32


def patch(stack):
    prepare(stack, SHOPS)
    for name in ("fsync", "synchronous_commit"):
        if stack.sql(f"SHOW {name}") != "on":
            raise RuntimeError(f"{name} is off")
    script = pgbench_script(stack)
    ours, reference = [], []
    for _ in rounds((ours, reference)):
        clean_up(stack)
        with stack.shop() as shop:
            arguments = (SHOPS, stack.tokens("owner", 1))
            wrk(shop.url, CONNECTIONS, threads=2, seconds=1, script="patch.lua", arguments=arguments)
            ours.append(wrk(shop.url, CONNECTIONS, threads=2, script="patch.lua", arguments=arguments).requests_per_second)
        clean_up(stack)
        pgbench(stack, "shop", script, CONNECTIONS, 1)
        reference.append(pgbench(stack, "shop", script, CONNECTIONS, SECONDS))
    clean_up(stack)
    stack.redis("cache", "FLUSHALL")  # pgbench's changes had no events: the read model is stale
    return [compared("PATCH /shops/{id}, durable, 32 connections, req/s : pgbench", ours, reference, 0.6)]


def clean_up(stack):
    """Removes the rows of the previous run, so that it does not affect the next."""
    stack.sql("TRUNCATE outbox")
    stack.sql("VACUUM ANALYZE shops")
    stack.sql("CHECKPOINT")


def pgbench_script(stack):
    """The service's statement, with pgbench expressions in place of the bound parameters."""
    printed = subprocess.run([PROGRAMS / "shop", "--print-sql"], capture_output=True, text=True, check=True)
    # UpdateShop.bind: shop, owner, expected version, name, category, district, latitude, longitude, address, minimum order,
    # delivery fee, event id, traceparent. pgbench has only numbers, so ids are composed from them.
    values = {
        1: "('00000000-0000-7000-8000-' || lpad(cast(:shop AS text), 12, '0'))::uuid",
        2: f"'{stack.owner}'::uuid",
        **{number: "NULL" for number in range(3, 11)},
        11: ":fee",
        12: "('00000000-0000-7000-9000-' || lpad(cast(:event AS text), 12, '0'))::uuid",
        13: f"'{TRACE}'",
    }
    return (
        f"\\set shop random(0, {SHOPS - 1})\n\\set fee random(0, 5000)\n\\set count :count + 1\n"
        f"\\set event :client_id * 1000000000 + :count\n{substitute(printed.stdout.strip().rstrip(';'), values)};\n"
    )
