"""The files that are generated from the catalogue, and files that are written by hand but for generated regions.

A region lies between two lines that name it, in whatever comment the file's language has: `catalogue: begin NAME` and
`catalogue: end NAME`.
"""
from __future__ import annotations

import re
from pathlib import Path

from . import compose, picture
from .model import REPOSITORY, Catalogue, CatalogueError


def files(catalogue: Catalogue) -> dict:
    """For each file its text as it should be."""
    compose_file, readme = REPOSITORY / "docker-compose.yml", REPOSITORY / "README.md"
    text = compose_file.read_text(encoding="utf-8")
    in_compose = {
        "authentication": compose.authentication(catalogue), "urls": compose.urls(catalogue),
        "passwords": compose.postgres_passwords(catalogue), "services": compose.services(catalogue, text),
        "every-service": compose.every_service(catalogue),
    }
    return {
        compose_file: _with_regions(compose_file, text, in_compose),
        readme: _with_regions(readme, readme.read_text(encoding="utf-8"), {"services": table(catalogue)}),
        REPOSITORY / "Docs/pictures/architecture.svg": picture.svg(catalogue),
    }


def table(catalogue: Catalogue) -> str:
    """The services as a table in Markdown."""
    lines = ["| service | port | what it is for | publishes | consumes |", "|---|---|---|---|---|"]
    for service in catalogue.services:
        consumed = [aggregate for one in service.subscribes for aggregate in one.aggregates]
        cells = [f"`{service.name}`", str(service.port), service.summary, _events(service.publishes), _events(consumed)]
        lines.append(f"| {' | '.join(cells)} |")
    return "".join(f"{line}\n" for line in lines)


def _events(aggregates: list) -> str:
    return " ".join(f"`{aggregate}.*`" for aggregate in aggregates) or "–"


def _with_regions(file: Path, text: str, contents: dict) -> str:
    for name, content in contents.items():
        marked = rf"(^[^\n]*catalogue: begin {name}\b[^\n]*\n).*?(^[^\n]*catalogue: end {name}\b[^\n]*$)"
        text, count = re.subn(marked, lambda found: found[1] + content + found[2], text, flags=re.MULTILINE | re.DOTALL)
        if count != 1:
            raise CatalogueError(f"{file.relative_to(REPOSITORY)}: has {count} regions `catalogue: begin {name}` instead of one")
    return text
