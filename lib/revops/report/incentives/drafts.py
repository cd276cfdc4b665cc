"""Today's plan against a draft: who gains, who loses, and through what."""

from collections.abc import Callable
from typing import Any

from revops.incentives.design.study import Study
from revops.incentives.plans import Plan
from revops.incentives.terms import text_in
from revops.report.display import Html, text
from revops.report.incentives.costs import title_of
from revops.report.knobs import Knob, choice
from revops.report.tables import Column, table
from revops.workspace import Workspace

PARTS = ("low", "high", "terms", "cap", "extra", "settled")


def draft_knobs(ws: Workspace, study: Study) -> dict[str, Knob]:
    """The draft to look at; nothing where there is none."""
    names = {draft.plan: title_of(ws, draft) for draft in study.drafts}
    return {"draft": choice(next(iter(names)), names, ws.t("design.knob.draft"))} if names else {}


def draft(ws: Workspace, study: Study) -> Callable[..., Html]:
    """What the knob shows: the same months on today's plans and on the draft, person by person."""
    if not study.drafts:
        return lambda: text(ws.t("design.draft.none"))
    by_name = {draft.plan: draft for draft in study.drafts}
    return lambda draft: _compared(ws, study, by_name[draft])


def _compared(ws: Workspace, study: Study, draft: Plan) -> Html:
    words = ws.words
    rows = study.compared(draft).sort("difference", "person_id", descending=[True, False]).to_dicts()
    if not rows:
        return text(ws.t("design.draft.nobody", draft=title_of(ws, draft)))
    parts = [part for part in PARTS if any(line[f"{part}_amount"] for line in rows)]
    for line in rows:
        line["why"] = _why(ws, line)
    total: dict[str, Any] = {"name": ws.t("incentives.statement.total")}
    amounts = ("now", "then", *parts)
    total |= {f"{key}_amount": sum(line[f"{key}_amount"] for line in rows) for key in amounts}
    total["difference"] = sum(line["difference"] for line in rows)
    for line in rows:
        line |= {f"{part}_amount": line[f"{part}_amount"] or None for part in parts}
    heads = [
        Column("name", ws.t("incentives.head.person"), note="why", width=190),
        Column("now_amount", ws.t("design.head.now"), "money_short", digits=2),
        Column("then_amount", ws.t("design.head.then"), "money_short", digits=2, strong=True),
        Column("difference", ws.t("incentives.head.difference"), "bar", digits=2, better="none", width=140),
        *(Column(f"{part}_amount", ws.t(f"design.part.{part}"), "delta", digits=2, better="none") for part in parts),
    ]
    gain, lose = (_people(ws, sum(sign * line["difference"] > 0 for line in rows)) for sign in (1, -1))
    title = ws.t(
        "design.draft.title", draft=text_in(draft.title, ws.language), gain=gain, lose=lose,
        change=words.signed_money_short(total["difference"]),
    )  # fmt: skip
    first, last = (words.month(month) for month in (study.months[0], study.months[-1]))
    who = ws.t("design.draft.who", first=first, last=last, plans=", ".join(sorted({line["plan"] for line in rows})))
    return table([*rows, total], heads, words.capital(title), who, words=words, total=True)


def _people(ws: Workspace, count: int) -> str:
    return ws.words.n("design.people", count) if count else ws.t("design.nobody")


def _why(ws: Workspace, line: dict[str, Any]) -> str:
    """The part that moves a person's pay most in the direction of the difference."""
    if not line["difference"]:
        return ws.t("design.draft.same")
    sign = 1 if line["difference"] > 0 else -1
    part = max(PARTS, key=lambda part: (sign * line[f"{part}_amount"], -PARTS.index(part)))
    months = {"low": line["low_months"], "high": line["months"] - line["low_months"]}.get(part)
    if months is None:
        return ws.t(f"design.why.{part}")
    return ws.words.capital(ws.words.n(f"design.why.{part}", months, of=ws.words.number(line["months"])))
