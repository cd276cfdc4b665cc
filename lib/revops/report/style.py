"""The one style of notebooks and pages: CSS variables, light and dark, and the hatch patterns that charts name."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("css")

# Patterns are named by url(#…): the block must be laid out (never display:none) and stand once on a page.
PATTERNS = (
    '<svg class="defs" style="position:absolute;width:0;height:0" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" style="fill:var(--bg)"/><rect width="2" height="5" style="fill:var(--ac)"/></pattern>'
    '<pattern id="hatch-good" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" style="fill:var(--bg)"/><rect width="2" height="5" style="fill:var(--good-f)"/></pattern>'
    '<pattern id="hatch-bad" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" style="fill:var(--bg)"/><rect width="2" height="5" style="fill:var(--bad-f)"/></pattern>'
    '<pattern id="hatch-accent" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" style="fill:var(--accent-soft)"/>'
    '<rect width="2.2" height="6" style="fill:var(--accent)"/></pattern></defs></svg>'
)


@cache
def tokens() -> str:
    """The colours as CSS variables; the dark set stands once for the reader's setting and once for a forced theme."""
    return _read("tokens").replace("DARK", _read("dark").replace("\n", ""))


@cache
def notebook_css() -> str:
    """What a notebook needs: colours, and the parts below .rv."""
    return tokens() + _read("parts")


@cache
def page_css() -> str:
    """What a page needs: the notebook's parts and the page's anatomy."""
    return notebook_css() + _read("page")


@cache
def _read(name: str) -> str:
    return (FOLDER / f"{name}.css").read_text(encoding="utf-8")
