"""Funnel, cohort heat map, territory matrix and bullets: HTML tables that read as pictures."""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from revops.report.display import Html, heading, scrolled
from revops.report.tables import Column, Scale, attainment_class, bullet_html, cell, rows_of, signed_html, table
from revops.words import EVEN, Words


def funnel(
    stages: Any, columns: list[Column], title: str = "", who: str = "", *, words: Words, bottleneck: str = ""
) -> Html:
    """Stages of a funnel, first to last: a table whose `share` column is the bar; `bottleneck` names a flag field."""
    return table(stages, columns, title, who, words=words, mark=bottleneck)


def heat(
    frame: Any,
    row: Column,
    values: Sequence[str],
    title: str = "",
    who: str = "",
    *,
    words: Words,
    heads: Sequence[str] = (),
    extra: Sequence[Column] = (),
    steps: Sequence[float] = (),
    digits: int | None = None,
    money: bool = False,
) -> Html:
    """A cohort table: one row per `row`, one shaded cell per field of `values` (shares); a future cell is empty.

    `extra` columns (such as the size of the cohort) stand before the cells; `steps` are five rising bounds of the six
    shades, by default equal steps between the smallest and the largest share. Shares all below a tenth get one decimal.
    With `money` the cells are amounts in one common unit, which `words.unit` names for the caller's `who`.
    """
    lines = rows_of(frame)
    shares = [line[v] for line in lines for v in values if line.get(v) is not None]
    bounds = list(steps) or _steps(shares)
    places = digits if digits is not None else int(max(shares, default=1.0) < 0.1)
    power, _ = words.unit(max(map(abs, shares), default=0)) if money else (0, "")

    def shown(value: Any) -> str:
        return words.scaled(value, power, 1) if money else words.number(value * 100, places)

    scale = Scale(lines, [row, *extra], words)
    labels = [(c.head, "" if i == 0 else " class='num'") for i, c in enumerate([row, *extra])]
    labels += [(text, " class='num'") for text in (heads or values)]
    head = "".join(f"<th scope='col'{css}>{escape(str(text))}</th>" for text, css in labels)
    body = "".join(
        "<tr>"
        + "".join(cell(line, c, scale, first=i == 0) for i, c in enumerate([row, *extra]))
        + "".join(_shade(line.get(v), bounds, shown) for v in values)
        + "</tr>"
        for line in lines
    )
    html = scrolled(f"<tr>{head}</tr>", body, "heat")
    return Html(heading(title, who) + html, title)


def matrix(
    frame: Any,
    rows: Sequence[str],
    outer: str,
    inner: str,
    share: str,
    amount: str,
    title: str = "",
    who: str = "",
    *,
    words: Words,
    heads: Sequence[str] = (),
    names: str = "",
    fresh: str = "",
    note: str = "",
) -> Html:
    """The territory matrix: rows by the fields `rows`, columns by `outer` and `inner`, attainment coloured.

    `share` is the attainment, `amount` the quota under it in one common unit (named in `who` by the caller, or use
    `words.unit`). A cell without territory is hatched with a dash; one with an amount but no share says `fresh`.
    `names` is a catalogue prefix for the values, `note` a field with a sign that stands beside the amount.
    """
    lines = rows_of(frame)
    power, _ = words.unit(max((abs(x[amount]) for x in lines if x.get(amount) is not None), default=0))
    outers, inners = _distinct(lines, outer), _distinct(lines, inner)
    keys = list(dict.fromkeys(tuple(line[r] for r in rows) for line in lines))
    found = {(tuple(x[r] for r in rows), x[outer], x[inner]): x for x in lines}

    def shown(value: Any) -> str:
        return escape(words.name(names, str(value)) if names else str(value))

    top = "".join(f"<th class='top' colspan='{len(inners)}' scope='colgroup'>{shown(o)}</th>" for o in outers)
    low = "".join(
        f"<th scope='col' class='num{_edge(i)}'>{shown(x)}</th>" for _ in outers for i, x in enumerate(inners)
    )
    first = "".join(f"<th scope='col'>{escape(h)}</th>" for h in (heads or rows))
    body = ""
    for key in keys:
        cells = "".join(
            _territory(found.get((key, o, x)), share, amount, power, words, _edge(i), fresh, note)
            for o in outers
            for i, x in enumerate(inners)
        )
        body += "<tr>" + "".join(f"<th scope='row'>{shown(k)}</th>" for k in key) + cells + "</tr>"
    corner = f"<td colspan='{len(rows)}' style='border:0'></td>"
    html = scrolled(f"<tr>{corner}{top}</tr><tr>{first}{low}</tr>", body, "heat matrix")
    return Html(heading(title, who) + html, title)


