"""What every page shares: the document, the bar with its links, the headline, the run stamp."""

import json
from html import escape
from typing import Any

from revops.report import style
from revops.report.display import check_text
from revops.words import Words
from revops.workspace import Workspace

# page: its file in reports/<company>/<period>/. What lies in restricted/ is not linked from here.
PAGES = {
    "index": ("summary", "index.html"),
    "02_kpis": ("kpis", "02_kpis.html"),
    "03_quota": ("quota", "03_quota.html"),
    "incentives": ("incentives", "incentives.html"),
    "leaderboard": ("leaderboard", "leaderboard.html"),
    "01_ingest": ("quality", "01_ingest.html"),
    "workbook": ("workbook", "workbook.xlsx"),
}
SHORT = 70  # characters of an identity that the run stamp shows in full
FILES = {name: file for name, (_, file) in PAGES.items()} | {"04_incentives": "restricted/04_incentives.html"}


def document(
    ws: Workspace,
    *,
    current: str,
    title: str,
    subline: str,
    body: str,
    before: str = "",
    after: str = "",
    script: str = "",
    up: str = "",
) -> str:
    """A whole HTML file. `title` and `subline` are escaped here; `body`, `before` and `after` are HTML."""
    company, scope = ws.company.name, ws.words.period(ws.period)
    return (
        f'<!doctype html>\n<html lang="{ws.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{escape(_page_name(ws, current))} · {escape(scope)} · {escape(company)}</title>"
        f"<style>{style.page_css()}</style></head>\n"
        f'<body class="rv">{style.PATTERNS}<a class="skip" href="#main">{escape(ws.t("common.pages.skip"))}</a>'
        f'<div class="page">{bar(ws, current, up)}<main id="main"><h1>{escape(title)}</h1>'
        f'<p class="sub">{escape(subline)}</p>{before}\n{body}\n{after}</main></div>{script}</body></html>\n'
    )


def bar(ws: Workspace, current: str, up: str) -> str:
    """Company, pages, period, the other language."""
    links = "".join(
        f'<a href="{up}{FILES[current] if current_mark(name, current) else file}"{current_mark(name, current)}>'
        f"{escape(ws.t(f'common.pages.{key}'))}</a>"
        for name, (key, file) in PAGES.items()
    )
    scope = escape(Words.capital(ws.words.period(ws.period)))
    return (
        f'<header class="bar"><b>{escape(ws.company.name)}</b><nav aria-label="{escape(ws.t("common.pages.menu"))}">'
        f'{links}</nav><div class="right"><span>{scope}</span>{other_language(ws, current, up)}</div></header>'
    )


def current_mark(name: str, current: str) -> str:
    """Which link of the bar is this page: 04 stands under its summary."""
    return ' aria-current="page"' if name == {"04_incentives": "incentives"}.get(current, current) else ""


def other_language(ws: Workspace, current: str, up: str) -> str:
    """The link to the same page in the company's other language, where it has one."""
    other = ws.company.second_language
    if not other:
        return ""
    if ws.language == ws.company.language:
        target, language = f"{up}{other}/{FILES[current]}", other
    else:
        target, language = f"{up}../{FILES[current]}", ws.company.language
    return f'<a href="{target}" lang="{language}" hreflang="{language}">{escape(ws.t("common.other_language"))}</a>'


def stamp(
    ws: Workspace, *, when: str = "", only_bad: bool = False, up: str = "", manifest: bool = False, listed: str = ""
) -> str:
    """The run stamp: data through · rows read · identities. A difference turns bad and is told under the headline.

    `up` leads from this page to the folder of the others; `manifest` links run.json, for the index; `listed` leads to
    the page's own identities, one line each.
    """
    checks = [check for name in ("01_ingest", ws.notebook) for check in _notes(ws, name).get("checks", [])]
    if _rows(ws):  # the rows of 01 have their own line
        checks = [check for check in checks if check["money"] or check["difference"] or check["name"][:7] != "ingest."]
    lines = [check_text(ws.words, check) for check in _distinct(checks)]
    if only_bad:
        bad = [_line(name, text, tone) for name, text, tone in lines if tone == "bad"]
        return f'<p class="stamp up">{"".join(bad)}</p>' if bad else ""
    parts = [_through(ws), _rows(ws)]
    ends = [(name, _shortened(text), tone) for name, text, tone in lines]
    parts += [_line(*end) for end in ends if end[2] == "bad"] + [_line(*end) for end in ends if end[2] != "bad"][:2]
    own = len(_notes(ws, ws.notebook).get("checks", []))
    if own and all(tone == "good" for *_, tone in ends):
        text = f"<span class='good'>✓ {escape(Words.capital(ws.words.n('common.stamp.hold', own)))}</span>"
        parts.append(f'<span><a href="{listed}">{text}</a></span>' if listed else f"<span>{text}</span>")
    ends_with = [escape(ws.t("common.stamp.run", when=when))] if when else []
    if manifest:
        place = "../" if ws.language != ws.company.language and ws.company.second_language else ""
        ends_with.append(f'<a href="{place}run.json">{escape(ws.t("common.pages.manifest"))}</a>')
    words = escape(ws.t("common.pages.definitions"))
    ends_with.append(f'<a href="{up}{FILES["02_kpis"]}#definitions">{words}</a>')
    return f'<footer class="stamp">{"".join(parts)}<span class="end">{" · ".join(ends_with)}</span></footer>'


def _shortened(text: str) -> str:
    """What an identity says in the stamp: both sides where they are short, and its difference."""
    return text if len(text) <= SHORT else text.rpartition(" · ")[2]


def _through(ws: Workspace) -> str:
    day = ws.words.date(ws.as_of)
    text = escape(ws.t("common.stamp.through", day="\0")).replace("\0", f"<b>{escape(day)}</b>")
    return f"<span>{text}</span>"


def _rows(ws: Workspace) -> str:
    rows = _notes(ws, "01_ingest").get("extra", {}).get("stamp")
    if not rows:
        return ""
    counts = {key: int(rows.get(key, 0)) for key in ("read", "kept", "quarantined", "merged", "left_out")}
    difference = 2 * counts["read"] - sum(counts.values())
    shown = {key: ws.words.number(count) for key, count in counts.items() if count or key != "left_out"}
    text = ws.t("common.stamp.rows_left_out" if "left_out" in shown else "common.stamp.rows", **shown)
    mark = ("✓ " if difference == 0 else "✗ ") + ws.t("common.stamp.difference", amount=ws.words.number(difference))
    return _line(text, mark, "good" if difference == 0 else "bad")


def _line(name: str, text: str, tone: str) -> str:
    return f'<span>{escape(name)} <span class="{tone}">{escape(text)}</span></span>'


def _distinct(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({json.dumps(check, sort_keys=True): check for check in checks}.values())


def _notes(ws: Workspace, name: str) -> dict[str, Any]:
    from revops.report.page import read_notes

    return read_notes(ws, name) if name else {}


def _page_name(ws: Workspace, current: str) -> str:
    key = {"04_incentives": "incentives"}.get(current) or PAGES[current][0]
    return str(ws.t(f"common.pages.{key}"))
