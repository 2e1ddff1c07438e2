"""The machine of a run, and the revision of the repository."""
import os
import platform
import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def commit():
    """The abbreviated commit, with `-dirty` if tracked files were changed."""
    return output(["bash", "-c", "source Deploy/functions.sh; revision"])


def description():
    return {
        "processor": processor(), "cores": os.cpu_count(),
        "memoryBytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), "kernel": f"{platform.system()} {platform.release()}",
        "postgres": version(["bash", "-c", 'source Deploy/functions.sh; "$(postgres_folder)/postgres" --version']),
        "redis": version(["redis-server", "--version"]),
    }


def processor():
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return output(["sysctl", "-n", "machdep.cpu.brand_string"])
    model = re.search(r"^model name\s*:\s*(.+)$", information.read_text(), re.MULTILINE)
    return model.group(1) if model else platform.machine()


def version(command):
    found = re.search(r"\d+(\.\d+)+", output(command))
    return found.group(0) if found else "unknown"


def output(command):
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()
