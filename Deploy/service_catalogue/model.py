"""The services as Shared/ServiceCatalogue/services.json describes them.

The file is an object with one member, `services`: a list of objects with these fields.

    name            of the executable, the Redis user and the container: `shop-listing`
    folder          of its sources below Services/: `ShopListing`
    kind            `command` owns a database and publishes events; `query` keeps a read model in the cache; `gateway` forwards
                    requests; `external` stands in for a system outside of this one: one instance, no Redis, in no registry
    port            where it listens; a second instance listens ten ports further
    summary         what it is for, in a few words

All others may be left out.

    database        PostgreSQL's database and the role that owns it: the name with `_` for `-`
    connections     to that database, shared by the requests of all instances of the local stack
    publishes       the aggregates whose events it publishes: `delivery`
    subscribes      the events that it consumes: a list of {source: a service, aggregates: those of its aggregates}
    calls           the services that it calls by HTTP in its own name; each source of events is among them, for the callbacks
    cache           what it may do in the cache: {keys: patterns, commands: names, tracking: whether it tracks what it has read}
    authentication  `own` for the service that issues tokens; the others verify them by its public keys
    settings        environment variables with the values of both stacks; where they shorten deadlines, it is for demonstration
    secrets         environment variables, each with the name of the random secret that is its value
    addresses       environment variables, each with the service, and a path if need be, whose URL is its value:
                    `gateway/payment/provider/webhooks`
"""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOGUE_FILE = REPOSITORY / "Shared" / "ServiceCatalogue" / "services.json"

# How far the second instance's port is from the first one's.
SECOND_INSTANCE_OFFSET = 10


class CatalogueError(Exception):
    """The catalogue, or what is derived from it, is wrong: one line for each mistake."""

    def __init__(self, *lines: str):
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Subscription:
    source: str
    aggregates: list


@dataclass(frozen=True)
class Cache:
    keys: list
    commands: list
    tracking: bool = False


@dataclass(frozen=True)
class Service:
    name: str
    folder: str
    kind: str
    port: int
    summary: str
    database: str | None = None
    connections: int = 0
    publishes: list = field(default_factory=list)
    subscribes: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    cache: Cache | None = None
    authentication: str = "tokens"
    settings: dict = field(default_factory=dict)
    secrets: dict = field(default_factory=dict)
    addresses: dict = field(default_factory=dict)

    @property
    def key(self) -> str:
        """With what the names of its variables begin: `SHOP_LISTING`."""
        return key_of(self.name)

    @property
    def is_external(self) -> bool:
        return self.kind == "external"

    @property
    def second_instance(self) -> str | None:
        return None if self.is_external else f"{self.name}-2"

    @property
    def uses_events(self) -> bool:
        """Whether it has a user in the Redis of the events, which also holds the registry and the runtime configuration."""
        return not self.is_external

    @property
    def verifies_tokens(self) -> bool:
        return self.authentication == "tokens" and not self.is_external


@dataclass(frozen=True)
class Catalogue:
    services: list

    def __getitem__(self, name: str) -> Service:
        return next(service for service in self.services if service.name == name)

    @property
    def token_issuer(self) -> Service:
        return next(service for service in self.services if service.authentication == "own")

    @property
    def with_database(self) -> list:
        return [service for service in self.services if service.database]

    def peers(self, service: Service) -> list:
        """The services that it finds by name: those it calls, and for the gateway all that it forwards to."""
        if service.kind == "gateway":
            return [peer for peer in self.services if peer.kind in ("command", "query")]
        return [self[name] for name in service.calls]


def key_of(name: str) -> str:
    return name.upper().replace("-", "_")


def load(file: Path = CATALOGUE_FILE) -> Catalogue:
    """Reads and validates the catalogue; throws CatalogueError."""
    from .validation import validate

    try:
        document = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_without_repetition)
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{file.name}: {error}") from None
    mistakes = validate(document)
    if mistakes:
        raise CatalogueError(*(f"{file.name}: {mistake}" for mistake in mistakes))
    return from_document(document)


def from_document(document: dict) -> Catalogue:
    """The catalogue of a document that was found valid."""
    return Catalogue([_service(fields) for fields in document["services"]])


def _service(fields: dict) -> Service:
    parts = dict(fields)
    if "cache" in parts:
        parts["cache"] = Cache(**parts["cache"])
    parts["subscribes"] = [Subscription(**one) for one in parts.get("subscribes", [])]
    return Service(**parts)


def _without_repetition(pairs: list) -> dict:
    """A JSON object; a member that comes twice would else be taken once, silently."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the member {name} comes twice in {dict(pairs).get('name', 'an object')}")
    return dict(pairs)
