"""A small SVG picture with a light and a dark appearance."""
from html import escape

WIDTH, MARGIN = 800, 20
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: var(--ink) } .title { font-size: 15px; font-weight: 600 } .quiet { fill: var(--quiet) }
  .end { text-anchor: end } .middle { text-anchor: middle } path { fill: none; stroke-width: 2; stroke-linejoin: round }
  .grid { stroke: var(--grid); stroke-width: 1 } .limit { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 4 3 }
  svg { --surface: #ffffff; --ink: #1f2328; --quiet: #59636e; --grid: #d8dee4;
        --blue: #2a6fdb; --teal: #12877a; --red: #cf222e; --violet: #8250df; --orange: #bc4c00 }
  @media (prefers-color-scheme: dark) { svg { --surface: #0d1117; --ink: #e6edf3; --quiet: #9198a1; --grid: #30363d;
        --blue: #6aa9ff; --teal: #3fb8a5; --red: #ff7b72; --violet: #b392f0; --orange: #f0883e } }
"""


class Picture:
    def __init__(self, title, subtitle):
        self.elements, self.height = [], 64
        self.text(MARGIN, 28, title, "title")
        self.text(MARGIN, 48, subtitle, "quiet")

    def text(self, x, y, text, style=""):
        self.elements.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{escape(str(text))}</text>')

    def line(self, x1, y1, x2, y2, style="grid"):
        self.elements.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>')

    def bar(self, x, y, width, height, color):
        self.elements.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="2" style="fill: var(--{color})"/>')

    def dot(self, x, y, color):
        self.elements.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" style="fill: var(--surface); stroke: var(--{color})"/>')

    def curve(self, points, color):
        """A line through the points; it is interrupted where y is `None`."""
        commands, pen_is_down = [], False
        for x, y in points:
            if y is not None:
                commands.append(f"{'L' if pen_is_down else 'M'}{x:.1f} {y:.1f}")
            pen_is_down = y is not None
        self.elements.append(f'<path d="{" ".join(commands)}" style="stroke: var(--{color})"/>')

    def plot(self, title, seconds, series, height=150):
        """A plot over time; `series` has a color and a value for each second by name, below the plots that were added before."""
        left, right, top = MARGIN + 44, WIDTH - MARGIN, self.height + 28
        bottom, highest = top + height, ceiling(max((y for _, values in series.values() for y in values if y is not None), default=0))
        self.text(MARGIN, top - 14, title)
        x = right
        for name, (color, _) in reversed(series.items()):
            x -= 7 * len(name)
            self.text(x, top - 14, name)
            x -= 16
            self.bar(x, top - 19, 10, 3, color)
            x -= 10
        for fraction in (0, 0.5, 1):
            y = bottom - fraction * height
            self.line(left, y, right, y)
            self.text(left - 8, y + 4, f"{highest * fraction:,g}", "quiet end")
        across = lambda second: left + (right - left) * second / max(seconds[-1], 1)
        for fraction in (0, 0.25, 0.5, 0.75, 1):
            second = round(seconds[-1] * fraction)
            self.text(across(second), bottom + 16, f"{second} s", "quiet middle" if fraction < 1 else "quiet end")
        for color, values in series.values():
            self.curve([(across(x), None if y is None else bottom - height * y / highest) for x, y in zip(seconds, values)], color)
        self.height = bottom + 30

    def __str__(self):
        height = self.height + MARGIN / 2
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}">',
            f"<style>{STYLE}</style>", '<rect width="100%" height="100%" style="fill: var(--surface)"/>', *self.elements, "</svg>\n",
        ])


def ceiling(value):
    """The next of 1, 2, 4, 6, 8 or 10 times a power of ten."""
    power = 1
    while power * 10 < value:
        power *= 10
    while value and power / 10 >= value:
        power /= 10
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)
