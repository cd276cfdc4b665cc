"""What a cell shows: HTML with a short text beside it, so that outputs are the same bytes on every run."""

from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from revops.report import style
from revops.words import Words
from revops.workspace import Workspace

MARK = "revops"  # the key of our output metadata: role and place of an output on the page


class Shown(Protocol):
    """Anything that a notebook can show."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any: ...


@dataclass(frozen=True)
class Html:
    """A fragment of a report. `html` is trusted: build it with `escape`; `plain` is what a terminal shows."""

    html: str
    plain: str
    role: str = ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        bundle = {"text/html": f'<div class="rv">{self.html}</div>', "text/plain": self.plain}
        return bundle, {MARK: {"role": self.role}} if self.role else {}


@dataclass(frozen=True)
class Row:
    """Things side by side on a page, below each other in a notebook and on a phone."""

    items: tuple[Shown, ...]
    widths: tuple[float, ...]

    def _ipython_display_(self) -> None:
        for place, (item, width) in enumerate(zip(self.items, self.widths, strict=True)):
            bundle, metadata = item._repr_mimebundle_()
            _publish(bundle, metadata | {MARK: {"place": place, "width": width}})


def begin(ws: Workspace) -> Html:
    """Bring the report's style into the notebook and say what is shown; pages carry the style themselves."""
    scope = f"{ws.company.name} · {ws.words.period(ws.period)} · {ws.words.date(ws.as_of)}"
    html = f"<style>{style.notebook_css()}</style>{style.PATTERNS}<p class='who'>{escape(scope)}</p>"
    return Html(html, scope, role="style")


def finish(ws: Workspace) -> Html:
    """Write the notebook's notes and show that its figures add up: one line per identity."""
    ws.write_notes()
    return Html(*_identities(ws), role="stamp")


def identities(ws: Workspace) -> Html:
    """The identities checked so far, one line each: what was compared, and the difference 0."""
    return Html(*_identities(ws), role="identities")


def scrolled(head: str, body: str, css: str = "") -> str:
    """A table in a box of its own: what is wider than the page scrolls there, also by keyboard."""
    of = f" class='{css}'" if css else ""
    return f"<div class='scroll' tabindex='0'><table{of}><thead>{head}</thead><tbody>{body}</tbody></table></div>"


def text(sentence: str, role: str = "") -> Html:
    """One paragraph; the sentence is escaped. With the role 'headline' a page leaves it to its own headline."""
    return Html(f"<p class='say'>{escape(sentence)}</p>", sentence, role)


def show(*items: Any) -> None:
    """Show several things from one cell, in order."""
    from IPython.display import display

    for item in items:
        display(item)


def row(*items: Shown, widths: tuple[float, ...] = ()) -> Row:
    """Things side by side, such as a chart and what it says: `row(chart, remarks, widths=(3, 1))`."""
    return Row(items, widths or (1.0,) * len(items))


def stack(*items: Html) -> Html:
    """Things below each other as one, such as two short tables beside a long one."""
    html = "".join(f"<div class='piled'>{item.html}</div>" for item in items)
    return Html(html, "\n".join(item.plain for item in items))


def heading(title: str, who: str = "") -> str:
    """The message over a table or chart, and the line under it: metric, unit, scope, period."""
    message = f"<h3 class='msg'>{escape(title)}</h3>" if title else ""
    return message + (f"<p class='who'>{escape(who)}</p>" if who else "")


def with_unit(who: str, unit: str) -> str:
    """A who-line whose metric names the unit, for figures that carry none.

    >>> with_unit("Net revenue · October 2026", "₫m")
    'Net revenue, ₫m · October 2026'
    """
    metric, dot, scope = who.partition(" · ")
    return f"{metric}, {unit}{dot}{scope}" if unit and unit not in who else who


def check_text(words: Words, check: dict[str, Any]) -> tuple[str, str, str]:
    """Name, text and tone of one identity: ✓ and its difference 0, or ✗ and how far it is off."""
    shown = words.money if check["money"] else words.number
    good = check["difference"] == 0
    parts = [words.t("common.stamp.check", left=shown(check["left"]), right=shown(check["right"]))]
    if check["explained"]:
        parts.append(words.t("common.stamp.explained", amount=shown(check["explained"])))
    parts.append(("✓ " if good else "✗ ") + words.t("common.stamp.difference", amount=shown(check["difference"])))
    return _name(words, check["name"]), " · ".join(parts), _tone(good)


def _identities(ws: Workspace) -> tuple[str, str]:
    lines = [check_text(ws.words, check) for check in ws.notes.checks]
    html = "".join(f"<li>{escape(name)} <span class='{tone}'>{escape(text)}</span></li>" for name, text, tone in lines)
    plain = "\n".join(f"{name} {text}" for name, text, _ in lines)
    return f"<ul class='checks'>{html}</ul>", plain or str(ws.t("common.stamp.notebook_checks"))


def _name(words: Words, key: str) -> str:
    return words.t(key) if words.has(key) else key


def _tone(good: bool) -> str:
    return "good" if good else "bad"


def _publish(bundle: dict[str, Any], metadata: dict[str, Any]) -> None:
    from IPython.display import publish_display_data

    publish_display_data(data=bundle, metadata=metadata)
