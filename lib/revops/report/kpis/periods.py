"""A period against the others: the same effects for each reference, the customers behind them, what moved most."""

from datetime import timedelta
from typing import Any

import polars as pl

from revops.kpis import bridge, contributions, references
from revops.kpis.facts import Facts
from revops.kpis.spans import Spans
from revops.report import charts
from revops.report.display import Html, Row, row, text
from revops.report.figures import Figure, figure
from revops.report.kpis.findings import person
from revops.report.kpis.shown import Shown, name_of
from revops.report.kpis.targets import span_name
from revops.report.tables import Column, table
from revops.workspace import Workspace

NAMED = {"product_id": "products", "person_id": "people"}  # the parts told by name


def against(ws: Workspace, facts: Facts, spans: Spans, effects: pl.DataFrame) -> Shown:
    """One row per reference: what it was, what each effect moved, the difference. The effects sum to it."""
    if effects.is_empty():
        return text(ws.t("periods.missing"))
    known = references.known(facts, spans)
    lines = [_against_line(ws, facts, one, effects.filter(pl.col("reference") == one.name)) for one in known]
    told = [name for name in bridge.EFFECTS if any(line[name] for line in lines)]
    columns = [
        Column("name", ws.t("periods.column.reference"), note="days"),
        Column("before", ws.t("periods.column.before"), "money_short"),
        *(Column(name, ws.t(f"kpis.effect.{name}"), "delta") for name in told),
        Column("actual", ws.t("kpis.column.actual"), "money_short", strong=True),
        Column("delta", "Δ", "bar", width=150),
        Column("share", "Δ", "pin", width=130),
    ]
    who = ws.t("periods.who.against", period=ws.words.period(ws.period))
    return table(lines, columns, _against_title(ws, lines), who, words=ws.words, fine=True)


def _against_line(ws: Workspace, facts: Facts, one: references.Reference, effects: pl.DataFrame) -> dict[str, Any]:
    actual, delta = int(facts.cells(one.now, ())["net_amount"][0]), int(effects["amount"].sum())
    before = actual - delta
    return {
        "key": one.name,
        "name": ws.t(f"periods.reference.{one.name}"),
        "days": span_name(ws, *(one.now if one.name == "plan" else one.before)),
        "before": before,
        "actual": actual,
        "delta": delta,
        "share": delta / before if before > 0 else None,
        **dict(effects.select("effect", "amount").iter_rows()),
    }


def _against_title(ws: Workspace, lines: list[dict[str, Any]]) -> str:
    """How far the period lies from the two past references that say most, and the effect that moved each."""
    past = [line for line in lines if line["key"] in ("previous", "previous_year", "tet") and line["delta"]]
    if not past:
        return ws.t("periods.title.against")
    said = []
    for line in past[-2:]:
        same = [name for name in bridge.EFFECTS if line[name] * line["delta"] > 0]
        effect = max(same, key=lambda name: abs(line[name]))
        way = "above" if line["delta"] > 0 else "below"
        said.append(ws.t(
            f"periods.said.{way}", amount=ws.words.money_short(abs(line["delta"]), 2),
            reference=ws.t(f"periods.inside.{line['key']}"), effect=ws.t(f"kpis.effect.{effect}").lower(),
        ))  # fmt: skip
    return ws.words.capital(ws.t("periods.said.join").join(said))


def customer_moves(ws: Workspace, facts: Facts, spans: Spans, moves: pl.DataFrame) -> Html | Row:
    """Which customers moved revenue against the period before and the main reference: new, back, more, less, lost."""
    found = {
        one.name: one for one in (references.named(facts, spans, "previous"), references.main(facts, spans)) if one
    }
    if not found:
        return text(ws.t("periods.missing"))
    return row(*(_moves(ws, one, moves) for one in found.values()))


def _moves(ws: Workspace, one: references.Reference, moves: pl.DataFrame) -> Figure:
    rows = moves.filter(pl.col("reference") == one.name)
    lines = [{"name": _kind(ws, line), "amount": line["amount"]} for line in rows.iter_rows(named=True)
             if line["amount"] or line["customers"]]  # fmt: skip
    ends = [
        ws.t(f"periods.end.{end}", amount=ws.words.money_short(int(rows[column].sum())))
        for end, column in (("before", "before"), ("actual", "actual"))
    ]
    who = ws.t("periods.who.customers", **_days(ws, one))
    return figure(charts.bridge(lines, ws.words, start=ends[0], end=ends[1]), _moves_title(ws, one, rows), who)


def _kind(ws: Workspace, line: dict[str, Any]) -> str:
    name = ws.t(f"periods.kind.{line['kind']}")
    return name if line["customers"] is None else f"{name} ({ws.words.number(line['customers'])})"


