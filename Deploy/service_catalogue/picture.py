"""The architecture as an SVG picture, drawn from the catalogue: Docs/pictures/architecture.svg.

Columns are the command services in the catalogue's order; a service that is added gets a column or a card of its own.
"""
from __future__ import annotations

from .model import Catalogue, Service

WIDTH, LEFT, RIGHT = 960, 262, 944
# Top and bottom of the three bands: the query side, the streams, the command side.
QUERY, STREAMS, COMMANDS = (16, 136), (196, 240), (300, 470)
EXTERNAL = (512, 558)
LEGEND = 582
HEIGHT = 690
STYLE = """
  svg {
    --page: #fff; --band: #f6f6f4; --card: #fff; --line: #d5d5cf; --ink: #17181c; --soft: #5c5f68; --event: #3346c2; --events: #e9ecfb
  }
  @media (prefers-color-scheme: dark) {
    svg {
      --page: #101114; --band: #17191d; --card: #22252b; --line: #3a3e47; --ink: #ecedf0; --soft: #a5a9b3; --event: #9aabff;
      --events: #20264a
    }
  }
  text { font: 13px -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", system-ui, sans-serif; fill: var(--ink) }
  .soft { fill: var(--soft); font-size: 12px }
  .name { font-weight: 600 }
  .mono { font: 11.5px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
  .event-text { fill: var(--event) }
  .page { fill: var(--page) } .band { fill: var(--band) } .streams { fill: var(--events) }
  .card { fill: var(--card); stroke: var(--line) } .outside { fill: none; stroke: var(--soft); stroke-dasharray: 5 4 }
  .call, .event, .callback { fill: none }
  .call { stroke: var(--ink); stroke-width: 1.75; marker-end: url(#call) }
  .event { stroke: var(--event); stroke-width: 2; stroke-dasharray: 0.1 5; stroke-linecap: round; marker-end: url(#event) }
  .callback { stroke: var(--soft); stroke-width: 1; marker-end: url(#callback) }
  .step { fill: var(--event) } .step-text { fill: var(--page); font-size: 12px; font-weight: 700; text-anchor: middle }
"""


