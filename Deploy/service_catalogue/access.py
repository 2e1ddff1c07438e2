"""The access lists of the two Redis (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/).

Users that are no services are in Deploy/redis/events.acl and cache.acl, and come first; a line for each service follows. A password
is written `#<NAME>` until `with_passwords` puts its SHA-256 there.
"""
from __future__ import annotations

import hashlib
import re

from .model import REPOSITORY, Catalogue, CatalogueError, Service

SERVERS = ("events", "cache")

# What a consumer does with another service's stream: it reads and acknowledges, and never adds or removes.
CONSUME = "+xreadgroup +xread +xack +xclaim +xautoclaim +xpending +xgroup +xinfo +xlen +xrange +xrevrange"
# Of its own entry in the registry and of its own runtime configuration.
OWN_HASHES = "+hget +hgetall +hset +hdel +hincrby"
SCRIPTS = "+evalsha +script|load"


def access_list(catalogue: Catalogue, server: str) -> str:
    """All users of a server, one a line."""
    fixed = (REPOSITORY / "Deploy" / "redis" / f"{server}.acl").read_text(encoding="utf-8")
    if server == "events":
        users = [_events_user(service) for service in catalogue.services if service.uses_events]
    else:
        users = [_cache_user(service) for service in catalogue.services if service.cache]
    return fixed + "".join(f"{user}\n" for user in users)


def with_passwords(text: str, secrets: dict) -> str:
    """The list with the hash of each password in place of its name."""
    missing = sorted(set(re.findall(r"#<([A-Z0-9_]+)>", text)) - set(secrets))
    if missing:
        raise CatalogueError(f"there is no secret {', '.join(missing)}")
    return re.sub(r"#<([A-Z0-9_]+)>", lambda found: "#" + hashlib.sha256(secrets[found[1]].encode()).hexdigest(), text)


def _events_user(service: Service) -> str:
    """Adds to its own stream, reads what it subscribes to, keeps its own registry entry, and looks up whom it calls."""
    name, publishes, subscribes = service.name, bool(service.publishes), bool(service.subscribes)
    words = [f"user {name} on #<{service.key}_EVENTS_REDIS_PASSWORD> resetchannels"]
    if publishes:
        words.append(f"~events:{name} ~relay:{name}")
    if subscribes:
        words.append(f"~events:dead:{name} ~events:retry:{name}")
    words.append("-@all +@connection -@dangerous +@transaction")
    if publishes or subscribes:
        words.append("+@stream")
    if publishes:
        words.append(f"+@hash +eval {SCRIPTS}")
    words.append("+time")
    if subscribes:
        streams = [f"~events:{one.source}" for one in service.subscribes] + [f"~events:retry:{name}"]
        words.append(f"({' '.join(streams)} -@all {CONSUME})")
    words.append(f"(~registry:{name} ~configuration:{name} -@all {OWN_HASHES})")
    looked_up = ["*"] if service.kind == "gateway" else service.calls
    if looked_up:
        words.append(f"({' '.join(f'%R~registry:{peer}' for peer in looked_up)} -@all +hgetall)")
    return " ".join(words)


def _cache_user(service: Service) -> str:
    """Uses its own keys by the commands that it needs; with tracking, it is told of changes of what it has read."""
    cache = service.cache
    words = [f"user {service.name} on #<{service.key}_CACHE_REDIS_PASSWORD> resetchannels"]
    if cache.tracking:
        words.append("&__redis__:invalidate")
    words += [f"~{key}" for key in cache.keys]
    words.append("-@all +@connection -@dangerous")
    if cache.tracking:
        words.append("+@transaction +subscribe")
    words.append(SCRIPTS)
    words += [f"+{command}" for command in cache.commands]
    return " ".join(words)
