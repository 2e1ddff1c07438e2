"""What the services take: memory at rest and under load, and time to be ready."""
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

from .reads import PAGE, SHOPS
from .report import limited, note, rounds
from .shops import prepare
from .stack import HOME, deploy, stack_environment
from .wrk import wrk


def memory(stack):
    prepare(stack, SHOPS)
    rest, load = {"shop": [], "shop-listing": []}, {"shop": [], "shop-listing": []}
    for _ in rounds():
        with stack.shop() as shop, stack.listing() as listing:
            time.sleep(3)  # at rest is when what the start allocated has been given back
            for service in (shop, listing):
                rest[service.program].append(service.resident_megabytes())
            for service, most in zip((shop, listing), most_under_load(stack, shop, listing)):
                load[service.program].append(most)
    rows = []
    for program in rest:
        rows.append(limited(f"resident memory of {program} at rest, MB", rest[program], 45))
        rows.append(limited(f"resident memory of {program} under load, MB", load[program], 90))
    return rows


def most_under_load(stack, shop, listing):
    """The highest resident memory of each while shops change and pages are read, both as quickly as they can."""
    patch = {"script": "patch.lua", "arguments": (SHOPS, stack.tokens("owner", 1)), "seconds": 8}
    loads = [
        threading.Thread(target=wrk, args=(shop.url, 32), kwargs=patch),
        threading.Thread(target=wrk, args=(listing.url + PAGE, 64), kwargs={"seconds": 8}),
    ]
    for load in loads:
        load.start()
    most = [0.0, 0.0]
    while any(load.is_alive() for load in loads):
        most = [max(before, service.resident_megabytes()) for before, service in zip(most, (shop, listing))]
        time.sleep(0.1)
    return most


def time_to_ready(stack):
    """From nothing (no cluster, no passwords) to every service ready, with the programs built."""
    home = HOME / "ready"
    seconds = []
    for _ in rounds():
        shutil.rmtree(home, ignore_errors=True)
        environment = stack_environment(home)
        try:
            printed = deploy(environment, "up", "--release", stdout=subprocess.PIPE).stdout
            seconds.append(float(re.search(r"ready after ([\d.]+) s", printed).group(1)))
            note(printed.strip())
        finally:
            deploy(environment, "clean")
    return [limited("stack ready, once built, s", seconds, 5)]


def whole_stack(_):
    """Every process of a stack at rest: all services with the sample shops, PostgreSQL, both Redis and the supervisor."""
    home = HOME / "whole"
    shutil.rmtree(home, ignore_errors=True)
    environment = stack_environment(home)
    megabytes = []
    try:
        deploy(environment, "up", "--release", stdout=subprocess.PIPE)
        deploy(environment, "sample", stdout=subprocess.PIPE)
        time.sleep(5)  # at rest is when what the start allocated has been given back
        for _ in rounds():
            time.sleep(1)
            shares = proportional_shares(environment)
            megabytes.append(sum(shares.values()))
        for name, share in sorted(shares.items(), key=lambda item: -item[1]):
            note(f"{name:24} {share:7.1f} MB")
    finally:
        deploy(environment, "clean")
    return [limited("whole stack at rest, proportional set size, MB", megabytes, 512)]


def proportional_shares(environment):
    """Megabytes of each program of a stack, by name: what processes share is counted once, in equal parts (`Pss` in proc(5))."""
    supervisor = int(deploy(environment, "supervisorctl", "pid", stdout=subprocess.PIPE).stdout)
    shares = {"supervisord": kilobytes(supervisor) / 1024}
    status = deploy(environment, "status", stdout=subprocess.PIPE).stdout
    for name, pid in re.findall(r"^(\S+)\s+RUNNING\s+pid (\d+)", status, re.MULTILINE):
        shares[name] = sum(kilobytes(process) for process in [int(pid), *descendants(int(pid))]) / 1024
    return shares


def descendants(pid):
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [grandchild for child in children for grandchild in descendants(child)]


def kilobytes(pid):
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE).group(1))