def _moves_title(ws: Workspace, one: references.Reference, rows: pl.DataFrame) -> str:
    """What came with new and returning customers against what left; neutral where nobody left or came."""
    sums = dict(rows.select("kind", "amount").iter_rows())
    came, left = sums["new"] + sums["back"], -sums["lost"]
    if came <= 0 or left <= 0:
        return ws.t("periods.title.customers")
    amounts = {"came": ws.words.money_short(came, 3), "left": ws.words.money_short(left, 3)}
    key = "more" if came >= left else "less"
    return ws.t(f"periods.title.customers_{key}", reference=ws.t(f"periods.inside.{one.name}"), **amounts)


def contributed(ws: Workspace, facts: Facts, spans: Spans, parts: pl.DataFrame) -> Shown:
    """The products and the people that moved revenue most against the main reference, the rest as one row."""
    one = references.main(facts, spans)
    if one is None or parts.is_empty():
        return Html("", "", role="style")
    shown = [_contributed(ws, facts, spans, one, parts, by) for by in NAMED
             if parts.filter((pl.col("dimension") == by) & pl.col("part").is_not_null()).height]  # fmt: skip
    return row(*shown) if shown else Html("", "", role="style")


def _contributed(
    ws: Workspace, facts: Facts, spans: Spans, one: references.Reference, parts: pl.DataFrame, by: str
) -> Html:
    rows = parts.filter(pl.col("dimension") == by).select(
        pl.col("part").alias(by), "actual", "before", "delta", "share"
    )
    told = contributions.told(rows.rename({"before": "reference"}), by)
    lines = [line | {"name": _part(ws, facts, spans, line, by)} for line in told.to_dicts()]
    whole = {key: int(told[key].sum()) for key in ("actual", "reference", "delta")}
    lines.append(whole | {"name": ws.t("kpis.total"), "share": 1.0 if whole["delta"] else None})
    columns = [
        Column("name", ws.t(f"periods.column.{by}")),
        Column("reference", ws.t("periods.column.before"), "money_short"),
        Column("actual", ws.t("kpis.column.actual"), "money_short", strong=True),
        Column("delta", "Δ", "bar", width=140),
        Column("share", ws.t("periods.column.share"), "percent", digits=0),
    ]
    who = ws.t(f"periods.who.{NAMED[by]}", **_days(ws, one))
    return table(lines, columns, _contributed_title(ws, lines[:-1], by), who, words=ws.words, total=True, fine=True)


def _part(ws: Workspace, facts: Facts, spans: Spans, line: dict[str, Any], by: str) -> str:
    if line["is_rest"]:
        return ws.t(f"periods.rest.{NAMED[by]}")
    if line[by] is None:
        return ws.t(f"periods.none.{NAMED[by]}")
    if by == "person_id":
        return person(ws.read("people"), line[by], spans.last_day) or line[by]
    return facts.names.get(line[by]) or name_of(ws, line[by])


def _contributed_title(ws: Workspace, lines: list[dict[str, Any]], by: str) -> str:
    """The part that moved most; neutral where none moved."""
    named = [line for line in lines if not line["is_rest"] and line[by] is not None]
    most = max(named, key=lambda line: abs(line["delta"]), default=None)
    if most is None or not most["delta"]:
        return ws.t(f"periods.title.{NAMED[by]}")
    key = "rose" if most["delta"] > 0 else "fell"
    return ws.t(f"periods.title.{key}", name=most["name"], amount=ws.words.money_short(abs(most["delta"]), 2))


def check_periods(ws: Workspace, facts: Facts, spans: Spans, moves: pl.DataFrame, parts: pl.DataFrame) -> None:
    """Customers of every reference and the parts of every dimension sum to the difference of net revenue."""
    for one in references.known(facts, spans):
        if one.name != "plan":
            told = int(moves.filter(pl.col("reference") == one.name)["amount"].sum())
            ws.check(f"periods.check.customers_{one.name}", told, _difference(facts, one), money=True)
    main = references.main(facts, spans)
    for by in references.DIMENSIONS if main else ():
        told = int(parts.filter(pl.col("dimension") == by)["delta"].sum())
        ws.check(f"periods.check.{by}", told, _difference(facts, main), money=True)  # type: ignore[arg-type]


def _difference(facts: Facts, one: references.Reference) -> int:
    now, before = (int(facts.cells(span, ())["net_amount"][0]) for span in (one.now, one.before))
    return now - before


def _days(ws: Workspace, one: references.Reference) -> dict[str, str]:
    """Both spans by their days, for a who-line."""
    last = [span[1] - timedelta(days=1) for span in (one.now, one.before)]
    return {
        "first": ws.words.date(one.now[0]),
        "last": ws.words.date(last[0]),
        "first_before": ws.words.date(one.before[0]),
        "last_before": ws.words.date(last[1]),
    }
