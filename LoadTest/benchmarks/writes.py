"""Durable writes: PATCH /shops/{id} beside pgbench running the very same statement on the same PostgreSQL."""
import os
import re
import subprocess

from .report import SECONDS, compared, rounds
from .shops import OWNER, prepare
from .stack import HOME, PROGRAMS
from .wrk import wrk

SHOPS = 20_000
CONNECTIONS = 32
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def patch(stack):
    prepare(stack, SHOPS)
    for name in ("fsync", "synchronous_commit"):
        if stack.sql(f"SHOW {name}") != "on":
            raise RuntimeError(f"{name} is off")
    script = pgbench_script()
    ours, peer = [], []
    for _ in rounds():
        tidy(stack)
        with stack.shop() as shop:
            arguments = (SHOPS, OWNER)
            wrk(shop.url, CONNECTIONS, threads=2, seconds=1, script="patch.lua", arguments=arguments)
            ours.append(wrk(shop.url, CONNECTIONS, threads=2, script="patch.lua", arguments=arguments).requests_per_second)
        tidy(stack)
        pgbench(stack, script, seconds=1)
        peer.append(pgbench(stack, script, seconds=SECONDS))
    tidy(stack)
    stack.redis("cache", "FLUSHALL")  # what pgbench changed had no event: the read model is not true any more
    return [compared("PATCH /shops/{id}, durable, 32 connections, req/s : pgbench", ours, peer, 0.6)]


def tidy(stack):
    """Neither side pays for what the other left behind."""
    stack.sql("TRUNCATE outbox")
    stack.sql("VACUUM ANALYZE shops")
    stack.sql("CHECKPOINT")


def pgbench_script():
    """The service's own statement, with values made by pgbench where the service binds a request's."""
    printed = subprocess.run([PROGRAMS / "shop", "--print-sql"], capture_output=True, text=True, check=True)
    # UpdateShop.bind: shop, owner, expected version, name, category, district, latitude, longitude, address, minimum order,
    # delivery fee, event id, traceparent. pgbench knows numbers only, so ids are put together from them.
    values = {
        1: "('00000000-0000-7000-8000-' || lpad(cast(:shop AS text), 12, '0'))::uuid",
        2: f"'{OWNER}'::uuid",
        **{number: "NULL" for number in range(3, 11)},
        11: ":fee",
        12: "('00000000-0000-7000-9000-' || lpad(cast(:event AS text), 12, '0'))::uuid",
        13: f"'{TRACE}'",
    }
    # pgbench takes `:MI` in a time format for a variable of its own: the literal is cut in two before it.
    cut = lambda literal: "(" + re.sub(r":(?=\w)", ":'||'", literal.group(0)) + ")"
    statement = re.sub(r"'[^']*:\w[^']*'", cut, printed.stdout.strip().rstrip(";"))
    statement = re.sub(r"\$(\d+)", lambda match: values[int(match.group(1))], statement)
    return (
        f"\\set shop random(0, {SHOPS - 1})\n\\set fee random(0, 5000)\n\\set count :count + 1\n"
        f"\\set event :client_id * 1000000000 + :count\n{statement};\n"
    )


def pgbench(stack, script, seconds):
    """Transactions per second of `pgbench -M prepared -c 32 -j 2`, as the service's role, by TCP."""
    file = HOME / "patch.sql"
    file.write_text(script)
    folder = deploy_postgres_folder()
    done = subprocess.run(
        [f"{folder}/pgbench", "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(seconds), "-D", "count=0", "-f", file,
         "-h", "127.0.0.1", "-p", str(stack.port("POSTGRES_PORT")), "-U", "shop", "shop"],
        env={**os.environ, "PGPASSWORD": stack.secret("SHOP_POSTGRES_PASSWORD")}, capture_output=True, text=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or not found or (failed and failed.group(1) != "0"):
        raise RuntimeError(f"pgbench: {done.stdout}{done.stderr}")
    return float(found.group(1))


def deploy_postgres_folder():
    command = f"source '{PROGRAMS.parents[1]}/Deploy/settings.sh'; postgres_folder"
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout.strip()
