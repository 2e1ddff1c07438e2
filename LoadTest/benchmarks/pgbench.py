"""pgbench, PostgreSQL's load generator, with statements that a service prints."""
import os
import re
import subprocess

from .stack import HOME, PROGRAMS, read_settings

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def literal(text):
    """A string literal without pgbench variables."""
    return cut("'" + text.replace("'", "''") + "'")


def cut(quoted):
    """Splits a literal before `:MI` and the like, which pgbench would substitute as a variable even in a literal."""
    return "(" + re.sub(r":(?=\w)", ":'||'", quoted) + ")" if re.search(r":\w", quoted) else quoted


def substitute(statement, values):
    """The statement with an SQL expression for each `$1`, `$2`…"""
    statement = re.sub(r"'[^']*'", lambda literal: cut(literal.group(0)), statement)
    return re.sub(r"\$(\d+)", lambda parameter: values[int(parameter.group(1))], statement)


def pgbench(stack, service, script, connections, seconds):
    """Transactions per second of `pgbench -M prepared -j 2`, as the service's role and by the service's socket."""
    settings = read_settings(stack.home / f"{service}.env")
    file = HOME / f"{service}.sql"
    file.write_text(script)
    done = subprocess.run(
        [f"{postgres_folder()}/pgbench", "-n", "-M", "prepared", "-c", str(connections), "-j", "2", "-T", str(seconds), "-D", "count=0",
         "-f", file, "-h", settings["POSTGRES_HOST"], "-p", str(stack.port("POSTGRES_PORT")), "-U", service, service],
        env={**os.environ, "PGPASSWORD": stack.secret(f"{service.upper()}_POSTGRES_PASSWORD")}, capture_output=True, text=True)
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or not rate or (failed and failed.group(1) != "0"):
        raise RuntimeError(f"pgbench: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return float(rate.group(1))


def postgres_folder():
    command = f"source '{PROGRAMS.parents[1]}/Deploy/settings.sh'; postgres_folder"
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout.strip()
