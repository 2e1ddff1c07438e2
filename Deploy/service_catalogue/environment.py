"""Secrets, ports and each service's environment in the local stack."""
from __future__ import annotations

import os
from pathlib import Path

from .connections import LEASES, pipelines
from .model import SECOND_INSTANCE_OFFSET, Catalogue, CatalogueError, Service, key_of


def secret_names(catalogue: Catalogue) -> list:
    """The random secrets that the services need: their passwords, those of their tokens, and what the catalogue names."""
    names = []
    for service in catalogue.services:
        names += [f"{service.key}_POSTGRES_PASSWORD"] if service.database else []
        names += [f"{service.key}_EVENTS_REDIS_PASSWORD"] if service.uses_events else []
        names += [f"{service.key}_CACHE_REDIS_PASSWORD"] if service.cache else []
        names += [f"{service.key}_CLIENT_SECRET"] if service.calls else []
        names += service.secrets.values()
    return list(dict.fromkeys(names))


def ports(catalogue: Catalogue) -> list:
    """(SHOP_PORT, 8101) of each service, then (SHOP_2_PORT, 8111) of each second instance."""
    first = [(f"{service.key}_PORT", service.port) for service in catalogue.services]
    others = [service for service in catalogue.services if service.second_instance]
    return first + [(f"{key_of(one.second_instance)}_PORT", one.port + SECOND_INSTANCE_OFFSET) for one in others]


def shell_variables(catalogue: Catalogue) -> str:
    """What Deploy/services.sh makes known to the scripts, as assignments of bash."""
    services = catalogue.services
    lists = {
        "services": [service.name for service in services],
        "second_instances": [service.second_instance for service in services if service.second_instance],
        "databases": [service.database for service in catalogue.with_database],
        "callers": [service.name for service in services if service.calls],
        "service_secrets": secret_names(catalogue),
        "service_ports": [f"{name}={number}" for name, number in ports(catalogue)],
    }
    return "".join(f"{name}=({' '.join(values)})\n" for name, values in lists.items())


def read_secrets(file: Path) -> dict:
    """The secrets that Deploy/secrets made, by name."""
    return dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines() if "=" in line)


def write_environments(catalogue: Catalogue, folder: Path):
    """Writes FOLDER/shop.env, FOLDER/shop-2.env and so on, readable by their owner only: each service's own secrets and no others.

    Ports, POSTGRES_HOME, LOG_LEVEL and INSTANCES are taken from the environment, and the secrets from FOLDER/secrets.env.
    """
    secrets = read_secrets(folder / "secrets.env")
    for service in catalogue.services:
        for suffix in ("", "-2") if service.second_instance else ("",):
            try:
                lines = _environment(catalogue, service, suffix, {**os.environ, **secrets})
            except KeyError as missing:
                raise CatalogueError(f"{service.name}: the setting {missing.args[0]} is missing") from None
            _write_private(folder / f"{service.name}{suffix}.env", lines)


def _environment(catalogue: Catalogue, service: Service, suffix: str, values: dict) -> dict:
    def url_of(peer: Service) -> str:
        return f"http://127.0.0.1:{values[f'{peer.key}_PORT']}"

    key, issuer = service.key, catalogue.token_issuer
    lines = {
        "LOG_LEVEL": values["LOG_LEVEL"], "INSTANCE": f"{service.name}{suffix or '-1'}",
        "HTTP_HOST": "127.0.0.1", "HTTP_PORT": values[f"{key_of(service.name + suffix)}_PORT"],
    }
    if service.database:
        lines.update({
            "POSTGRES_HOST": f"{values['POSTGRES_HOME']}/run", "POSTGRES_PORT": values["POSTGRES_PORT"],
            "POSTGRES_DATABASE": service.database, "POSTGRES_USER": service.database,
            "POSTGRES_PASSWORD": values[f"{key}_POSTGRES_PASSWORD"],
            "POSTGRES_PIPELINES": pipelines(service, int(values["INSTANCES"])), "POSTGRES_LEASES": LEASES,
        })
    for server, is_used in (("EVENTS", service.uses_events), ("CACHE", service.cache)):
        if is_used:
            lines.update({
                f"{server}_REDIS_HOST": "127.0.0.1", f"{server}_REDIS_PORT": values[f"{server}_REDIS_PORT"],
                f"{server}_REDIS_USER": service.name, f"{server}_REDIS_PASSWORD": values[f"{key}_{server}_REDIS_PASSWORD"],
            })
    if service.verifies_tokens:
        lines["AUTH_KEYS_URL"] = f"{url_of(issuer)}/.well-known/jwks.json"
    if service.calls:
        lines.update({"AUTH_TOKEN_URL": f"{url_of(issuer)}/token", "AUTH_CLIENT_SECRET": values[f"{key}_CLIENT_SECRET"]})
    lines.update({f"{peer.key}_URL": f"registry://{peer.name}" for peer in catalogue.peers(service)})
    lines.update(own_variables(catalogue, service, secret=values.__getitem__, url=url_of))
    return lines


def own_variables(catalogue: Catalogue, service: Service, secret, url) -> dict:
    """What the catalogue gives only this service. `secret` finds a secret by its name, `url` the address of a service."""
    found = dict(service.settings)
    found.update({name: secret(value) for name, value in service.secrets.items()})
    for name, address in service.addresses.items():
        peer, slash, path = address.partition("/")
        found[name] = url(catalogue[peer]) + slash + path
    return found


def _write_private(file: Path, lines: dict):
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as output:
        output.writelines(f"{name}={value}\n" for name, value in lines.items())
