"""One person's page: one A4 sheet, one phone column, static, no script; what a statement and a quota letter share."""

import re
from collections.abc import Iterable
from html import escape

from revops.report import style
from revops.workspace import Workspace


def file_name(person_id: str) -> str:
    """A person's id as the name of a file.

    >>> file_name("NV/0101")
    'NV_0101'
    """
    return re.sub(r"[^\w.-]", "_", person_id)


def page(ws: Workspace, title: str, head: str, body: str, foot: str) -> str:
    """The whole HTML file of one sheet."""
    return (
        f'<!doctype html>\n<html lang="{ws.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{style.notebook_css()}{style.own_css('statement')}</style></head>\n"
        f'<body class="rv">{style.PATTERNS}<main class="st">{head}{body}{foot}</main></body></html>\n'
    )


def head(ws: Workspace, scope: Iterable[str], name: str, about: Iterable[str]) -> str:
    """Whose paper it is and about what on the left, for whom on the right; empty parts are left out."""
    left, right = (" · ".join(filter(None, parts)) for parts in (scope, about))
    return (
        f"<header><div><b>{escape(ws.company.name)}</b><span>{escape(left)}</span></div>"
        f'<div class="who2"><b>{escape(name)}</b><span>{escape(right)}</span></div></header>'
    )


def sums(rows: Iterable[tuple[str, str, str]], total: tuple[str, str]) -> str:
    """A table that sums up: (name, why, figure) rows above the line, the total below it."""
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}{f"<span class=d>{escape(why)}</span>" if why else ""}</th>'
        f'<td class="num">{escape(figure)}</td></tr>'
        for name, why, figure in rows
    )
    return (
        f'<table class="sum"><tbody>{lines}<tr class="tot"><th scope="row">{escape(total[0])}</th>'
        f'<td class="num">{escape(total[1])}</td></tr></tbody></table>'
    )


def foot(parts: Iterable[str]) -> str:
    """The lines at the end, each HTML."""
    return f'<footer class="stamp">{"".join(f"<span>{part}</span>" for part in parts)}</footer>'


def contact(ws: Workspace) -> str:
    """The name of who answers questions; '' where the company names nobody."""
    person = ws.company.incentives.contact
    if not person:
        return ""
    people = ws.scan("people").filter(person_id=person).collect()
    return str(people["name"][-1]) if people.height else person
