"""The benchmarks' stack under .local/bench on free ports: PostgreSQL, two Redis servers and identity; other services as a row needs them."""
import base64
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .machine import REPOSITORY

HOME = REPOSITORY / ".local" / "bench"
PROGRAMS = REPOSITORY / ".build" / "release"
LIST_PORTS = 'source Deploy/settings.sh; printf "%s\n" "${settings[@]}" | grep _PORT'
PORTS = subprocess.run(["bash", "-c", LIST_PORTS], cwd=REPOSITORY, check=True, text=True, stdout=subprocess.PIPE).stdout.split()


def free_ports(count):
    """Unused ports; all sockets stay open until the last is bound, so that the ports are distinct."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def stack_environment(home):
    """The settings of a stack in a separate folder with free ports."""
    ports = {name: str(port) for name, port in zip(PORTS, free_ports(len(PORTS)))}
    return {**os.environ, **ports, "STACK_HOME": str(home), "CONFIGURATION": "release", "LOG_LEVEL": "warning"}


def deploy(environment, *arguments, **options):
    """Runs Deploy/stack."""
    return subprocess.run([REPOSITORY / "Deploy" / "stack", *arguments], env=environment, check=True, text=True, **options)


def read_settings(file):
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


class Service:
    """A process of a service, stopped at the end of its `with` block."""

    def __init__(self, program, settings, timeout):
        self.program, self.url, self.timeout = program, f"http://127.0.0.1:{settings['HTTP_PORT']}", timeout
        self.log = open(HOME / f"{program}.log", "a")
        environment = {**os.environ, **settings}
        self.process = subprocess.Popen([PROGRAMS / program], env=environment, stdout=self.log, stderr=self.log)

    def __enter__(self):
        try:
            wait_until(lambda: self.is_ok("/readyz"), self.timeout, f"{self.program} on {self.url}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def is_ok(self, path):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.program} exited: see {self.log.name}")
        try:
            return get(self.url + path)[0] == 200
        except OSError:
            return False

    def is_idle(self):
        """Whether it used less than 5 % of a processor for two seconds."""
        start = self.processor_seconds()
        time.sleep(2)
        return self.processor_seconds() - start < 0.1

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_megabytes(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")


class PrivateStack:
    """PostgreSQL, the two Redis servers and identity, stopped at the end of the `with` block."""

    def __init__(self):
        HOME.mkdir(parents=True, exist_ok=True)
        self.environment = stack_environment(HOME / "stack")
        self.home = HOME / "stack"
        self.identity = None

    def __enter__(self):
        deploy(self.environment, "clean")
        try:
            deploy(self.environment, "up", "--servers")
            self.identity = self.service("identity").__enter__()
            # The owner of all shops.
            self.owner = subject(self.token("owner"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.identity:
            self.identity.__exit__()
        deploy(self.environment, "clean")

    def port(self, name):
        return int(self.environment[name])

    def secret(self, name):
        return read_settings(self.home / "secrets.env")[name]

    def token(self, role, number=0):
        """An access token, valid for 15 minutes."""
        return deploy(self.environment, "token", role, str(number), stdout=subprocess.PIPE).stdout.strip()

    def tokens(self, role, count):
        """A file with the access tokens of the first accounts of a role, one a line."""
        file = HOME / f"{role}.tokens"
        file.touch(mode=0o600)
        file.write_text("".join(f"{self.token(role, number)}\n" for number in range(count)))
        return file

    def urls(self):
        """The environment of a tool."""
        urls = {name.removesuffix("_PORT") + "_URL": f"http://127.0.0.1:{self.environment[name]}" for name in PORTS}
        return {**os.environ, **urls, "ACCOUNTS_PASSWORD": self.secret("ACCOUNTS_PASSWORD")}

    def service(self, program, timeout=60, **settings):
        """A process of a service; `timeout` is the limit of its time to readiness in seconds."""
        own = read_settings(self.home / f"{program}.env")
        # Benchmarks use the service's default number of connections, not the local stack's smaller one.
        own = {name: value for name, value in own.items() if name not in ("POSTGRES_PIPELINES", "POSTGRES_LEASES")}
        return Service(program, {**own, **settings}, timeout)

    def shop(self, **settings):
        return self.service("shop", **settings)

    def listing(self, **settings):
        return self.service("shop-listing", **settings)

    def sql(self, text, database="shop"):
        """Runs SQL as superuser; returns psql's unaligned output."""
        arguments = ["psql", database, "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return deploy(self.environment, *arguments, input=text, stdout=subprocess.PIPE).stdout.strip()

    def redis(self, server, *command):
        """Runs a command as operator on the `events` or the `cache` Redis; returns redis-cli's output."""
        return deploy(self.environment, "redis", server, *map(str, command), stdout=subprocess.PIPE).stdout.strip()


def subject(token):
    """The subject of a token."""
    claims = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]


def get(url, headers=None):
    """Status and body of a GET; error statuses do not raise."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait_until(condition, seconds, what, every=0.02):
    """Polls the condition; returns the elapsed seconds."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(every)
    return time.monotonic() - start