def bullets(
    groups: Sequence[Any],
    title: str = "",
    who: str = "",
    *,
    words: Words,
    name: str = "name",
    actual: str = "actual",
    plan: str = "plan",
    last: str = "previous_year",
    better: str = "higher",
) -> Html:
    """Bullets on one scale: groups of rows (channels, then regions), each with name, actual, plan and last year."""
    return Html(heading(title) + bullets_table(groups, who, words, name, actual, plan, last, better), title)


def bullets_table(
    groups: Sequence[Any],
    who: str,
    words: Words,
    name: str = "name",
    actual: str = "actual",
    plan: str = "plan",
    last: str = "previous_year",
    better: str = "higher",
) -> str:
    """The bare table of bullets; plan and actual are amounts. Where no row has a plan, the share is of last year."""
    sets = [rows_of(group) for group in groups]
    every = [line for lines in sets for line in lines]
    largest = max((abs(x[k]) for x in every for k in (actual, plan, last) if x.get(k) is not None), default=0)
    power, unit = words.unit(max((abs(x[actual]) for x in every if x.get(actual) is not None), default=0))
    against = "plan" if any(line.get(plan) is not None for line in every) else "year"
    head = (
        f"<tr><th scope='col'><span class='vh'>{escape(words.t('common.chart.category'))}</span></th>"
        f"<th scope='col'><span class='wide'>{escape(who)}</span></th><th scope='col' class='num'>{escape(unit)}</th>"
        f"<th scope='col' class='num'>{escape(words.t(f'common.index.bullets.of_{against}'))}</th></tr>"
    )
    keys = (name, actual, plan, last)
    bodies = "".join(
        f"<tbody>{''.join(_bullet(x, keys, against, largest, power, words, better) for x in lines)}</tbody>"
        for lines in sets
    )
    return f"<table class='bt'><thead>{head}</thead>{bodies}</table>"


def _bullet(
    line: dict[str, Any],
    keys: tuple[str, str, str, str],
    against: str,
    largest: float,
    power: int,
    words: Words,
    better: str,
) -> str:
    name, actual, plan, last = (line.get(k) for k in keys)
    reference = plan if against == "plan" else last
    share = actual / reference if reference and reference > 0 and actual is not None else None
    of_plan = signed_html(words.percent(share), None if share is None else share - 1, better, level=EVEN)
    return (
        f"<tr><th scope='row'>{escape(str(name))}</th>"
        f"<td style='width:48%'>{bullet_html(actual or 0, plan, last, largest)}</td>"
        f"<td class='num'>{escape(words.scaled(actual, power, 1))}</td>"
        f"<td class='num strong'>{of_plan if share is not None else escape(words.t('common.undefined'))}</td></tr>"
    )


def _territory(
    line: dict[str, Any] | None, share: str, amount: str, power: int, words: Words, edge: str, fresh: str, note: str
) -> str:
    if line is None or line.get(amount) is None or (line.get(share) is None and not (line[amount] and fresh)):
        return f"<td class='h none{edge}'>{escape(words.t('common.nothing'))}</td>"
    sign = f" {escape(line[note])}" if line.get(note) else ""
    under = f"<small>{escape(words.scaled(line[amount], power, 1))}{sign}</small>"
    if line.get(share) is None:
        return f"<td class='h d4{edge}'><b>{escape(fresh)}</b>{under}</td>"
    return f"<td class='h {attainment_class(line[share])}{edge}'><b>{whole_percent(line[share], words)}</b>{under}</td>"


def whole_percent(share: float | None, words: Words, bounds: Sequence[float] = (0.9, 1.0)) -> str:
    """A share in whole per cent, without the sign; with a decimal where one below a bound would be shown as the bound.

    >>> words = Words("en", "VND", 0)
    >>> [whole_percent(share, words) for share in (0.994, 0.998, 0.99999, 1.0, 0.8961)]
    ['99', '99.8', '99.9', '100', '89.6']
    """
    if share is None:
        return words.t("common.undefined")
    near = any(share < bound and round(share, 2) >= bound for bound in bounds)
    return words.number(math.floor(share * 1000) / 10, 1) if near else words.number(share * 100)


def _edge(position: int) -> str:
    return " edge" if position == 0 else ""


def _shade(value: float | None, bounds: Sequence[float], shown: Callable[[Any], str]) -> str:
    if value is None:
        return "<td></td>"
    css = f"q{1 + sum(value >= bound for bound in bounds)}"
    return f"<td class='h {css}'>{escape(shown(value))}</td>"


def _steps(shares: Sequence[float]) -> list[float]:
    low, high = (min(shares, default=0.0), max(shares, default=0.0))
    return [low + (high - low) * step / 6 for step in range(1, 6)]


def _distinct(lines: list[dict[str, Any]], key: str) -> list[Any]:
    return list(dict.fromkeys(line[key] for line in lines))
