"""A bar chart as SVG, with a logarithmic axis; light and dark as the reader has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10

LEFT, WIDTH, BAR, GAP, TOP = 110, 480, 16, 14, 56
COLOURS = ("#2f7d5b", "#7fb89d", "#b4532a")
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" \
font-size="12" role="img" aria-label="{title}">
<style>text {{ fill: #222 }} @media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} }}</style>"""
TITLE = "Requests for one sync, by the number of groups (logarithmic)"


def plot(figures: Mapping[int, Mapping[str, int]]) -> str:
    """figures: {500: {"name": requests}}."""
    names = list(dict.fromkeys(name for each in figures.values() for name in each))
    most = log10(max(value for each in figures.values() for value in each.values()))
    parts, y = [_legend(names)], TOP
    for size, bars in figures.items():
        parts.append(f'<text x="{LEFT - 10}" y="{y + len(bars) * BAR / 2 + 4}" text-anchor="end">{size} groups</text>')
        for name, value in bars.items():
            length = max(2.0, WIDTH * log10(max(value, 1)) / most)
            colour = COLOURS[names.index(name) % len(COLOURS)]
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{colour}"/>')
            parts.append(f'<text x="{LEFT + length + 6:.1f}" y="{y + BAR - 5}">{value:,}</text>')
            y += BAR
        y += GAP
    head = HEAD.format(width=LEFT + WIDTH + 70, height=y, title=TITLE)
    return "\n".join([head, f'<text x="10" y="18" font-weight="600">{TITLE}</text>', *parts, "</svg>\n"])


def _legend(names: list[str]) -> str:
    parts, x = [], 10
    for number, name in enumerate(names):
        parts.append(f'<rect x="{x}" y="30" width="10" height="10" fill="{COLOURS[number % len(COLOURS)]}"/>')
        parts.append(f'<text x="{x + 15}" y="39">{name}</text>')
        x += 30 + round(6.2 * len(name))
    return "\n".join(parts)
