"""Territories on a page: what goes in, the matrix and what lies outside it, one dimension more or less."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from revops.periods import add_months
from revops.quota import actuals, territory
from revops.quota.desk import Desk
from revops.report.display import Html, heading, text
from revops.report.grids import matrix as matrix_grid
from revops.report.quota.names import dimension, label, share
from revops.report.tables import Column, table
from revops.workspace import Workspace

LOW = 0.90  # a territory below nine tenths is named
HEAVY = "▴"
FEW = 4  # so many values of a dimension stand side by side


def inputs(ws: Workspace, desk: Desk) -> Html:
    """What the notebook reads: rows, first and last day, and the years that seasonality comes from."""
    quotas, days = desk.quotas, desk.days
    rows = [
        _input(ws, "people", desk.people.height, desk.people["start_on"]),
        _input(ws, "accounts", desk.accounts.height),
        _input(ws, "quotas", quotas.height, quotas["start_on"]),
        _input(ws, "days", days.height, days["moved_on"]),
        _input(ws, "history", desk.before.height, desk.before["start_on"]),
        _input(ws, "market", len(desk.growth)),
    ]
    columns = [
        Column("what", ws.t("quota.head.table")),
        Column("rows", ws.t("quota.head.rows"), "number"),
        Column("first", ws.t("quota.head.first"), "date"),
        Column("last", ws.t("quota.head.last"), "date"),
    ]
    return table(rows, columns, ws.t("quota.inputs.title"), _shape_text(ws, desk), words=ws.words)


def carried_text(ws: Workspace, desk: Desk) -> str:
    """How much of the revenue of the channels somebody carries; checked against the movements."""
    credited, nobody = actuals.share_of_people(desk.days)
    ws.check("quota.check.credited", credited + nobody, desk.revenue_of_channels, money=True)
    show = ws.words.money_short
    return str(
        ws.t(
            "quota.inputs.text",
            credited=show(credited),
            total=show(credited + nobody),
            nobody=show(nobody),
            day=ws.words.date(desk.as_of),
        )
    )


def _input(ws: Workspace, key: str, rows: int, days: pl.Series | None = None) -> dict[str, Any]:
    known = days is not None and rows > 0
    return {
        "what": ws.t(f"quota.inputs.{key}"),
        "rows": rows,
        "first": days.min() if known and days is not None else None,
        "last": days.max() if known and days is not None else None,
    }


def _shape_text(ws: Workspace, desk: Desk) -> str:
    start, end = desk.shape_range
    if start == end:
        return str(ws.t("quota.inputs.no_shape"))
    return str(ws.t("quota.inputs.shape", first=ws.words.month(start), last=ws.words.month(add_months(end, -1))))


def matrix(ws: Workspace, desk: Desk) -> Html:
    """The whole matrix: attainment to date with the quota below it; without quotas, revenue against last year.

    Empty cells are hatched; a sign marks those whose people carry more than the band allows.
    """
    cells, dims = desk.cells, desk.dimensions
    if not dims:
        return text(ws.t("quota.matrix.undeclared"))
    if cells.height == 0 or desk.accounts.height == 0:
        return Html(heading(ws.t("quota.matrix.none_year"), ws.t("quota.matrix.no_accounts")), "")
    against, known = _against(desk)
    rows, outer, inner = _axes(cells, dims)
    shown = known.with_columns(
        pl.col(dims).map_elements(lambda value: label(ws, value), return_dtype=pl.String),
        outer=pl.lit(""),
        heavy=pl.when("is_heavy").then(pl.lit(HEAVY)),
    )
    return matrix_grid(
        shown, rows, outer, inner, "share", "amount", _matrix_title(ws, known, dims, against),
        _matrix_who(ws, desk, known, against), words=ws.words, heads=[dimension(ws, row) for row in rows],
        fresh=ws.t("quota.matrix.fresh"), note="heavy",
    )  # fmt: skip


def _against(desk: Desk) -> tuple[str, pl.DataFrame]:
    """What cells are measured by, 'quota' or 'year', and the cells with `share`, `amount` shown, `of`, `actual`."""
    asked = desk.standing.by_cell.select(*desk.dimensions, "quota_amount")
    cells = desk.cells.join(asked, on=desk.dimensions, how="left")
    is_quota = bool(asked["quota_amount"].sum())
    of = pl.col("quota_amount" if is_quota else "before_amount").fill_null(0)
    share = pl.when(of > 0).then(pl.col("revenue_amount") / of)
    amount = pl.when(~pl.col("is_empty") | (of > 0)).then(of if is_quota else pl.col("revenue_amount"))
    return "quota" if is_quota else "year", cells.with_columns(share=share, amount=amount, of=of)


def _axes(cells: pl.DataFrame, dims: Sequence[str]) -> tuple[list[str], str, str]:
    """Rows, outer and inner columns: product group inside, above it region or another dimension of few values.

    A single dimension stands in the rows, beside one column.
    """
    if len(dims) == 1:
        return list(dims), "outer", "outer"
    inner = territory.PRODUCT if territory.PRODUCT in dims else dims[-1]
    rest = sorted((d for d in dims if d != inner), key=lambda d: (d != "region", dims.index(d)))
    few = [d for d in rest if cells[d].n_unique() <= FEW] if len(rest) > 1 else []
    outer = few[0] if few else "outer"
    return [d for d in dims if d not in (outer, inner)], outer, inner


def _matrix_title(ws: Workspace, cells: pl.DataFrame, dims: Sequence[str], against: str) -> str:
    known = cells.drop_nulls("share")
    low = known.filter(pl.col("share") < LOW)
    if not low.height:
        return str(ws.t(f"quota.matrix.none_{against}", all=ws.words.number(known.height)))
    lost = low.with_columns(lost=pl.col("of") - pl.col("revenue_amount")).sort(
        "lost", *dims, descending=[True] + [False] * len(dims)
    )
    worst = " · ".join(label(ws, lost[d][0]) for d in dims if lost[d][0] != territory.ANY)
    key = f"quota.matrix.low_{against}"
    return str(ws.words.capital(ws.words.n(key, low.height, all=ws.words.number(known.height), worst=worst)))


def _matrix_who(ws: Workspace, desk: Desk, cells: pl.DataFrame, against: str) -> str:
    _, unit = ws.words.unit(max(cells["amount"].drop_nulls().to_list(), default=0))
    empty, heavy = int(cells["is_empty"].sum()), int(cells["is_heavy"].sum())
    parts = [
        ws.t("quota.matrix.of", dimensions=" × ".join(dimension(ws, d).lower() for d in desk.dimensions)),
        ws.t(f"quota.matrix.against_{against}", year=desk.year.name, before=desk.year.previous().name, unit=unit),
        ws.t("quota.matrix.cells", cells=ws.words.number(cells.height), empty=ws.words.number(empty)),
    ]
    if heavy:
        bound = ws.words.percent(ws.company.territory.band[1], 0)
        parts.append(ws.words.n("quota.matrix.heavy", heavy, sign=HEAVY, bound=bound))
    return " · ".join([*parts, ws.t("quota.matrix.doubled", cells=ws.words.number(cells.height * 2))])


def held(ws: Workspace, desk: Desk) -> Html:
    """What lies in each cell of the accounts' own dimensions: accounts, revenue, potential, hours, people, load."""
    own = territory.own_of(ws.company.territory)
    if not own or not desk.accounts.height:
        return Html("", "")
    alone = ws.company.territory.model_copy(update={"dimensions": own})
    cells = territory.matrix(desk.accounts, desk.revenue, desk.revenue_before, alone, desk.products)
    shown = cells.filter(~pl.col("is_empty") | (pl.col("accounts") > 0)).with_columns(
        pl.col(own).map_elements(lambda value: label(ws, value), return_dtype=pl.String),
        change=pl.when(pl.col("before_amount") > 0).then(pl.col("revenue_amount") / pl.col("before_amount") - 1),
    )
    columns = [
        *(Column(d, dimension(ws, d)) for d in own),
        Column("accounts", ws.t("quota.head.accounts"), "number"),
        Column("customers", ws.t("territory.head.customers"), "number"),
        Column("revenue_amount", ws.t("territory.head.sales"), "money_short"),
        Column("change", ws.t("territory.head.change"), "percent", 0, signed=True),
        Column("potential_amount", ws.t("territory.head.potential"), "money_short"),
        Column("workload_hours", ws.t("quota.head.hours"), "number"),
        Column("people", ws.t("territory.head.people"), "number"),
        Column("load", ws.t("territory.head.load"), "percent", 0),
    ]
    title = ws.t(
        "territory.held.title", cells=ws.words.number(shown.height), empty=ws.words.number(cells.height - shown.height)
    )
    return table(shown, columns, title, ws.t("territory.held.who"), words=ws.words, mark="is_heavy")


