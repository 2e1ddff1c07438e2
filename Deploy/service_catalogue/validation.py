"""Finds the mistakes of a service catalogue; each is told with the service and the field."""
from __future__ import annotations

import re

from .model import SECOND_INSTANCE_OFFSET

KINDS = ("command", "query", "gateway", "external")
REQUIRED = {"name": str, "folder": str, "kind": str, "port": int, "summary": str}
OPTIONAL = {
    "database": str, "connections": int, "publishes": list, "subscribes": list, "calls": list, "cache": dict,
    "authentication": str, "settings": dict, "secrets": dict, "addresses": dict,
}
NAME = re.compile(r"[a-z]+(-[a-z]+)*")
FOLDER = re.compile(r"([A-Z][a-z]+)+")
AGGREGATE = re.compile(r"[a-z][A-Za-z]*")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
# Values are read by bash and by docker-compose: nothing that either would interpret.
VALUE = re.compile(r"[A-Za-z0-9_.,:/@%+=-]+")
ADDRESS_PATH = re.compile(r"(/[A-Za-z0-9_.-]+)*")
KEY_PATTERN = re.compile(r"[a-z][a-z-]*(:\*)?")
COMMAND = re.compile(r"[a-z]+(\|[a-z]+)?")
RESERVED_NAMES = {"postgres", "redis-events", "redis-cache", "auditor", "default", "health", "operator", "reader", "pulse"}


def validate(document) -> list:
    """The mistakes, each a line such as `shop: port: 8102 is taken by order`; none if the catalogue is right."""
    if not isinstance(document, dict) or set(document) != {"services"} or not isinstance(document["services"], list):
        return ["must be an object with the one member `services`, a list"]
    # What is of the wrong type can't be looked at more closely.
    mistakes = [mistake for service in document["services"] for mistake in _wrong_types(service)]
    return mistakes or _Checker(document["services"]).mistakes


def _wrong_types(service) -> list:
    if not isinstance(service, dict):
        return [f"{service!r}: must be an object"]
    name = service.get("name", "a service without a name")
    mistakes = [f"{name}: {one}: is missing" for one in REQUIRED if one not in service]
    for one, value in service.items():
        wanted = {**REQUIRED, **OPTIONAL}.get(one)
        if wanted is None:
            mistakes.append(f"{name}: {one}: there is no such field")
        elif not isinstance(value, wanted) or isinstance(value, bool):
            mistakes.append(f"{name}: {one}: must be of the type {wanted.__name__}")
    return mistakes or _wrong_elements(name, service)


def _wrong_elements(name: str, service: dict) -> list:
    mistakes = [f"{name}: {one}: must be strings" for one in ("publishes", "calls") if not _are_strings(service.get(one, []))]
    for one in service.get("subscribes", []):
        is_subscription = isinstance(one, dict) and set(one) == {"source", "aggregates"}
        if not is_subscription or not isinstance(one["source"], str) or not _are_strings(one["aggregates"]):
            mistakes.append(f"{name}: subscribes: must be objects with `source`, a string, and `aggregates`, a list of strings")
    for one in ("keys", "commands") if "cache" in service else ():
        if not _are_strings(service["cache"].get(one)) or not service["cache"][one]:
            mistakes.append(f"{name}: cache: {one} must be a list of strings, and not empty")
    for one in ("settings", "secrets", "addresses"):
        if not _are_strings(list(service.get(one, {}).values())):
            mistakes.append(f"{name}: {one}: all values must be strings")
    return mistakes


def _are_strings(values) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


