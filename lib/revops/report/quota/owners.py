"""Who owns each account by the rules: how the owner is found, what is to be settled, the rules themselves."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from revops.quota import territory
from revops.quota.desk import Desk
from revops.report.display import Html
from revops.report.quota.names import label
from revops.report.tables import Column, table
from revops.workspace import Workspace

KINDS = ("rule", "by_priority", "override", "account", "overlap", "gap")


def owners(ws: Workspace, desk: Desk) -> Html:
    """How the owners are found: by a rule, by priority among rules, by hand; who has none, who has several."""
    known = desk.accounts.select("account_id", "name", "potential_amount")
    owned = desk.owned.join(known, on="account_id")
    way = pl.when("is_by_priority").then(pl.lit("by_priority")).otherwise("kind").alias("way")
    counts = owned.group_by(way).agg(
        pl.len().alias("accounts"), pl.col("person_id").drop_nulls().n_unique().alias("people")
    )
    found = {row["way"]: row for row in counts.iter_rows(named=True)}
    must = ("rule", "override", "overlap", "gap") if desk.rules.height else ("account", "gap")
    none = {"accounts": 0, "people": 0}
    rows = [{"how": ws.t(f"territory.way.{k}"), **found.get(k, none)} for k in KINDS if k in found or k in must]
    total = {"accounts": desk.owned.height, "people": owned["person_id"].drop_nulls().n_unique()}
    ws.check("territory.check.owners", sum(row["accounts"] for row in rows), total["accounts"])
    columns = [
        Column("how", ws.t("territory.head.how")),
        Column("accounts", ws.t("quota.head.accounts"), "number"),
        Column("people", ws.t("territory.head.people"), "number"),
    ]
    rows.append({"how": ws.t("territory.way.all"), **total})
    who = ws.t(
        "territory.owners.who" if desk.rules.height else "territory.owners.listed", day=ws.words.date(desk.as_of)
    )
    return table(rows, columns, _title(ws, owned), who, words=ws.words, total=True)


def _title(ws: Workspace, owned: pl.DataFrame) -> str:
    accounts = owned["account_id"].n_unique()
    without = owned.filter(pl.col("person_id").is_null()).unique("account_id").sort("account_id")
    if not without.height:
        return str(ws.t("territory.owners.title.all", all=ws.words.number(accounts)))
    title = ws.words.n("territory.owners.title", without.height, all=ws.words.number(accounts), name=without["name"][0])
    return str(ws.words.capital(title))


def to_settle(ws: Workspace, desk: Desk) -> Html:
    """Accounts that no rule covers, that rules give to several, or that the list gives to somebody else."""
    known = desk.accounts.select("account_id", "name", pl.col("person_id").alias("listed"), "potential_amount")
    rows = desk.owned.join(known, on="account_id").sort("potential_amount", "account_id", descending=[True, False])
    open_ = rows.filter(
        pl.col("person_id").is_null() | pl.col("person_id").ne_missing(pl.col("listed"))
        if desk.rules.height
        else pl.col("person_id").is_null()
    )
    texts = _rule_texts(ws, desk)
    shown = [
        {
            **row,
            "name": " · ".join(filter(None, [row["name"], row["product_group"]])),
            "today": desk.name_of(row["listed"]) if row["listed"] else ws.t("quota.nobody"),
            "rule_owner": desk.name_of(row["person_id"]) if row["person_id"] else "–",
            "why": _why(ws, desk, row, texts),
        }
        for row in open_.iter_rows(named=True)
    ]
    columns = [
        Column("name", ws.t("quota.head.account")),
        Column("today", ws.t("territory.head.listed")),
        Column("rule_owner", ws.t("territory.head.by_rule")),
        Column("why", ws.t("territory.head.why")),
        Column("potential_amount", ws.t("territory.head.potential"), "money_short"),
    ]
    return table(shown, columns, _settle_title(ws, desk, open_), words=ws.words, empty=ws.t("territory.settle.none"))


def _settle_title(ws: Workspace, desk: Desk, rows: pl.DataFrame) -> str:
    move = rows.drop_nulls("person_id")
    if move.height:
        amount = ws.words.money_short(int(move["potential_amount"].sum()))
        return ws.words.capital(ws.words.n("territory.settle.title", move.height, amount=amount))
    if rows.height:
        return ws.words.capital(ws.words.n("territory.settle.open", rows.height))
    return str(ws.t("territory.settle.title.none" if desk.rules.height else "territory.settle.title.no_rules"))


def _why(ws: Workspace, desk: Desk, row: Mapping[str, Any], texts: Mapping[int, str]) -> str:
    if row["kind"] == "overlap":
        return str(ws.t("territory.why.overlap", names=ws.words.join([desk.name_of(p) for p in row["rivals"]])))
    if row["kind"] == "override":
        reasons = dict(desk.moves.select("rule", "reason").iter_rows())
        return str(ws.t("territory.why.override", reason=reasons[row["rule"]]))
    return str(ws.t(f"territory.why.{row['kind']}", rule=texts.get(row["rule"] or 0, "")))


def _rule_texts(ws: Workspace, desk: Desk) -> dict[int, str]:
    """rule → what it covers, 'Dealers · Lào'; a rule that names nothing covers everything."""
    dims = territory.named_of(desk.rules)
    return {
        row["rule"]: " · ".join(label(ws, row[d]) for d in dims if row[d]) or ws.t("territory.everything")
        for row in desk.rules.iter_rows(named=True)
    }


def rules(ws: Workspace, desk: Desk) -> Html:
    """Every rule and every move by hand with its days, and what the accounts carry that it gives an owner today."""
    if not desk.rules.height and not desk.moves.height:
        return Html("", "")
    texts = _rule_texts(ws, desk)
    names = dict(desk.accounts.select("account_id", "name").iter_rows())
    by_hand = [
        ws.t("territory.by_hand", name=names.get(account, account), reason=reason)
        for account, reason in desk.moves.select("account_id", "reason").iter_rows()
    ]
    given = desk.owned.unique("account_id").join(desk.accounts, on="account_id").group_by("kind", "rule")
    carried = given.agg(pl.len().alias("accounts"), pl.col("workload_hours", "potential_amount").sum())
    kept = ("rule", "owner", "start_on", "end_on")
    sheets = [
        desk.rules.select(*kept, "priority", kind=pl.lit("rule"), covers=pl.col("rule").replace_strict(texts)),
        desk.moves.select(*kept, priority=None, kind=pl.lit("override"), covers=pl.Series(by_hand, dtype=pl.String)),
    ]
    rows = pl.concat(sheets, how="vertical_relaxed").join(
        carried, on=["kind", "rule"], how="left", maintain_order="left"
    )
    shown = rows.with_columns(
        pl.col("accounts").fill_null(0), who=pl.col("owner").map_elements(desk.name_of, return_dtype=pl.String)
    )
    columns = [
        Column("covers", ws.t("territory.head.covers")),
        Column("who", ws.t("quota.head.owner")),
        Column("priority", ws.t("territory.head.priority"), "number"),
        Column("start_on", ws.t("territory.head.start"), "date"),
        Column("end_on", ws.t("territory.head.end"), "date"),
        Column("accounts", ws.t("quota.head.accounts"), "number"),
        Column("workload_hours", ws.t("quota.head.hours"), "number"),
        Column("potential_amount", ws.t("territory.head.potential"), "money_short"),
    ]
    idle = shown.filter(pl.col("accounts") == 0).height
    title = ws.t("territory.rules.title", rules=ws.words.number(shown.height), idle=ws.words.number(idle))
    return table(shown, columns, title, ws.t("territory.rules.who"), words=ws.words)


def outside_text(ws: Workspace, desk: Desk) -> str:
    """Orders outside the territory of the person named on them, who sells without one, what changed hands this year."""
    orders = ws.read("orders").filter(pl.col("ordered_on") <= desk.as_of)
    named = orders.filter(~pl.col("is_cancelled")).drop_nulls(["person_id", "region"]).height
    outside = territory.outside_territory(orders, desk.people)
    parts = [ws.t("territory.outside.none", all=ws.words.number(named))]
    if outside.height:
        most = outside.group_by("person_id").len().sort("len", "person_id", descending=[True, False]).row(0)
        parts = [
            ws.words.n(
                "territory.outside.some",
                outside.height,
                all=ws.words.number(named),
                name=desk.name_of(most[0]),
                most=ws.words.number(most[1]),
            )
        ]
    sellers = desk.days["person_id"].drop_nulls().unique().to_list()
    without = territory.without_territory(desk.people, sellers, desk.as_of)
    if without.height:
        parts.append(
            ws.words.n("territory.outside.people", without.height, names=ws.words.join(without["name"].to_list()))
        )
    moved = desk.ownership.filter(pl.len().over("account_id", "product_group") > 1)["account_id"].n_unique()
    if moved:
        parts.append(ws.words.n("territory.outside.moved", moved, year=desk.year.name))
    return " ".join(ws.words.capital(part) for part in parts)
