"""The one style of notebooks and pages: CSS variables, light and dark, and the hatch patterns that charts name."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("css")

# Patterns are named by url(#…): the block must be laid out (never display:none) and stand once on a page.
PATTERNS = (
    '<svg class="defs" style="position:absolute;width:0;height:0" aria-hidden="true"><defs>'
    + "".join(
        f'<pattern id="{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)">'
        f'<rect width="{size}" height="{size}" style="fill:var(--{ground})"/>'
        f'<rect width="{line}" height="{size}" style="fill:var(--{colour})"/></pattern>'
        for name, size, line, ground, colour in (
            ("hatch", 5, 2, "bg", "ac"),
            ("hatch-good", 5, 2, "bg", "good-f"),
            ("hatch-bad", 5, 2, "bg", "bad-f"),
            ("hatch-accent", 6, 2.2, "accent-soft", "accent"),
        )
    )
    + "</defs></svg>"
)


@cache
def tokens() -> str:
    """The colours as CSS variables; the dark set stands once for the reader's setting and once for a forced theme."""
    return _dark("tokens")


@cache
def notebook_css() -> str:
    """What a notebook needs: colours, and the parts below .rv, weighty enough to win over JupyterLab's own style."""
    return tokens() + re.sub(r"\.rv(?=[ {])", ".rv.rv", _read("parts")) + _read("notebook")


@cache
def page_css() -> str:
    """What a page needs: colours, the parts that notebooks share, and the page's anatomy."""
    return tokens() + _read("parts") + _read("page")


@cache
def own_css(name: str) -> str:
    """What a page of its own needs beside the parts: statement, leaderboard."""
    return _dark(name)


def _dark(name: str) -> str:
    """A style with the dark colours where it names them."""
    return _read(name).replace("DARK", _read("dark").replace("\n", ""))


@cache
def _read(name: str) -> str:
    return (FOLDER / f"{name}.css").read_text(encoding="utf-8")