class _Checker:
    """Goes through services whose fields are of the right types."""

    def __init__(self, services: list):
        self.services = services
        self.by_name = {service["name"]: service for service in services}
        self.mistakes = []
        for service in services:
            self.service = service
            self._check_identity()
            self._check_database()
            self._check_events()
            self._check_calls()
            self._check_cache()
            self._check_variables()
        self._check_unique()
        self._check_roles()

    def _require(self, condition, field: str, complaint: str):
        if not condition:
            self.mistakes.append(f"{self.service['name']}: {field}: {complaint}")

    def _check_identity(self):
        name = self.service["name"]
        self._require(NAME.fullmatch(name), "name", "must be lower-case words with `-` between them")
        self._require(name not in RESERVED_NAMES, "name", "is that of a server or of a user who is no service")
        self._require(FOLDER.fullmatch(self.service["folder"]), "folder", "must be capitalised words without spaces")
        self._require(self.service["kind"] in KINDS, "kind", f"must be one of {', '.join(KINDS)}")
        self._require(1024 <= self.service["port"] <= 65_000, "port", "must be between 1024 and 65000")
        summary = self.service["summary"]
        self._require(summary.strip() and not re.search(r"[|\n]", summary), "summary", "must be one line without `|`")
        self._require(self.service.get("authentication", "own") == "own", "authentication", "must be `own` or left out")

    def _check_database(self):
        kind, database = self.service["kind"], self.service.get("database")
        self._require(database or kind != "command", "database", "a command service needs one")
        self._require(not database or kind in ("command", "external"), "database", f"a service of the kind {kind} has none")
        # Its password is named after the service, and the script that makes the containers' databases derives the one from the other.
        self._require(database in (None, self.service["name"].replace("-", "_")), "database", "must be the name with `_` for `-`")
        self._require(bool(database) == ("connections" in self.service), "connections", "belong to a database, and it to them")
        self._require(1 <= self.service.get("connections", 1) <= 64, "connections", "must be between 1 and 64")

    def _check_events(self):
        publishes, subscribes = self.service.get("publishes", []), self.service.get("subscribes", [])
        kind = self.service["kind"]
        self._require(not publishes or kind == "command", "publishes", f"a service of the kind {kind} publishes no events")
        self._require(not subscribes or kind in ("command", "query"), "subscribes", f"a service of the kind {kind} consumes none")
        self._require(subscribes or kind != "query", "subscribes", "a query service has nothing to show without events")
        self._check_list("publishes", publishes, AGGREGATE)
        sources = [one["source"] for one in subscribes]
        self._require(len(set(sources)) == len(sources), "subscribes", "names a source twice")
        for one in subscribes:
            self._check_subscription(one["source"], one["aggregates"])

    def _check_subscription(self, source, aggregates: list):
        if source not in self.by_name or source == self.service["name"]:
            self._require(False, "subscribes", f"unknown source {source}")
            return
        published = self.by_name[source].get("publishes", [])
        self._require(aggregates, "subscribes", f"names no aggregate of {source}")
        for aggregate in aggregates:
            self._require(aggregate in published, "subscribes", f"{source} publishes no events of {aggregate}")
        self._require(source in self.service.get("calls", []), "calls", f"lacks {source}, whose events need callbacks")

    def _check_calls(self):
        calls = self.service.get("calls", [])
        self._require(not calls or self.service["kind"] in ("command", "query"), "calls", "only command and query services have tokens")
        self._check_list("calls", calls, NAME)
        for peer in calls:
            known = peer in self.by_name and peer != self.service["name"]
            self._require(known, "calls", f"unknown peer {peer}")
            self._require(not known or self.by_name[peer]["kind"] in ("command", "query"), "calls", f"{peer} is in no registry")

    def _check_cache(self):
        cache, kind = self.service.get("cache"), self.service["kind"]
        if cache is None:
            self._require(kind != "query", "cache", "a query service needs one")
            return
        self._require(kind in ("query", "gateway"), "cache", f"a service of the kind {kind} has none")
        self._require(set(cache) <= {"keys", "commands", "tracking"}, "cache", "has `keys`, `commands` and `tracking` only")
        self._require(isinstance(cache.get("tracking", False), bool), "cache", "tracking must be true or false")
        self._check_list("cache", cache["keys"], KEY_PATTERN)
        self._check_list("cache", cache["commands"], COMMAND)

    def _check_variables(self):
        for field in ("settings", "secrets", "addresses"):
            for name, value in self.service.get(field, {}).items():
                self._require(VARIABLE.fullmatch(name), field, f"{name} is no name of an environment variable")
                self._require(VALUE.fullmatch(value), field, f"{name} has a value that can't be written")
        for name, value in self.service.get("secrets", {}).items():
            self._require(VARIABLE.fullmatch(value), "secrets", f"{name}: {value} is no name of a secret")
        for name, value in self.service.get("addresses", {}).items():
            peer, _, path = value.partition("/")
            self._require(peer in self.by_name, "addresses", f"{name}: unknown service {peer}")
            self._require(not path or ADDRESS_PATH.fullmatch("/" + path), "addresses", f"{name}: bad path /{path}")
        variables = [name for field in ("settings", "secrets", "addresses") for name in self.service.get(field, {})]
        for name in sorted({name for name in variables if variables.count(name) > 1}):
            self._require(False, "settings", f"{name} is given twice")

    def _check_list(self, field: str, values: list, pattern: re.Pattern):
        for value in values:
            self._require(pattern.fullmatch(value), field, f"bad name {value!r}")
        for value in sorted({value for value in values if values.count(value) > 1}):
            self._require(False, field, f"names {value} twice")

    def _check_unique(self):
        taken = {}
        for service in self.services:
            for field, value, holder in _claims(service):
                owner, owner_holder = taken.setdefault((field, value), (service, holder))
                if owner is not service:
                    self.mistakes.append(f"{service['name']}: {field}: {value} is taken by {owner_holder}")

    def _check_roles(self):
        for field, value in (("authentication", "own"), ("kind", "gateway")):
            found = [service["name"] for service in self.services if service.get(field) == value]
            if len(found) != 1:
                self.mistakes.append(f"{', '.join(found) or 'all services'}: {field}: exactly one service must have `{value}`")


def _claims(service: dict) -> list:
    """What no two services may have, each with its field and who has it."""
    name = service["name"]
    claims = [(field, service[field], name) for field in ("name", "folder", "port")]
    if service["kind"] != "external":
        claims.append(("port", service["port"] + SECOND_INSTANCE_OFFSET, f"{name}-2"))
    claims += [("publishes", aggregate, name) for aggregate in service.get("publishes", [])]
    claims += [("cache", key, name) for key in service.get("cache", {}).get("keys", [])]
    return claims