def svg(catalogue: Catalogue) -> str:
    commands = [one for one in catalogue.services if one.kind == "command"]
    queries = [one for one in catalogue.services if one.kind == "query"]
    columns = {one.name: box for one, box in zip(commands, spread(len(commands), gap=9))}
    cards = {one.name: box for one, box in zip(queries, spread(len(queries), gap=16))}
    lines = bands() + callbacks(queries, cards, columns) + streams(commands, queries, cards, columns)
    for service in queries:
        lines += query_card(service, *cards[service.name])
    for service in commands:
        lines += command_card(service, *columns[service.name])
    lines += entrance(catalogue) + outside(catalogue, columns) + saga(columns) + legend(cards, columns)
    markers = "".join(
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}" markerHeight="{size}" orient="auto" '
        f'markerUnits="userSpaceOnUse"><path d="M0.5 0.5 7.5 4 0.5 7.5z" fill="var(--{color})"/></marker>'
        for name, color, size in (("call", "ink", 9), ("event", "event", 9), ("callback", "soft", 7)))
    title = "Architecture: gateway, query side, event streams, command side"
    return "\n".join([
        "<!-- Deploy/catalogue generate writes this file. -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">',
        f"<title>{title}</title>", f"<style>{STYLE}</style>", f"<defs>{markers}</defs>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="12"/>', *lines, "</svg>", ""])


# MARK: Parts

def bands() -> list:
    return [
        box("band", LEFT, QUERY[0], RIGHT - LEFT, QUERY[1] - QUERY[0]),
        text("soft", LEFT + 12, QUERY[0] + 20, "query side: read models in Redis, popular pages in the process"),
        box("band", LEFT, COMMANDS[0], RIGHT - LEFT, COMMANDS[1] - COMMANDS[0]),
        text("soft", LEFT + 12, COMMANDS[1] - 10, "command side: a database each"),
    ]


def query_card(service: Service, x: float, width: float) -> list:
    top = QUERY[0] + 32
    return card("card", x, top, width, QUERY[1] - top - 12, service, consumed(service), [])


def command_card(service: Service, x: float, width: float) -> list:
    top = COMMANDS[0] + 12
    return card("card", x, top, width, COMMANDS[1] - top - 30, service, consumed(service), service.publishes)


def card(style: str, x: float, y: float, width: float, height: float, service: Service, consumes: list, publishes: list) -> list:
    wide = width > 200
    port = (x + width - 10, y + 22, "end") if wide else (x + 10, y + 38, "start")
    lines = [
        box(style, x, y, width, height, 8), text("name", x + 10, y + 22, service.name, width - 20),
        text("soft", port[0], port[1], str(service.port), anchor=port[2]),
    ]
    consumes = [f"{one}.*" for one in consumes]
    rows = [("event-text mono", f"↑ {one}.*") for one in publishes]
    rows += [("soft mono", f"↓ {one}") for one in ([" ".join(consumes)] if wide and consumes else consumes)]
    for row, (style, words) in enumerate(rows):
        lines.append(text(style, x + 10, y + (46 if wide else 58) + 17 * row, words, width - 16))
    return lines


def streams(commands: list, queries: list, cards: dict, columns: dict) -> list:
    lines = [box("streams", LEFT, STREAMS[0], RIGHT - LEFT, STREAMS[1] - STREAMS[0])]
    for service in commands:
        x, width = columns[service.name]
        if service.publishes:
            lines.append(path("event", f"M{x + 22} {COMMANDS[0] + 12}V{STREAMS[1] + 3}"))
            lines.append(text("event-text mono", x + 2, STREAMS[0] + 19, f"events:{service.name}", width))
        if service.subscribes:
            lines.append(path("event", f"M{x + 46} {STREAMS[1] + 4}V{COMMANDS[0] + 10}"))
    for service in queries:
        x, _ = cards[service.name]
        lines.append(path("event", f"M{x + 22} {STREAMS[0]}V{QUERY[1] - 10}"))
    caption = "Redis Streams: an event has an id, a type and a version, but no state"
    return lines + [text("event-text", LEFT + 12, STREAMS[1] - 8, caption)]


def callbacks(queries: list, cards: dict, columns: dict) -> list:
    """A line from each query service to each service that it fetches from, behind the streams."""
    lines = []
    for lane, service in enumerate(queries):
        x, width = cards[service.name]
        y = QUERY[1] + 16 + 14 * lane
        for number, target in enumerate(one for one in service.calls if one in columns):
            start, end = x + width / 2 + 8 * number, columns[target][0] + columns[target][1] - 14 - 8 * lane
            lines.append(path("callback", f"M{start:.0f} {QUERY[1] - 12}V{y}H{end:.0f}V{COMMANDS[0] + 10}"))
    return lines


def entrance(catalogue: Catalogue) -> list:
    gateway = next(one for one in catalogue.services if one.kind == "gateway")
    x, top, bottom = 120, QUERY[0], COMMANDS[1]
    lines = [
        box("card", x, top, 104, bottom - top, 10), text("name", x + 12, top + 24, gateway.name),
        text("soft", x + 12, top + 42, str(gateway.port)),
    ]
    for row, words in enumerate(("verifies tokens", "limits rates", "caches pages", "finds instances", "one response", "a screen (BFF)")):
        lines.append(text("soft", x + 12, top + 76 + 20 * row, words, 84))
    for row, role in enumerate(("customers", "owners", "riders")):
        y = 150 + 70 * row
        lines += [text("", 14, y + 4, role, 68), path("call", f"M88 {y}H{x - 3}")]
    return lines + [path("call", f"M{x + 104} 90H{LEFT - 3}"), path("call", f"M{x + 104} 385H{LEFT - 3}")]


def outside(catalogue: Catalogue, columns: dict) -> list:
    """The systems outside, each below the service that calls it."""
    lines = []
    for service in (one for one in catalogue.services if one.kind == "external"):
        callers = [one.name for one in catalogue.services if any(to.startswith(service.name) for to in one.addresses.values())]
        caller = next(iter(callers), None)
        if caller not in columns:
            continue
        x, width = columns[caller][0], RIGHT - columns[caller][0]
        lines += [box("outside", x, EXTERNAL[0], width, EXTERNAL[1] - EXTERNAL[0], 8),
                  text("name", x + 10, EXTERNAL[0] + 20, service.name),
                  text("soft", x + 10, EXTERNAL[0] + 37, "the card network: fails, hangs, sends webhooks as told", width - 20),
                  path("call", f"M{x + 22} {COMMANDS[1] - 30}V{EXTERNAL[0] - 3}")]
    return lines


def saga(columns: dict) -> list:
    """The checkout saga's calls, from order to payment and rider."""
    if not {"order", "payment", "rider"} <= columns.keys():
        return []
    (x, width), y, bottom = columns["order"], COMMANDS[1] + 16, COMMANDS[1] - 30
    lines = [path("call", f"M{x + 30} {bottom}V{y}H{columns[to][0] + 52}V{bottom + 3}") for to in ("payment", "rider")]
    words = ("checkout saga: authorizes, captures,", "voids or refunds; cancels a delivery")
    return lines + [text("soft", x + 20, y + 3 + 16 * row, line, 214, anchor="end") for row, line in enumerate(words)]


def legend(cards: dict, columns: dict) -> list:
    lines = []
    order = columns.get("order", next(iter(columns.values())))
    reader, reader_width = list(cards.values())[-1]
    places = (
        (order[0] + order[1] - 15, COMMANDS[0] + 29), (order[0] + 6, 272), (reader + reader_width / 2 - 14, STREAMS[0] - 30),
        (reader + reader_width - 18, QUERY[0] + 74))
    steps = (
        ("Change", "One SQL statement writes", "the state and an outbox row."),
        ("Event", "The relay publishes it to a", "stream, without the state."),
        ("Callback", "A subscriber fetches the", "state, for a batch at once."),
        ("Read", "A newer version replaces the", "read model; reads end here."))
    for number, ((x, y), (name, *words)) in enumerate(zip(places, steps), 1):
        left = 20 + (number - 1) * 232
        lines += step(number, x, y) + step(number, left + 9, LEGEND + 16) + [text("name", left + 26, LEGEND + 20, name)]
        lines += [text("soft", left + 26, LEGEND + 38 + 16 * row, line) for row, line in enumerate(words)]
    for x, style, words in ((29, "call", "call"), (130, "event", "event"), (240, "callback", "callback: fetches the current state")):
        lines += [path(style, f"M{x} {HEIGHT - 22}h34"), text("soft", x + 44, HEIGHT - 18, words)]
    return lines


# MARK: SVG

def spread(count: int, gap: int) -> list:
    """Left edge and width of `count` boxes between the bands' edges."""
    width = (RIGHT - LEFT - 24 - gap * (count - 1)) / max(count, 1)
    return [(round(LEFT + 12 + number * (width + gap), 1), round(width, 1)) for number in range(count)]


def consumed(service: Service) -> list:
    return [aggregate for one in service.subscribes for aggregate in one.aggregates]


def box(style: str, x: float, y: float, width: float, height: float, radius: int = 10) -> str:
    return f'<rect class="{style}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"/>'


def text(style: str, x: float, y: float, words: str, width: float = 0, anchor: str = "start") -> str:
    """With a width, long words are condensed to it."""
    size = 7 if "mono" in style else 6.6
    fit = f' textLength="{width:.0f}" lengthAdjust="spacingAndGlyphs"' if width and len(words) * size > width else ""
    return f'<text class="{style}" x="{x}" y="{y}" text-anchor="{anchor}"{fit}>{words}</text>'


def path(style: str, data: str) -> str:
    return f'<path class="{style}" d="{data}"/>'


def step(number: int, x: float, y: float) -> list:
    return [f'<circle class="step" cx="{x}" cy="{y}" r="9"/>', f'<text class="step-text" x="{x}" y="{y + 4}">{number}</text>']
