"""The reference servers of reads: nginx with a file, webdis with a Redis key. Both serve the same bytes as the service."""
import json
import os
import shutil
import subprocess
from contextlib import contextmanager

from .stack import HOME, free_ports, get, wait_until
from .wrk import SCRIPTS


@contextmanager
def process(command, url, body):
    """Runs a server in a `with` block, which begins once the server returns `body` for `url`."""
    with open(HOME / "reference_servers.log", "a") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until(lambda: returns(url, body), 10, f"{command[0]} on {url}")
            yield url
        finally:
            running.terminate()
            running.wait()


def returns(url, body):
    try:
        return get(url) == (200, body)
    except OSError:
        return False


@contextmanager
def nginx(body):
    """nginx with one worker, sendfile and no log, its fastest configuration for a small file."""
    folder = HOME / "nginx"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "page.json").write_bytes(body)
    [port] = free_ports(1)
    user = "user root;" if os.geteuid() == 0 else ""
    text = (SCRIPTS / "nginx.conf").read_text().replace("FOLDER", str(folder)).replace("PORT", str(port)).replace("USER", user)
    (folder / "nginx.conf").write_text(text)
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    with process([program, "-c", folder / "nginx.conf"], f"http://127.0.0.1:{port}/page.json", body) as url:
        yield url


@contextmanager
def webdis(body):
    """webdis with its own Redis, configured as Debian's package except for log and ports."""
    redis_port, port = free_ports(2)
    redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", HOME, "--loglevel", "warning"]
    settings = {
        "redis_host": "127.0.0.1", "redis_port": redis_port, "http_host": "127.0.0.1", "http_port": port, "threads": 2,
        "daemonize": False, "database": 0, "acl": [], "verbosity": 0, "logfile": "/dev/null",
    }
    file = HOME / "webdis.json"
    file.write_text(json.dumps(settings))
    with open(HOME / "reference_servers.log", "a") as log:
        server = subprocess.Popen(redis, stdout=log, stderr=log)
    try:
        cli = ["redis-cli", "-p", str(redis_port), "-x", "SET", "page"]
        wait_until(lambda: subprocess.run(cli, input=body, capture_output=True).stdout == b"OK\n", 10, "webdis's Redis")
        with process(["webdis", file], f"http://127.0.0.1:{port}/GET/page.txt", body) as url:
            yield url
    finally:
        server.terminate()
        server.wait()
