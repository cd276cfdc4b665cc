"""index.html, the executive summary: eight tiles, bridge, bullets, findings; faults at the top. No script."""

import re
from datetime import date
from html import escape
from typing import Any

from revops.report import charts
from revops.report.display import heading, scrolled, with_unit
from revops.report.frame import FILES, PAGES, document, stamp
from revops.report.grids import bullets_table
from revops.report.marks import bridge_svg, sparkline_svg
from revops.report.page import read_notes
from revops.report.tables import signed_html
from revops.words import EVEN, Words
from revops.workspace import NOTEBOOKS, Workspace

ROOM = 16  # lines of findings that fit one screen beside bridge and bullets; the rest unfolds


def render_index(ws: Workspace, notes: dict[str, dict[str, Any]] | None = None, *, when: str = "") -> str:
    """The summary page from the notes of the notebooks, by default those of the build in the language of `ws`."""
    found = notes if notes is not None else {name: read_notes(ws, name) for name in NOTEBOOKS}
    main = found.get("02_kpis", {})
    extra = main.get("extra", {})
    scope = ws.words.period(ws.period)
    findings = [f for note in found.values() for f in note.get("findings", [])]
    faults = [f for note in found.values() for f in note.get("faults", [])]
    left = _bridge(ws, extra.get("bridge")) + _bullets(ws, extra.get("bullets"))
    body = (
        f"{_faults(ws, faults)}{_tiles(ws, main.get('tiles', []))}"
        f'<div class="exec"><div class="left">{left}</div>{_findings(ws, findings, extra, _answers(ws, found))}</div>'
    )
    return document(
        ws,
        current="index",
        title=main.get("headline") or ws.t("common.index.no_headline", company=ws.company.name, period=scope),
        subline=main.get("subline") or ws.t("common.index.subline", company=ws.company.name, period=scope),
        body=body,
        before=stamp(ws, only_bad=True),
        after=stamp(ws, when=when, manifest=True, listed=f"{FILES['02_kpis']}#proofs"),
    )


def render_totals(ws: Workspace, *, when: str = "") -> str:
    """incentives.html: what was paid in total, open to everyone; it names no person's pay."""
    extra = read_notes(ws, "04_incentives").get("extra", {})
    lines = "".join(
        f"<tr><th scope='row'>{escape(str(line['name']))}</th>"
        f"<td class='num strong'>{escape(str(line['value']))}</td></tr>"
        for line in extra.get("pay", [])
    )
    title = extra.get("pay_title") or ws.t("common.index.pay.title")
    table = f'<div class="out"><table><tbody>{lines}</tbody></table></div>'
    return document(
        ws,
        current="incentives",
        title=title,
        subline=ws.t("common.index.subline", company=ws.company.name, period=ws.words.period(ws.period)),
        body=f'<div class="content"><section class="flow">{table}</section></div>',
        before=stamp(ws, only_bad=True),
        after=stamp(ws, when=when),
    )


def tile_html(ws: Workspace, tile: dict[str, Any]) -> str:
    """One tile: name, basis, value, sparkline with dotted plan, then plan, previous period and last year."""
    rows = [
        (ws.t("common.index.plan", value=_value(ws.words, tile, tile.get("plan"))), tile.get("plan"), EVEN),
        (ws.words.period_short(ws.period.previous()), tile.get("previous"), 0.0),
        (ws.words.period_short(ws.period.previous_year()), tile.get("previous_year"), 0.0),
    ]
    rows = rows[:2] if ws.period.previous() == ws.period.previous_year() else rows
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{_change(ws.words, tile, ref, level)}</dd>" for name, ref, level in rows
    )
    figure = _with_small_unit(_value(ws.words, tile, tile.get("value")))
    return (
        f'<div class="tile"><h2>{escape(str(tile["name"]))}</h2>'
        f'<div class="hint">{escape(str(tile.get("basis") or ""))}</div>'
        f'<div class="v">{figure}</div>{sparkline_svg(tile.get("series") or [], tile.get("plan_series") or [])}'
        f"<dl>{lines}</dl></div>"
    )


