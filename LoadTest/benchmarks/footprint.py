"""The services' memory when idle and under load, and their time to readiness."""
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

from .reads import PAGE, SHOPS
from .measurement import limited, note, rounds
from .shops import prepare
from .stack import HOME, deploy, stack_environment
from .wrk import wrk


def memory(stack):
    prepare(stack, SHOPS)
    idle, load = {"shop": [], "shop-listing": []}, {"shop": [], "shop-listing": []}
    for _ in rounds(*idle.values(), *load.values()):
        with stack.shop() as shop, stack.listing() as listing:
            time.sleep(3)  # until the memory of the start is returned
            for service in (shop, listing):
                idle[service.program].append(service.resident_megabytes())
            for service, peak in zip((shop, listing), peaks_under_load(stack, shop, listing)):
                load[service.program].append(peak)
    rows = []
    for program in idle:
        rows.append(limited(f"resident memory of {program} at rest, MB", idle[program], 45))
        rows.append(limited(f"resident memory of {program} under load, MB", load[program], 90))
    return rows


def peaks_under_load(stack, shop, listing):
    """The peak resident memory of both services under a maximum load of writes and reads."""
    patch = {"script": "patch.lua", "arguments": (SHOPS, stack.tokens("owner", 1)), "seconds": 8}
    loads = [
        threading.Thread(target=wrk, args=(shop.url, 32), kwargs=patch),
        threading.Thread(target=wrk, args=(listing.url + PAGE, 64), kwargs={"seconds": 8}),
    ]
    for load in loads:
        load.start()
    peaks = [0.0, 0.0]
    while any(load.is_alive() for load in loads):
        peaks = [max(peak, service.resident_megabytes()) for peak, service in zip(peaks, (shop, listing))]
        time.sleep(0.1)
    return peaks


def time_to_ready(stack):
    """From an empty folder (no cluster, no passwords) to readiness of every service, with the executables built."""
    home = HOME / "ready"
    seconds = []
    for _ in rounds(seconds):
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
    """The memory of all processes of an idle stack: the services with the sample shops, PostgreSQL, both Redis servers, supervisor."""
    home = HOME / "whole"
    shutil.rmtree(home, ignore_errors=True)
    environment = stack_environment(home)
    megabytes = []
    try:
        deploy(environment, "up", "--release", stdout=subprocess.PIPE)
        deploy(environment, "sample", stdout=subprocess.PIPE)
        time.sleep(5)  # until the memory of the start is returned
        for _ in rounds(megabytes):
            time.sleep(1)
            sizes = proportional_set_sizes(environment)
            megabytes.append(sum(sizes.values()))
        for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
            note(f"{name:24} {size:7.1f} MB")
    finally:
        deploy(environment, "clean")
    return [limited("whole stack at rest, proportional set size, MB", megabytes, 450)]


def proportional_set_sizes(environment):
    """The proportional set size (`Pss` in proc(5)) of each program of a stack, in megabytes: shared pages are divided by their users."""
    supervisor = int(deploy(environment, "supervisorctl", "pid", stdout=subprocess.PIPE).stdout)
    sizes = {"supervisord": kilobytes(supervisor) / 1024}
    status = deploy(environment, "status", stdout=subprocess.PIPE).stdout
    for name, pid in re.findall(r"^(\S+)\s+RUNNING\s+pid (\d+)", status, re.MULTILINE):
        sizes[name] = sum(kilobytes(process) for process in [int(pid), *descendants(int(pid))]) / 1024
    return sizes


def descendants(pid):
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [grandchild for child in children for grandchild in descendants(child)]


def kilobytes(pid):
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE).group(1))
