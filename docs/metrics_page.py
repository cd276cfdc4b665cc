"""docs/metrics.md: every metric that can be asked for, made from the catalogue itself."""

from collections.abc import Iterator

from revops.kpis import catalogue

HEAD = """\
# Metrics

Made from `lib/revops/kpis/catalogue` by `make refresh`; a test keeps it in step.

In a notebook, `kpis.metric(facts, "aov", "2026-01..2026-10", by="channel")` gives any of them by any of its dimensions,
as a polars frame, or as pandas with `pandas=True`; `kpis.browse(facts)` lists them with the tables that are missing.
Ratios are Σ numerator ÷ Σ denominator; what is undefined is empty, with its reason. *Over time* says what may be done
with the values of several periods: added up, the last one taken, or neither.
"""


def metrics_page() -> str:
    """The page as Markdown: one section an area, one table a metric."""
    return HEAD + "".join(part for area in catalogue.AREAS for part in _area(area))


def _area(area: str) -> Iterator[str]:
    found = catalogue.area(area)
    if found:
        yield f"\n## {area.capitalize()}\n"
    for key, one in found.items():
        needs = one.needs()
        yield f"\n### {key}\n\n**{one.name.en}** ({one.name.vi}): {one.formula.en}. {one.convention.en}\n\n"
        yield "|  |  |\n|---|---|\n"
        yield _row("made of", ", ".join(f"`{part}`" for part in one.of)) if one.of else ""
        yield _row("numerator", _terms(one.numerator)) if one.numerator else ""
        yield _row("denominator", _terms(one.denominator)) if one.denominator else ""
        yield _row("unit", f"{one.unit}; {one.better} is better" if one.better != "neither" else one.unit)
        yield _row("over time", one.over_time)
        yield _row("period", one.date.en)
        yield _row("by", ", ".join(one.dimensions()) or "nothing")
        yield _row("needs", " or ".join(needs) if len(one.fact_tables()) == 1 else ", ".join(needs))
        yield _row("source", one.source)


def _terms(terms: list[str]) -> str:
    return " ".join(f"− `{term[1:]}`" if term.startswith("-") else f"+ `{term}`" for term in terms).removeprefix("+ ")


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |\n"