def unplaced(ws: Workspace, desk: Desk) -> Html:
    """The accounts that miss a dimension: they are in no cell, and in no silence either."""
    if not desk.dimensions:
        return Html("", "")
    rows = territory.unplaced(desk.accounts, ws.company.territory)
    shown = [
        {**row, "owner": desk.name_of(row["person_id"]), "missing": _dimensions(ws, row["missing"])}
        for row in rows.iter_rows(named=True)
    ]
    columns = [
        Column("account_id", ws.t("quota.head.account")),
        Column("name", ws.t("quota.head.name")),
        Column("missing", ws.t("quota.head.missing")),
        Column("owner", ws.t("quota.head.owner")),
    ]
    title = ws.words.n("quota.unplaced.title", rows.height, all=ws.words.number(desk.accounts.height)) if shown else ""
    title = ws.words.capital(title)
    return table(shown, columns, title, words=ws.words, empty=ws.t("quota.unplaced.none"))


def _dimensions(ws: Workspace, missing: str) -> str:
    return ", ".join(dimension(ws, d).lower() for d in missing.split(", "))


def placed(ws: Workspace, desk: Desk) -> Html:
    """Where the revenue of the channels lies, in the matrix and outside it; checked to the last unit."""
    if not desk.dimensions:
        return Html("", "")
    parts = territory.reconcile(desk.accounts, desk.revenue, ws.company.territory, desk.cells)
    total = int(desk.revenue["amount"].sum())
    ws.check("quota.check.matrix_revenue", sum(parts.values()), total, money=True)
    own = territory.own_of(ws.company.territory)
    missing = territory.unplaced(desk.accounts, ws.company.territory).height
    complete = desk.accounts.filter(pl.all_horizontal(pl.lit(True), *(pl.col(d).is_not_null() for d in own))).height
    ws.check("quota.check.accounts", complete + missing, desk.accounts.height)
    rows = [
        {"where": ws.t(f"quota.placed.{key}"), "amount": amount, "share": share(amount, total)}
        for key, amount in parts.items()
        if amount or key == "in_cells"
    ]
    rows.append({"where": ws.t("quota.placed.total"), "amount": total, "share": share(total, total)})
    columns = [
        Column("where", ws.t("quota.head.where")),
        Column("amount", ws.t("quota.head.revenue"), "money_short"),
        Column("share", ws.t("quota.head.share"), "percent"),
    ]
    return table(rows, columns, ws.t("quota.placed.title", year=desk.year.name), words=ws.words, total=True)