def _tiles(ws: Workspace, tiles: list[dict[str, Any]]) -> str:
    if not tiles:
        return ""
    inner = "".join(tile_html(ws, tile) for tile in tiles[:8])
    return f'<section class="tiles" aria-label="{escape(ws.t("common.index.tiles"))}">{inner}</section>'


def _value(words: Words, tile: dict[str, Any], value: Any) -> str:
    if value is None:
        return words.t("common.undefined")
    if tile.get("kind") == "money":
        return words.money_short(value)
    if tile.get("kind") == "percent":
        return words.percent(value, _digits(tile))
    return words.number(value, tile.get("digits") or 0)


def _digits(tile: dict[str, Any]) -> int:
    given = tile.get("digits")
    if given is not None:
        return int(given)
    return 2 if abs(tile.get("value") or 0) < 0.1 else 1


def _change(words: Words, tile: dict[str, Any], reference: Any, level: float) -> str:
    value, better = tile.get("value"), tile.get("better", "higher")
    if value is None or reference is None or (tile.get("kind") != "percent" and reference <= 0):
        why = f" title='{escape(str(tile['begins']))}'" if tile.get("begins") and reference is None else ""
        return f"<span class='mut'{why}>{escape(words.t('common.nothing'))}</span>"
    if tile.get("kind") == "percent":
        change = value - reference
        return signed_html(words.points(change, _digits(tile)), change, better, level=level * abs(reference))
    change = value / reference - 1
    return signed_html(words.signed_percent(change), change, better, level=level)


def _with_small_unit(text: str) -> str:
    """The unit of a large figure is set smaller: ₫49.2<small>bn</small>."""
    found = re.fullmatch(r"([^\d]*[\d.,]*\d%?)(.*)", text)
    if not found or not found[2]:
        return escape(text)
    return f"{escape(found[1])}<small>{escape(found[2])}</small>"


def _bridge(ws: Workspace, bridge: dict[str, Any] | None) -> str:
    if not bridge or not bridge.get("rows"):
        return ""
    words = ws.words
    steps, unit = charts.bridge_steps(bridge["rows"], words, "name", "amount", *bridge["ends"])
    title = bridge.get("title") or ws.t("common.index.bridge.title")
    who = bridge.get("who") or ws.t("common.index.bridge.who", unit=unit, period=words.period_short(ws.period))
    drawn = "".join(
        f'<div class="{css}">{bridge_svg(steps, width, title, bridge["zero"])}</div>'
        for css, width in (("wide", 440), ("narrow", 358))
    )
    return f"<section>{heading(title, with_unit(who, unit)).replace('h3', 'h2')}{drawn}</section>"


def _bullets(ws: Workspace, bullets: dict[str, Any] | None) -> str:
    if not bullets or not any(bullets.get("groups", [])):
        return ""
    has_plan = any(line.get("plan") is not None for group in bullets["groups"] for line in group)
    key = "common.index.bullets.who" if has_plan else "common.index.bullets.who_year"
    who = ws.t(key, period=ws.words.period_short(ws.period.previous_year()))
    title = bullets.get("title") or ws.t("common.index.bullets.title")
    return f"<section>{heading(title).replace('h3', 'h2')}{bullets_table(bullets['groups'], who, ws.words)}</section>"


def _findings(ws: Workspace, findings: list[dict[str, Any]], extra: dict[str, Any], below: str) -> str:
    ranked = sorted(findings, key=lambda f: (f.get("amount") is None, -abs(f.get("amount") or 0), str(f["title"])))
    title = extra.get("findings_title") or _findings_title(ws, ranked)
    if not ranked:
        inner = f"<p class='say'>{escape(ws.t('common.index.findings.none'))}</p>"
        return f'<section class="findings">{heading(title).replace("h3", "h2")}{inner}{below}</section>'
    who = heading(title, ws.t("common.index.findings.who")).replace("h3", "h2")
    more = ""
    first = _that_fit(ranked)
    if ranked[first:]:
        summary = Words.capital(ws.words.n("common.index.findings.more", len(ranked) - first))
        rest = _finding_table(ws, ranked[first:])
        more = f'<details class="more"><summary>{escape(summary)}</summary>{rest}</details>'
    return f'<section class="findings">{who}{_finding_table(ws, ranked[:first])}{more}{below}</section>'


