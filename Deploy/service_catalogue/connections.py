"""How many connections PostgreSQL must allow: the most that two instances of each service can open, and those of the auditor.

A process opens its shared connections (`pipelines`) at its start, those of transactions (`leases`) when they are first needed, and
before that one for its migrations, which the server may still be closing while the others open. The relay, the saga and the
migrations of other instances use no others. An external service runs once.
"""
from __future__ import annotations

import re

from .model import REPOSITORY, Catalogue, Service

# Connections for transactions, of each process of the local stack.
LEASES = 2
FOR_MIGRATIONS = 1
# One shared connection and one for transactions to each database.
FOR_AUDITOR = 2
# What PostgreSQL keeps for superusers unless its configuration says otherwise.
RESERVED = 3


def pipelines(service: Service, instances: int) -> int:
    """The share of one instance of the local stack."""
    return -(-service.connections // instances)


def local_total(catalogue: Catalogue, instances: int) -> int:
    """In the local stack, where the instances share a service's connections."""
    return _total(catalogue, instances, lambda service: pipelines(service, instances) + LEASES)


def compose_total(catalogue: Catalogue, instances: int, blocks: dict) -> int:
    """In containers, where each instance has as many as docker-compose.yml says: `blocks` are its extension fields."""

    def of_process(service: Service) -> int:
        settings = {**blocks.get("postgres", {}), **blocks.get(f"{service.name}-settings", {})}
        return int(settings["POSTGRES_PIPELINES"]) + int(settings["POSTGRES_LEASES"])

    return _total(catalogue, instances, of_process)


def _total(catalogue: Catalogue, instances: int, of_process) -> int:
    owners = catalogue.with_database
    processes = sum((of_process(one) + FOR_MIGRATIONS) * (1 if one.is_external else instances) for one in owners)
    return processes + FOR_AUDITOR * len(owners)


def allowed() -> int:
    """What Deploy/postgres/postgresql.conf leaves to services."""
    text = (REPOSITORY / "Deploy" / "postgres" / "postgresql.conf").read_text(encoding="utf-8")

    def setting(name: str, default: int) -> int:
        found = re.search(rf"^{name}\s*=\s*(\d+)", text, re.MULTILINE)
        return int(found[1]) if found else default

    return setting("max_connections", 100) - setting("superuser_reserved_connections", RESERVED)
