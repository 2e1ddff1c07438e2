"""The bench's own stack: PostgreSQL, two Redis and identity under .local/bench on free ports; other services as a row needs them."""
import base64
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .report import REPOSITORY

HOME = REPOSITORY / ".local" / "bench"
PROGRAMS = REPOSITORY / ".build" / "release"
LIST_PORTS = 'source Deploy/settings.sh; printf "%s\n" "${settings[@]}" | grep _PORT'
PORTS = subprocess.run(["bash", "-c", LIST_PORTS], cwd=REPOSITORY, check=True, text=True, stdout=subprocess.PIPE).stdout.split()


def free_ports(count):
    """Ports that nobody listens on now; all are held until the last is found, so that no two are the same."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def stack_environment(home):
    """The settings of another stack than the reader's own: its own folder, its own ports."""
    ports = {name: str(port) for name, port in zip(PORTS, free_ports(len(PORTS)))}
    return {**os.environ, **ports, "STACK_HOME": str(home), "CONFIGURATION": "release", "LOG_LEVEL": "warning"}


def deploy(environment, *arguments, **options):
    """Runs Deploy/stack."""
    return subprocess.run([REPOSITORY / "Deploy" / "stack", *arguments], env=environment, check=True, text=True, **options)


def read_settings(file):
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


class Service:
    """One process of a service; ends with the `with` that it is used in."""

    def __init__(self, program, settings, patience):
        self.program, self.url, self.patience = program, f"http://127.0.0.1:{settings['HTTP_PORT']}", patience
        self.log = open(HOME / f"{program}.log", "a")
        environment = {**os.environ, **settings}
        self.process = subprocess.Popen([PROGRAMS / program], env=environment, stdout=self.log, stderr=self.log)

    def __enter__(self):
        try:
            wait_until(lambda: self.answers("/readyz"), self.patience, f"{self.program} on {self.url}")
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

    def answers(self, path):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.program} ended: see {self.log.name}")
        try:
            return get(self.url + path)[0] == 200
        except OSError:
            return False

    def is_calm(self):
        """Whether it has used less than a twentieth of a processor for two seconds."""
        begun = self.processor_seconds()
        time.sleep(2)
        return self.processor_seconds() - begun < 0.1

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_megabytes(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")


class PrivateStack:
    """PostgreSQL, the two Redis, and identity for its tokens, for as long as the `with` lasts."""

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
            # Whose all shops are.
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
        """A token that is good for a quarter of an hour."""
        return deploy(self.environment, "token", role, str(number), stdout=subprocess.PIPE).stdout.strip()

    def tokens(self, role, count):
        """A file with the tokens of the first people of a role, a line each."""
        file = HOME / f"{role}.tokens"
        file.touch(mode=0o600)
        file.write_text("".join(f"{self.token(role, number)}\n" for number in range(count)))
        return file

    def urls(self):
        """What a tool must know of the services."""
        found = {name.removesuffix("_PORT") + "_URL": f"http://127.0.0.1:{self.environment[name]}" for name in PORTS}
        return {**os.environ, **found, "ACCOUNTS_PASSWORD": self.secret("ACCOUNTS_PASSWORD")}

    def service(self, program, patience=60, **settings):
        """A process of its own; `patience` is how many seconds it may take until it is ready."""
        own = read_settings(self.home / f"{program}.env")
        # The stack rests on few connections; measured is the service with as many as it has by default.
        own = {name: value for name, value in own.items() if name not in ("POSTGRES_PIPELINES", "POSTGRES_LEASES")}
        return Service(program, {**own, **settings}, patience)

    def shop(self, **settings):
        return self.service("shop", **settings)

    def listing(self, **settings):
        return self.service("shop-listing", **settings)

    def sql(self, text, database="shop"):
        """Runs SQL as superuser; returns what psql prints, unaligned."""
        arguments = ["psql", database, "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return deploy(self.environment, *arguments, input=text, stdout=subprocess.PIPE).stdout.strip()

    def redis(self, server, *command):
        """Runs one command as operator on the `events` or the `cache` Redis; returns what redis-cli prints."""
        return deploy(self.environment, "redis", server, *map(str, command), stdout=subprocess.PIPE).stdout.strip()


def subject(token):
    """Whose a token is."""
    claims = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]


def get(url, headers=None):
    """Status and body of a GET; an error status is no exception."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait_until(condition, seconds, what, every=0.02):
    """Returns how long it took, in seconds."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(every)
    return time.monotonic() - start
