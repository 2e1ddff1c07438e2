"""The generated regions of docker-compose.yml.

What is special to one service and can't be in the catalogue is written by hand, as an extension field `x-NAME-settings` with the anchor
of that name; it is merged into the service's environment, before all others.
"""
from __future__ import annotations

import json
import re

from .environment import own_variables
from .model import Catalogue, Service


def extension_fields(text: str) -> dict:
    """The extension fields (`x-postgres: &postgres`) that are flat, by their anchors: {"postgres": {"POSTGRES_LEASES": "2"}}."""
    fields = {}
    for anchor, body in re.findall(r"^x-[a-z-]+: &([a-z-]+)\n((?:  .*\n)*)", text, re.MULTILINE):
        fields[anchor] = dict(re.findall(r"^  ([A-Z0-9_]+): *(.*)$", body, re.MULTILINE))
    return fields


def urls(catalogue: Catalogue) -> str:
    """For the tools: where every service is."""
    return "".join(f"  {service.key}_URL: {_url(service)}\n" for service in catalogue.services)


def authentication(catalogue: Catalogue) -> str:
    """Where the tokens' keys are, and for callers where tokens are."""
    issuer = _url(catalogue.token_issuer)
    keys = f"  AUTH_KEYS_URL: {issuer}/.well-known/jwks.json\n"
    return f"x-tokens: &tokens\n{keys}\nx-caller: &caller\n{keys}  AUTH_TOKEN_URL: {issuer}/token\n"


def postgres_passwords(catalogue: Catalogue) -> str:
    """For the server, which makes a role and a database for each."""
    return "".join(f"      {_secret(f'{service.key}_POSTGRES_PASSWORD')}\n" for service in catalogue.with_database)


def every_service(catalogue: Catalogue) -> str:
    """For the tools: that everything is up before they begin."""
    return "".join(f"      {service.name}: {{condition: service_healthy}}\n" for service in catalogue.services)


def services(catalogue: Catalogue, text: str) -> str:
    """A section for each service."""
    anchors = extension_fields(text)
    return "\n".join(_section(catalogue, service, f"{service.name}-settings" in anchors) for service in catalogue.services)


def _section(catalogue: Catalogue, service: Service, has_settings: bool) -> str:
    name, port = service.name, service.port
    environment = "".join(f"      {line}\n" for line in _environment(catalogue, service))
    dependencies = "".join(f"      {one}: {{condition: service_healthy}}\n" for one in _dependencies(catalogue, service))
    return f"""\
  {name}:
    <<: *program
    command: {name}
    environment:
      <<: [{', '.join(f'*{anchor}' for anchor in _anchors(service, has_settings))}]
{environment}\
    ports: ["127.0.0.1:${{{service.key}_PORTS:-{port}}}:{port}"]
    depends_on:
{dependencies}\
    healthcheck:
      <<: *program-is-ready
      test: is-ready {port}
"""


def _anchors(service: Service, has_settings: bool) -> list:
    """The blocks that are merged into its environment; of two that set the same the first one counts."""
    used = [(f"{service.name}-settings", has_settings), ("http", True), ("postgres", service.database), ("events", service.uses_events)]
    used += [("cache", service.cache), ("caller" if service.calls else "tokens", service.verifies_tokens)]
    return [anchor for anchor, is_used in used if is_used]


def _environment(catalogue: Catalogue, service: Service) -> list:
    lines = [f"HTTP_PORT: {service.port}"]
    if service.calls:
        lines.append(_secret("AUTH_CLIENT_SECRET", f"{service.key}_CLIENT_SECRET"))
    if service.database:
        lines += [f"POSTGRES_DATABASE: {service.database}", f"POSTGRES_USER: {service.database}"]
        lines.append(_secret("POSTGRES_PASSWORD", f"{service.key}_POSTGRES_PASSWORD"))
    for server, is_used in (("EVENTS", service.uses_events), ("CACHE", service.cache)):
        if is_used:
            lines.append(f"{server}_REDIS_USER: {service.name}")
            lines.append(_secret(f"{server}_REDIS_PASSWORD", f"{service.key}_{server}_REDIS_PASSWORD"))
    lines += [f"{peer.key}_URL: dns://{peer.name}:{peer.port}" for peer in catalogue.peers(service)]
    own = own_variables(catalogue, service, secret=lambda name: f"${{{name}:?}}", url=_url)
    return lines + [f"{name}: {_scalar(value)}" for name, value in own.items()]


def _dependencies(catalogue: Catalogue, service: Service) -> list:
    """The servers it uses. A read model also waits for the first source of its events, and the gateway for who issues tokens."""
    used = [("postgres", service.database), ("redis-events", service.uses_events), ("redis-cache", service.cache)]
    found = [server for server, is_used in used if is_used]
    if service.kind == "query":
        found.append(service.subscribes[0].source)
    if service.kind == "gateway":
        found.append(catalogue.token_issuer.name)
    return found


def _url(service: Service) -> str:
    return f"http://{service.name}:{service.port}"


def _secret(variable: str, name: str | None = None) -> str:
    """`POSTGRES_PASSWORD: ${SHOP_POSTGRES_PASSWORD:?}`: docker-compose refuses to start without it."""
    return f"{variable}: ${{{name or variable}:?}}"


def _scalar(value: str) -> str:
    """As YAML reads it as a string."""
    return value if re.fullmatch(r"\$\{[A-Z0-9_]+:\?\}|https?://\S+|[0-9]+(ms|s|m|h)", value) else json.dumps(value)