def _that_fit(ranked: list[dict[str, Any]]) -> int:
    """How many findings stand open on one screen, by the lines that their texts take: three to six."""

    def lines(text: Any, width: int) -> int:
        return -(-len(str(text or "")) // width)

    taken = 0
    for count, finding in enumerate(ranked[:6]):
        what = lines(finding["title"], 50) + lines(f"{finding.get('why') or ''} {' ' * 10}", 61)
        taken += max(what, lines(finding.get("action"), 36), 2)
        if taken > ROOM and count >= 3:
            return count
    return min(len(ranked), 6)


def _finding_table(ws: Workspace, findings: list[dict[str, Any]]) -> str:
    names = (("at_stake", " class='m'"), ("what", ""), ("next", ""), ("owner", ""))
    head = "".join(f"<th scope='col'{css}>{escape(ws.t(f'common.index.findings.{name}'))}</th>" for name, css in names)
    rows = "".join(finding_html(ws, finding) for finding in findings)
    return f'<table class="find"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def finding_html(ws: Workspace, finding: dict[str, Any]) -> str:
    """One finding: money and basis · what happened and why, with its evidence · what to do · who, by when."""
    amount, good = finding.get("amount"), bool(finding.get("is_good"))
    size = None if amount is None else abs(amount) * (1 if good else -1)
    money = signed_html(ws.words.signed_money_short(size, 2), size, "higher") if size is not None else ""
    due = finding.get("due_on")
    by = ws.t("common.index.findings.by", day=ws.words.day(date.fromisoformat(str(due)))) if due else ""
    link = (
        f" <a href='{escape(str(finding['href']))}'>{escape(ws.t('common.index.findings.evidence'))}</a>"
        if finding.get("href")
        else ""
    )
    hint = f"<small>{escape(str(finding['hint']))}</small>" if finding.get("hint") else ""
    return (
        f"<tr><td class='m'>{money}<small>{escape(str(finding.get('basis') or ''))}</small></td>"
        f"<td><span class='t'>{escape(str(finding['title']))}</span><div class='w'>"
        f"{escape(str(finding.get('why') or ''))}{link}</div></td>"
        f"<td class='a'>{escape(str(finding.get('action') or ''))}{hint}</td>"
        f"<td class='o'><b>{escape(str(finding.get('owner') or ''))}</b>{escape(by)}</td></tr>"
    )


def _answers(ws: Workspace, notes: dict[str, dict[str, Any]]) -> str:
    """What the pages of quotas and of incentives answer, with the way there; of pay the sums that all may read."""
    asked = (("03_quota", "03_quota"), ("incentives", "04_incentives"))
    told = [(PAGES[page], notes.get(notebook, {}).get("headline")) for page, notebook in asked]
    lines = [
        f"<a href='{file}'>{escape(ws.t(f'common.pages.{key}'))}</a> · {escape(headline)}"
        for (key, file), headline in told
        if headline
    ]
    return f"<p class='who'>{'<br>'.join(lines)}</p>" if lines else ""


def _findings_title(ws: Workspace, ranked: list[dict[str, Any]]) -> str:
    """How many problems and successes; their money is never added up: gaps, expected values and pay differ in kind."""
    good = sum(bool(f.get("is_good")) for f in ranked)
    key = "common.index.findings"
    counts = (("problems", len(ranked) - good), ("successes", good))
    found = [ws.words.n(f"{key}.{name}", count) for name, count in counts if count]
    if not found:
        return str(ws.t(f"{key}.title_plain"))
    return Words.capital(ws.t(f"{key}.title_ranked", found=ws.words.join(found)))


def _faults(ws: Workspace, faults: list[dict[str, Any]]) -> str:
    if not faults:
        return ""
    key = "common.index.faults"
    head = "".join(f"<th scope='col'>{escape(ws.t(f'{key}.{n}'))}</th>" for n in ("where", "found", "expected", "next"))
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{escape(str(fault.get(n, '')))}</td>" for n in ("where", "found", "expected", "next_step"))
        + "</tr>"
        for fault in faults
    )
    title = Words.capital(ws.words.n(f"{key}.title", len(faults)))
    told = scrolled(f"<tr>{head}</tr>", rows)
    return f'<section class="faults"><h2 class="msg">{escape(title)}</h2>{told}</section>'
