"""Writes a new service from Deploy/service_templates, and removes it again.

A template is a tree of files. In their paths and texts these words are replaced:

    __name__        of the service: coupon-board           __service__, __Service__          couponBoard, CouponBoard
    __aggregate__   that it publishes or projects: coupon  __Aggregate__, __Aggregates__     Coupon, Coupons
    __aggregates__  coupons                                __paths__, __tables__, __code__   the plural in paths and in SQL; a problem's code
    __words__, __wordsPlural__, __WordsPlural__            the aggregate in prose
    __source__      the service that publishes it          __SOURCE__, __database__, __port__
"""
from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from .model import CATALOGUE_FILE, REPOSITORY, SECOND_INSTANCE_OFFSET, CatalogueError, key_of, load
from .validation import validate

TEMPLATES = REPOSITORY / "Deploy" / "service_templates"
PACKAGE = REPOSITORY / "Package.swift"
ROUTE_TABLE = REPOSITORY / "Services" / "Gateway" / "Domain" / "RouteTable.swift"
FIRST_PORT = {"command": 8101, "query": 8201}


def add(name: str, kind: str, publishes: str, subscribes: str):
    """Writes a service; raises CatalogueError, before anything is written, if the arguments are wrong."""
    words = Words(name, kind, publishes, subscribes)
    words.check_catalogue()
    edits = words.edits()
    for path, before, _ in edits:
        if before not in path.read_text(encoding="utf-8"):
            raise CatalogueError(f"{path.relative_to(REPOSITORY)}: there is no {before.strip()!r} to write beside")
    for path, text in words.files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path, before, after in edits:
        path.write_text(path.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")
    swift = [str(path) for path in words.files() if path.suffix == ".swift"]
    subprocess.run(["swift", "format", "--in-place", *swift], cwd=REPOSITORY, check=True)
    generate()


def remove(name: str):
    """Removes a service that `add` wrote, with what was added to its files since."""
    catalogue = load()
    found = next((service for service in catalogue.services if service.name == name), None)
    if found is None:
        raise CatalogueError(f"there is no service {name}")
    users = [service.name for service in catalogue.services if name in service.calls]
    if users:
        raise CatalogueError(f"{name} is called by {', '.join(users)}: remove that first")
    package = PACKAGE.read_text(encoding="utf-8")
    if not re.search(_product(name, found.folder), package):
        raise CatalogueError(f"{name} was not written by make new-service; remove it by hand")
    for aggregate in found.publishes:
        (REPOSITORY / "Shared" / "Contracts" / f"{upper_camel(aggregate)}.swift").unlink(missing_ok=True)
    (REPOSITORY / "Tests" / "SecurityTests" / "AccessRows" / f"{name}.txt").unlink(missing_ok=True)
    shutil.rmtree(REPOSITORY / "Services" / found.folder)
    shutil.rmtree(REPOSITORY / "Tests" / f"{found.folder}ServiceTests", ignore_errors=True)
    for pattern in (_product(name, found.folder), _target(found.folder), _tests(found.folder)):
        package = re.sub(pattern, "", package)
    PACKAGE.write_text(package, encoding="utf-8")
    _substitute(ROUTE_TABLE, rf'    "{name}": \[\n(?:      .*\n)*    \],\n')
    _substitute(CATALOGUE_FILE, rf',\n    \{{\n      "name": "{name}",(?:.|\n)*?\n    \}}')
    generate()


def generate():
    """The generated regions, as the catalogue says now."""
    subprocess.run([str(REPOSITORY / "Deploy" / "catalogue"), "generate"], check=True)


def _substitute(path: Path, pattern: str):
    path.write_text(re.sub(pattern, "", path.read_text(encoding="utf-8")), encoding="utf-8")


def _product(name: str, folder: str) -> str:
    return rf'    \.executable\(name: "{name}", targets: \["{folder}Service"\]\),  // make new-service\n'


def _target(folder: str) -> str:
    return rf'    service\(\n      "{folder}Service", (?:.*\n)*?.*\]?\),  // make new-service\n'


def _tests(folder: str) -> str:
    return rf'    tests\(\n      "{folder}Service",\n(?:.*\n)*?.*\]\),  // make new-service\n'


class Words:
    """The words that a template's placeholders stand for, and what follows from them."""

    def __init__(self, name: str, kind: str, publishes: str, subscribes: str):
        self.name, self.kind = name, kind
        self.catalogue = load()
        self.aggregate = self._check(publishes, subscribes)
        self.service = lower_camel(name)
        self.folder = upper_camel(name)
        self.type = upper_camel(self.aggregate)
        self.port = self._free_port()
        self.source = name if kind == "command" else self._publisher().name
        self.replacements = self._replacements()

    def _check(self, publishes: str, subscribes: str) -> str:
        mistakes = []
        if not re.fullmatch(r"[a-z][a-z0-9]+(-[a-z][a-z0-9]+)*", self.name) or len(self.name) > 24:
            mistakes.append(
                f"NAME={self.name}: must be lower-case words of two characters or more with hyphens between, 24 in all: coupon-board")
        if any(service.name == self.name for service in self.catalogue.services):
            mistakes.append(f"NAME={self.name}: there is such a service")
        wanted, other = ("PUBLISHES", "SUBSCRIBES") if self.kind == "command" else ("SUBSCRIBES", "PUBLISHES")
        aggregate, unused = (publishes, subscribes) if self.kind == "command" else (subscribes, publishes)
        if self.kind not in FIRST_PORT:
            mistakes.append(f"KIND={self.kind}: must be command or query")
        elif unused:
            mistakes.append(f"{other}={unused}: not for KIND={self.kind}; add it by hand afterwards (see CONTRIBUTING.md)")
        if not re.fullmatch(r"[a-z][A-Za-z0-9]*", aggregate) or len(aggregate) > 24:
            mistakes.append(f"{wanted}={aggregate}: must be the name of one aggregate, such as coupon")
        elif self.kind == "command":
            mistakes += self._check_new(aggregate)
        elif self.kind == "query":
            mistakes += self._check_known(aggregate)
        if mistakes:
            raise CatalogueError(*mistakes)
        return aggregate

    def _check_new(self, aggregate: str) -> list:
        if any(aggregate in service.publishes for service in self.catalogue.services):
            return [f"PUBLISHES={aggregate}: another service publishes it"]
        if upper_camel(aggregate) in contract_types() | RESERVED_TYPES:
            return [f"PUBLISHES={aggregate}: there is a type {upper_camel(aggregate)} already"]
        return []

    def _check_known(self, aggregate: str) -> list:
        if not any(aggregate in service.publishes for service in self.catalogue.services):
            known = sorted(one for service in self.catalogue.services for one in service.publishes)
            return [f"SUBSCRIBES={aggregate}: no service publishes it; there are {', '.join(known)}"]
        if upper_camel(aggregate) not in contract_types(conforming_to="Aggregate"):
            return [f"SUBSCRIBES={aggregate}: Shared/Contracts has no Aggregate {upper_camel(aggregate)} to decode it as"]
        owner = next(service for service in self.catalogue.services if aggregate in service.publishes)
        path = "/" + "-".join(plural_words(aggregate))
        document = (REPOSITORY / "Services" / owner.folder / "openapi.yaml").read_text(encoding="utf-8")
        if f"  {path}/versions:\n" not in document:
            return [f"SUBSCRIBES={aggregate}: {owner.name} has no {path}/versions, which a read model compares itself with"]
        return []

    def _publisher(self):
        return next(service for service in self.catalogue.services if self.aggregate in service.publishes)

    def _free_port(self) -> int:
        taken = {service.port + offset for service in self.catalogue.services for offset in (0, SECOND_INSTANCE_OFFSET)}
        port = FIRST_PORT[self.kind]
        while {port, port + SECOND_INSTANCE_OFFSET} & taken:
            port += 1
        return port

    def _replacements(self) -> dict:
        words, plurals = split(self.aggregate), plural_words(self.aggregate)
        prose = " ".join(plurals)
        return {
            "__name__": self.name, "__service__": self.service, "__Service__": self.folder, "__aggregate__": self.aggregate,
            "__Aggregate__": self.type, "__Aggregates__": plural(self.type), "__aggregates__": plural(self.aggregate),
            "__paths__": "-".join(plurals), "__tables__": "_".join(plurals), "__code__": "_".join(words),
            "__words__": " ".join(words), "__wordsPlural__": prose, "__WordsPlural__": prose[0].upper() + prose[1:],
            "__source__": self.source, "__SOURCE__": key_of(self.source), "__database__": self.name.replace("-", "_"), "__port__": str(self.port),
        }

    def check_catalogue(self):
        """Raises CatalogueError if the catalogue with the new service would be wrong."""
        before, after = self.edits()[-1][1:]
        document = json.loads(CATALOGUE_FILE.read_text(encoding="utf-8").replace(before, after, 1))
        mistakes = validate(document)
        if mistakes:
            raise CatalogueError(*mistakes)

    def fill(self, text: str) -> str:
        for placeholder, value in self.replacements.items():
            text = text.replace(placeholder, value)
        return text

    def files(self) -> dict:
        """The paths of the new files, each with its text."""
        root = TEMPLATES / self.kind
        files = {
            REPOSITORY / self.fill(str(path.relative_to(root))): self.fill(path.read_text(encoding="utf-8"))
            for path in sorted(root.rglob("*")) if path.is_file()
        }
        rows = REPOSITORY / "Tests" / "SecurityTests" / "AccessRows" / f"{self.name}.txt"
        files[rows] = aligned(files[rows])
        return files

    def edits(self) -> list:
        """Changes of existing files, besides generated regions: a path, a text that is there, and the text in its place."""
        # The services' targets end where the next section of the manifest begins.
        services_end = re.search(r"// MARK: Services(?:.|\n)*?(\n    // MARK: [^\n]*)", PACKAGE.read_text(encoding="utf-8"))[1]
        return [
            (PACKAGE, '    .executable(name: "simulator"', self._package_product() + '    .executable(name: "simulator"'),
            (PACKAGE, services_end, self._package_target() + services_end),
            (PACKAGE, '    tests("Failpoints"', self._package_tests() + '    tests("Failpoints"'),
            (ROUTE_TABLE, "\n  ])\n", "\n" + self._route_rules() + "  ])\n"),
            (CATALOGUE_FILE, "\n    }\n  ]\n}", "\n    }" + self._catalogue_entry() + "\n  ]\n}"),
        ]

    def _package_product(self) -> str:
        return f'    .executable(name: "{self.name}", targets: ["{self.folder}Service"]),  // make new-service\n'

    def _package_target(self) -> str:
        tables = self.replacements["__tables__"]
        rest = f'commandModules,\n      migrations: ["001_create_{tables}.sql"]' if self.kind == "command" else "queryModules"
        return f'    service(\n      "{self.folder}Service", path: "Services/{self.folder}", {rest}),  // make new-service\n'

    def _package_tests(self) -> str:
        return (
            f'    tests(\n      "{self.folder}Service",\n      [\n        "{self.folder}Service", "Contracts", "Events", '
            '"Idempotency", "Projections", "Redis",\n        "Telemetry", "TestSupport", logging, nioPosix,\n'
            "      ]),  // make new-service\n")

    def _route_rules(self) -> str:
        paths = self.replacements["__paths__"]
        rules = [f'RouteRule("GET", "/{paths}/*", .operatorOnly)']
        if self.kind == "command":
            rules = [
                f'RouteRule("POST", "/{paths}", .operatorOnly, isIdempotent: true)',
                f'RouteRule("GET", "/{paths}", .internalOnly)',
                f'RouteRule("GET", "/{paths}/*", .authenticated)',
                f'RouteRule("PATCH", "/{paths}/*", .operatorOnly)',
            ]
        if len(rules) == 1:
            return f'    "{self.name}": [\n      {rules[0]}\n    ],\n'
        return f'    "{self.name}": [\n' + "".join(f"      {rule},\n" for rule in rules) + "    ],\n"

    def _catalogue_entry(self) -> str:
        lines = [
            f'"name": "{self.name}", "folder": "{self.folder}", "kind": "{self.kind}", "port": {self.port}',
            f'"summary": "{self.replacements["__wordsPlural__"]}{"" if self.kind == "command" else ", as a read model"}"',
        ]
        if self.kind == "command":
            database = self.replacements["__database__"]
            lines.append(f'"database": "{database}", "connections": 2, "publishes": ["{self.aggregate}"]')
        else:
            lines += [
                f'"subscribes": [{{"source": "{self.source}", "aggregates": ["{self.aggregate}"]}}]',
                f'"calls": ["{self.source}"]',
                f'"cache": {{"keys": ["{self.name}:*"], "commands": '
                '["get", "set", "rename", "persist", "hget", "hmget", "hset", "hdel"]}',
            ]
        return ",\n    {\n" + ",\n".join(f"      {line}" for line in lines) + "\n    }"


RESERVED_TYPES = {
    "Any", "Array", "Bool", "Character", "Data", "Date", "Dictionary", "Double", "Error", "Float", "Int", "Never", "Optional", "Range",
    "Request", "Response", "Result", "Route", "Router", "Self", "Sequence", "Set", "String", "Substring", "Task", "Type", "Void",
}


def contract_types(conforming_to: str = "") -> set:
    """The types of Shared/Contracts; only those that conform to a protocol, if one is given."""
    conformance = rf"[^{{\n]*\b{conforming_to}\b" if conforming_to else ""
    declaration = re.compile(rf"^public (?:struct|enum|protocol|class|typealias) (\w+){conformance}", re.M)
    files = (REPOSITORY / "Shared" / "Contracts").rglob("*.swift")
    return {name for file in files for name in declaration.findall(file.read_text(encoding="utf-8"))}


def aligned(rows: str) -> str:
    """Access rows with their cells below the heading's."""
    def row(line: str) -> str:
        words = line.split(" ")
        if line.startswith("#") or len(words) != 10:
            return line
        return " ".join(words[:3]).ljust(56) + " " + " ".join(
            cell.ljust(width) for cell, width in zip(words[3:], (6, 6, 8, 8, 8, 8, 7))).rstrip()
    return "\n".join(row(line) for line in rows.splitlines()) + "\n"


def split(name: str) -> list:
    """The words of a camelCase or hyphenated name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Za-z][a-z0-9]*", name)]


def plural_words(name: str) -> list:
    """The same in the plural: ad, campaigns."""
    words = split(name)
    return words[:-1] + [plural(words[-1])]


def upper_camel(name: str) -> str:
    return "".join(word.capitalize() for word in split(name))


def lower_camel(name: str) -> str:
    camel = upper_camel(name)
    return camel[0].lower() + camel[1:]


def plural(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")