def ways_on(ws: Workspace, desk: Desk) -> Html:
    """The matrix today, with one two-way dimension more, and with each dimension more or less: cells, people, spans."""
    if not desk.dimensions:
        return text(ws.t("quota.matrix.undeclared"))
    settings = ws.company.territory
    named = [d for d in territory.named_of(desk.rules) if d != territory.PRODUCT]
    known = list(dict.fromkeys([*territory.ACCOUNT_DIMENSIONS, *named]))
    frame = territory.ways_on(desk.accounts, desk.revenue, settings, desk.products, *desk.span, known)
    shown = [{**row, "what": _way(ws, row)} for row in frame.iter_rows(named=True)]
    columns = [
        Column("what", ws.t("quota.head.matrix")),
        Column("cells", ws.t("quota.head.cells"), "number"),
        Column("filled", ws.t("quota.head.filled"), "number"),
        Column("accounts_per_cell", ws.t("quota.head.per_cell"), "number", 1),
        Column("people_needed", ws.t("quota.head.people_needed"), "number"),
        Column("accounts_per_person", ws.t("quota.head.per_person"), "number", 1),
        Column("managers_needed", ws.t("quota.head.managers_needed"), "number"),
    ]
    dims = len(desk.dimensions)
    people, managers = desk.span
    who = ws.t(
        "quota.more.who",
        n=ws.words.number(dims),
        cells=ws.words.number(territory.two_way_cells(dims)),
        next=ws.words.number(territory.two_way_cells(dims + 1)),
        people=ws.words.number(people / managers, 1) if managers else ws.t("common.undefined"),
    )
    return table(shown, columns, _ways_title(ws, frame), who, words=ws.words)


def _way(ws: Workspace, row: Mapping[str, Any]) -> str:
    name = dimension(ws, row["dimension"]).lower() if row["dimension"] else ""
    return str(ws.t(f"quota.more.{row['kind']}", dimension=name))


def _ways_title(ws: Workspace, frame: pl.DataFrame) -> str:
    today, more = frame.row(0, named=True), frame.row(1, named=True)
    if not today["people_needed"]:
        return str(ws.t("quota.more.title_cells", cells=ws.words.number(more["cells"])))
    return str(
        ws.t(
            "quota.more.title",
            before=ws.words.number(today["people_needed"]),
            after=ws.words.number(more["people_needed"]),
        )
    )
