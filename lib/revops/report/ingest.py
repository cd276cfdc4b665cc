"""What notebook 01 shows: what came in, what became of it and why, who was merged, and whether it adds up."""

import re
from datetime import date, timedelta

import polars as pl

from revops.ingest import Loaded
from revops.ingest.fields import scale_of
from revops.ingest.ledger import FATES, own_units
from revops.ingest.silence import LATE_DAYS, rhythms
from revops.report import charts, fates
from revops.report.display import Html, text
from revops.report.figures import Figure, figure
from revops.report.tables import Column, table
from revops.workspace import Workspace

EXAMPLES, MERGES, DOUBTS = 12, 8, 12
MANY = 4  # more names than this are counted, not listed


def headline(ws: Workspace, loaded: Loaded) -> Html:
    """The page's sentence: how much came in and how much of it is in use."""
    log = loaded.log
    read, kept = int(log["rows_read"].sum()) - int(log["rows_left_out"].sum()), int(log["rows_kept"].sum())
    waiting = int(log["rows_quarantined"].sum())
    values = {
        "rows": ws.words.number(read),
        "day": ws.words.date(ws.as_of),
        "sources": ws.words.number(log["source"].n_unique()),
        "share": ws.words.percent(kept / read if read else None),
        "waiting": ws.words.number(waiting),
    }
    ws.headline(ws.t("ingest.headline.some" if waiting else "ingest.headline.none", **values), ws.t("ingest.subline"))
    return text(ws.notes.headline)


def inventory(ws: Workspace, loaded: Loaded) -> Html:
    """One row per source: its files, their size, the rows of data and the days they speak of."""
    is_file = pl.col("source").is_in([name for name in ws.company.sources if not fates.driver_of(ws, name)])
    rows = loaded.log.group_by("source", "kind", maintain_order=True).agg(
        pl.when(is_file.first()).then(pl.len()).alias("files"),
        pl.when(is_file.first()).then(pl.col("bytes").sum() / 1024).alias("kib"),
        pl.col("rows_read").sum(),
        pl.col("rows_not_data").sum(),
        pl.col("first_on").min(),
        pl.col("last_on").max(),
    )
    shown = [row | {"note": _read_from(ws, row["source"], row["kind"])} for row in rows.iter_rows(named=True)]
    columns = [
        Column("source", ws.t("ingest.head.source"), note="note"),
        Column("files", ws.t("ingest.head.files"), "number"),
        Column("kib", ws.t("ingest.head.kib"), "number"),
        Column("rows_read", ws.t("ingest.head.rows"), "number", strong=True),
        Column("rows_not_data", ws.t("ingest.head.not_data"), "number"),
        Column("first_on", ws.t("ingest.head.first"), "date"),
        Column("last_on", ws.t("ingest.head.last"), "date"),
    ]
    largest = rows.sort("rows_read", descending=True).row(0, named=True)
    title = ws.t("ingest.title.inventory", source=largest["source"], rows=ws.words.number(largest["rows_read"]))
    return table(shown, columns, title, ws.t("ingest.who.inventory"), words=ws.words)


def _read_from(ws: Workspace, source: str, kind: str) -> str:
    """The kind of a source; of a database that as well."""
    driver = fates.driver_of(ws, source)
    return ws.t("ingest.database", kind=kind, driver=driver) if driver else kind


def reading(ws: Workspace, loaded: Loaded) -> Html:
    """One row per source and way of reading: encoding, separator or sheet, and the header's row."""
    shown = pl.col("separator").replace({"\t": ws.t("ingest.tab")})
    rows = loaded.log.filter(pl.col("encoding").is_not_null()).with_columns(shown.alias("separator"))
    rows = rows.group_by("source", "encoding", "separator", "header_row", maintain_order=True).agg(
        pl.len().alias("files"), pl.col("warnings").filter(pl.col("warnings") != "").first()
    )
    columns = [
        Column("source", ws.t("ingest.head.source"), note="warnings"),
        Column("files", ws.t("ingest.head.files"), "number"),
        Column("encoding", ws.t("ingest.head.encoding")),
        Column("separator", ws.t("ingest.head.separator")),
        Column("header_row", ws.t("ingest.head.header_row"), "number"),
    ]
    title = _title(ws, "ingest.title.reading", rows["encoding"].n_unique())
    return table(rows, columns, title, ws.t("ingest.who.reading"), words=ws.words)


def ledger(ws: Workspace, loaded: Loaded) -> Html:
    """One row per source and the sum: rows read and what became of them."""
    numbers, within = ["rows_read", *(f"rows_{fate}" for fate in FATES)], ["rows_replaced", "rows_amended"]
    rows = loaded.log.group_by("source", maintain_order=True).agg(
        pl.col(*numbers, *within).sum()
    )  # fmt: skip
    total = rows.select(pl.lit(ws.t("ingest.total")).alias("source"), pl.col(*numbers, *within).sum())
    both = pl.concat([rows, total]).with_columns(
        (pl.col("rows_read") - pl.sum_horizontal(f"rows_{fate}" for fate in FATES)).alias("difference")
    )
    heads = [Column(name, ws.t(f"ingest.head.{name}"), "number") for name in [*numbers, "difference", *within]]
    kept, read = total["rows_kept"][0], total["rows_read"][0]
    title = ws.t("ingest.title.ledger", kept=ws.words.number(kept), read=ws.words.number(read))
    columns = [Column("source", ws.t("ingest.head.source")), *heads]
    return table(both, columns, title, ws.t("ingest.who.ledger"), words=ws.words, total=True)


def money(ws: Workspace, loaded: Loaded) -> Html:
    """One row per table and currency: what the files' rows amount to and what became of it."""
    names = ["amount_read", *(f"amount_{fate}" for fate in FATES)]
    rows = loaded.amounts.group_by("table", "currency").agg(pl.col(names).sum()).sort("table", "currency")
    shown = [
        row | {name: own_units(row[name], ws.company) // _base(ws) for name in names}
        for row in rows.iter_rows(named=True)
    ]
    heads = [Column(name, ws.t(f"ingest.head.{name}"), "number") for name in names]
    columns = [Column("table", ws.t("ingest.head.table")), Column("currency", ws.t("ingest.head.currency")), *heads]
    title = _title(ws, "ingest.title.money", rows["currency"].n_unique())
    return table(shown, columns, title, ws.t("ingest.who.money"), words=ws.words)


def reasons(ws: Workspace, loaded: Loaded) -> Html:
    """One row per reason for quarantine: rows, what stood there, and what to do."""
    rows = loaded.quarantine.group_by("reason").agg(
        pl.len().alias("rows"),
        pl.col("source").unique().sort().str.join(", "),
        pl.col("found").drop_nulls().unique().sort().head(4).str.join(" · "),
    )
    shown = [
        row | {"what": ws.t(f"ingest.reason.{row['reason']}"), "fix": ws.t(f"ingest.fix.{row['reason']}")}
        for row in rows.sort("rows", "reason", descending=[True, False]).iter_rows(named=True)
    ]
    columns = [
        Column("what", ws.t("ingest.head.reason"), note="source"),
        Column("rows", ws.t("ingest.head.rows"), "number"),
        Column("found", ws.t("ingest.head.found")),
        Column("fix", ws.t("ingest.head.fix")),
    ]
    title = _title(ws, "ingest.title.reasons", len(shown), rows=ws.words.number(loaded.quarantine.height))
    return table(
        shown, columns, title, ws.t("ingest.who.reasons"), words=ws.words, empty=ws.t("ingest.empty.quarantine")
    )


def reasons_chart(ws: Workspace, loaded: Loaded) -> Figure | Html:
    """Quarantined rows by source, most first."""
    rows = loaded.log.group_by("source").agg(pl.col("rows_quarantined").sum().alias("amount"))
    rows = rows.filter(pl.col("amount") > 0).sort("amount", "source", descending=[True, False])
    if rows.is_empty():
        return text(ws.t("ingest.empty.quarantine"))
    drawing = charts.bars(rows.rename({"source": "name"}), ws.words, kind="number")
    title = ws.t("ingest.title.by_source", source=rows["source"][0], rows=ws.words.number(rows["amount"][0]))
    return figure(drawing, title, ws.t("ingest.who.by_source"))


def examples(ws: Workspace, loaded: Loaded) -> Html:
    """One row per source and reason, the largest amounts first: where the row stands and what stood there."""
    by_amount = loaded.quarantine.sort(
        pl.col("amount").abs(), "file", "row", descending=[True, False, False], nulls_last=True
    )
    first = by_amount.unique(["source", "reason", "field"], keep="first", maintain_order=True)
    shown = [
        {
            "where": _where(ws, row["source"], row["file"], row["row"]),
            "field": row["field"] or "",
            "found": row["found"] if row["found"] is not None else ws.t("ingest.nothing"),
            "reason": ws.t(f"ingest.reason.{row['reason']}"),
        }
        for row in first.head(EXAMPLES).iter_rows(named=True)
    ]
    columns = [Column(name, ws.t(f"ingest.head.{name}")) for name in ("where", "field", "found", "reason")]
    title = ws.t("ingest.title.examples", count=ws.words.number(len(shown)))
    return table(
        shown, columns, title, ws.t("ingest.who.examples"), words=ws.words, empty=ws.t("ingest.empty.quarantine")
    )


def other_fates(ws: Workspace, loaded: Loaded, fate: str) -> Html:
    """Rows merged or left out: one row per source and reason, with files and rows."""
    rows = loaded.fates.filter(pl.col("fate") == fate).group_by("source", "reason").agg(
        pl.col("file").n_unique().alias("files"), pl.col("rows").sum()
    )  # fmt: skip
    shown = [
        row | {"what": ws.t(f"ingest.reason.{row['reason']}")}
        for row in rows.sort("source", "reason").iter_rows(named=True)
    ]
    columns = [
        Column("source", ws.t("ingest.head.source")),
        Column("what", ws.t("ingest.head.reason")),
        Column("files", ws.t("ingest.head.files"), "number"),
        Column("rows", ws.t("ingest.head.rows"), "number"),
    ]
    title = ws.t(f"ingest.title.{fate}", rows=ws.words.number(int(rows["rows"].sum())))
    return table(shown, columns, title, ws.t(f"ingest.who.{fate}"), words=ws.words, empty=ws.t(f"ingest.empty.{fate}"))


def customers(ws: Workspace, loaded: Loaded) -> Html:
    """One row per rule: how many customer numbers were merged by it into how many customers."""
    rows = loaded.merges.group_by("rule").agg(
        pl.len().alias("keys"), pl.col("customer_id").n_unique().alias("customers")
    ).sort("keys", descending=True)  # fmt: skip
    shown = [row | {"name": ws.t(f"ingest.rule.{row['rule']}")} for row in rows.iter_rows(named=True)]
    columns = [
        Column("name", ws.t("ingest.head.rule")),
        Column("keys", ws.t("ingest.head.keys"), "number"),
        Column("customers", ws.t("ingest.head.customers"), "number"),
    ]
    every = _count(loaded, "customers")
    title = ws.t(
        "ingest.title.customers", keys=ws.words.number(every + loaded.merges.height), customers=ws.words.number(every)
    )
    return table(shown, columns, title, ws.t("ingest.who.customers"), words=ws.words, empty=ws.t("ingest.empty.merges"))


def customer_examples(ws: Workspace, loaded: Loaded) -> Html:
    """One row per merged number, of the customers with the most: what it shares with which; contact data shortened."""
    ordered = loaded.merges.with_columns(pl.len().over("customer_id").alias("keys"))
    many = ordered.sort("keys", "customer_id", "merged_id", descending=[True, False, False]).head(MERGES)
    read_in = _read_in(loaded)
    shown = [
        {
            "merged_id": _shortened(row["merged_id"]),
            "read": _where(ws, read_in.get(row["file"]), row["file"], row["row"]),
            "joined_to": _shortened(row["joined_to"]),
            "joined_read": _where(ws, read_in.get(row["joined_file"]), row["joined_file"], row["joined_row"]),
            "rule": ws.t(f"ingest.rule.{row['rule']}"),
            "value": _ending(row["value"]),
        }
        for row in many.iter_rows(named=True)
    ]
    columns = [
        Column("merged_id", ws.t("ingest.head.merged_id"), note="read"),
        Column("joined_to", ws.t("ingest.head.joined_to"), note="joined_read"),
        Column("rule", ws.t("ingest.head.rule")),
        Column("value", ws.t("ingest.head.value")),
    ]
    title = ws.t("ingest.title.customer_examples")
    return table(
        shown, columns, title, ws.t("ingest.who.customer_examples"), words=ws.words, empty=ws.t("ingest.empty.merges")
    )


def doubts(ws: Workspace, loaded: Loaded) -> Html:
    """One row per value that could not say who is the same customer: whose it is and why; contact data shortened."""
    found = [fault for fault in loaded.faults if fault.where.startswith("customers, ")]
    shown = []
    for fault in found[:DOUBTS]:
        rule, _, value = fault.where.removeprefix("customers, ").partition(" ")
        crowd = re.fullmatch(r"shared by (\d+) customer numbers", fault.found)
        keys = ws.words.number(int(crowd[1])) if crowd else ""
        why = ws.t("ingest.doubt.crowd", keys=keys) if crowd else ws.t("ingest.doubt.conflict")
        shown.append({"rule": ws.t(f"ingest.rule.{rule}"), "value": _ending(value), "why": why})
    columns = [
        Column("rule", ws.t("ingest.head.kind_of_value")),
        Column("value", ws.t("ingest.head.value")),
        Column("why", ws.t("ingest.head.why_apart")),
    ]
    title = _title(ws, "ingest.title.doubts", len(found)) if found else ws.t("ingest.title.no_doubts")
    return table(shown, columns, title, ws.t("ingest.who.doubts"), words=ws.words, empty=ws.t("ingest.empty.doubts"))


def _ending(value: str | None) -> str:
    """The last characters of a shared value; nothing where a pair was joined by hand."""
    return f"…{value[-4:]}" if value else ""


def _shortened(key: str) -> str:
    return re.sub(r"(\w{1,2})[^@\s:]*@", r"\1…@", key)


def _read_in(loaded: Loaded) -> dict[str, str]:
    """The source of each raw file."""
    return dict(loaded.log.select("file", "source").iter_rows())


def _where(ws: Workspace, source: str | None, file: str | None, row: int | None) -> str:
    """File and row in words; nothing where there is none."""
    if source is None or file is None or row is None:
        return ""
    return str(ws.t("ingest.where", file=fates.shown(ws, source, file), row=ws.words.number(row)))


def freshness(ws: Workspace, loaded: Loaded) -> Html:
    """One row per source of daily events: its last day, days behind the as-of day, its longest gap."""
    rows = last_days(loaded, ws.as_of).sort("behind", "source", descending=[True, False])
    columns = [
        Column("source", ws.t("ingest.head.source")),
        Column("last_on", ws.t("ingest.head.last"), "date"),
        Column("behind", ws.t("ingest.head.behind"), "number"),
        Column("gap", ws.t("ingest.head.gap"), "number"),
    ]
    late = rows.filter("is_late")["source"].to_list()
    key = "ingest.title.late" if late else "ingest.title.fresh"
    names = ws.words.join(late) if len(late) <= MANY else ws.t("ingest.sources", count=ws.words.number(len(late)))
    title = ws.words.capital(ws.t(key, sources=names))
    return table(rows, columns, title, ws.t("ingest.who.freshness"), words=ws.words)


def conversion(ws: Workspace, loaded: Loaded) -> Html:
    """One row per currency of order lines: amount as sold, in the company's currency, and the mean rate."""
    plans = loaded.tables.plans()
    shown = []
    if {"order_lines", "orders"} <= plans.keys():
        joined = plans["order_lines"].join(plans["orders"].select("order_id", "currency"), on="order_id")
        sums = joined.group_by("currency").agg(
            pl.col("source_net_amount").sum(), pl.col("net_amount").sum(), pl.len().alias("rows")
        )
        for row in sums.sort("currency").collect(engine="streaming").iter_rows(named=True):
            sold = own_units(row["source_net_amount"], ws.company)
            source = row["source_net_amount"] / 10 ** scale_of(ws.company)
            rate = row["net_amount"] / _base(ws) / source if source else None
            shown.append(row | {"sold": ws.words.number(sold // _base(ws)), "rate": rate})
    columns = [
        Column("currency", ws.t("ingest.head.currency")),
        Column("rows", ws.t("ingest.head.rows"), "number"),
        Column("sold", ws.t("ingest.head.sold")),
        Column("net_amount", ws.t("ingest.head.converted"), "money"),
        Column("rate", ws.t("ingest.head.rate"), "number", digits=2),
    ]
    title = _title(ws, "ingest.title.conversion", len(shown))
    return table(
        shown, columns, title, ws.t("ingest.who.conversion"), words=ws.words, empty=ws.t("ingest.empty.orders")
    )


def made(ws: Workspace, loaded: Loaded) -> Html:
    """One row per canonical table: its rows and the sources it comes from."""
    sums = [
        plan.group_by("source").agg(pl.len().alias("rows")).sort("source")
        for _, plan in sorted(loaded.tables.plans().items())
    ]
    rows = [
        {"table": name, "rows": int(found["rows"].sum()), "source": ", ".join(found["source"])}
        for name, found in zip(sorted(loaded.tables), pl.collect_all(sums, engine="streaming"), strict=True)
    ]
    columns = [
        Column("table", ws.t("ingest.head.table"), note="source"),
        Column("rows", ws.t("ingest.head.rows"), "number"),
    ]
    title = ws.t("ingest.title.made", count=ws.words.number(len(rows)))
    return table(rows, columns, title, ws.t("ingest.who.made"), words=ws.words)


def findings(ws: Workspace, loaded: Loaded) -> Html:
    """What the data's quality asks for: sales that wait in quarantine, faults; into the notes as well."""
    found = [*_waiting(ws, loaded), *_faults(ws, loaded)]
    for finding in found:
        ws.finding(**finding)
    columns = [Column(name, ws.t(f"ingest.head.{name}")) for name in ("title", "why", "action", "owner")]
    title = _title(ws, "ingest.title.findings", len(found))
    return table(
        found, columns, title, ws.t("ingest.who.findings"), words=ws.words, empty=ws.t("ingest.empty.findings")
    )


def _waiting(ws: Workspace, loaded: Loaded) -> list[dict[str, object]]:
    """Quarantined order lines with an amount: those dated in the period up to as_of, and apart those without a day."""
    rows = loaded.quarantine.filter((pl.col("table") == "order_lines") & (pl.col("amount") > 0))
    rows = rows.filter(pl.col("currency") == ws.company.currency)
    inside = pl.col("day_on").is_between(ws.period.start, min(ws.as_of, ws.period.last_day))
    parts = {"waiting": rows.filter(inside), "undated": rows.filter(pl.col("day_on").is_null())}
    return [finding for name, part in parts.items() for finding in _unread(ws, name, part)]


def _unread(ws: Workspace, name: str, rows: pl.DataFrame) -> list[dict[str, object]]:
    """The finding of these lines where enough money is at stake; what has no day is no amount of this period."""
    amount = own_units(int(rows["amount"].sum()), ws.company)
    if amount < max(1, ws.company.findings.minimum_amount * _base(ws)):
        return []
    sources = ws.words.join(rows["source"].unique().sort().to_list())
    values = {"rows": ws.words.number(rows.height), "amount": ws.words.money_short(amount), "sources": sources,
              "period": ws.words.period(ws.period)}  # fmt: skip
    return [_finding(ws, name, amount if name == "waiting" else None, values)]


def last_days(loaded: Loaded, as_of: date) -> pl.DataFrame:
    """One row per source of daily events: last_on, days behind as_of, its usual longest gap, is_late."""
    found = rhythms(loaded.tables.plans(), as_of)
    rows = [(r.source, r.last_on, r.behind, r.gap, r.is_late) for r in found]
    names = {"source": pl.String, "last_on": pl.Date, "behind": pl.Int64, "gap": pl.Int64, "is_late": pl.Boolean}
    return pl.DataFrame(rows, schema=names, orient="row")


def _faults(ws: Workspace, loaded: Loaded) -> list[dict[str, object]]:
    if not loaded.faults:
        return []
    return [_finding(ws, "faults", None, {"count": ws.words.number(len(loaded.faults))})]


def _finding(ws: Workspace, name: str, amount: int | None, values: dict[str, str]) -> dict[str, object]:
    owners = ws.company.findings.owners
    person = owners.get("data", owners.get("default", ""))
    return {
        "amount": amount,
        "basis": ws.t(f"ingest.finding.{name}.basis"),
        "title": ws.t(f"ingest.finding.{name}.title", **values),
        "why": ws.t(f"ingest.finding.{name}.why", **values),
        "action": ws.t(f"ingest.finding.{name}.action", **values),
        "owner": name_of(ws, person),
        "due_on": (ws.as_of + timedelta(days=LATE_DAYS)).isoformat(),
        "href": "01_ingest.html",
        "is_good": False,
    }


def name_of(ws: Workspace, person: str) -> str:
    """Who is to act, by name; the id where the people table does not know it, in words where nobody is named."""
    people = ws.read("people").filter(pl.col("person_id") == person)
    return str(people["name"][-1]) if people.height else person or ws.t("ingest.nobody")


def _count(loaded: Loaded, name: str) -> int:
    """The rows of a canonical table; 0 where no source feeds it."""
    return int(loaded.tables.scan(name).select(pl.len()).collect().item()) if name in loaded.tables else 0


def _title(ws: Workspace, key: str, count: int, **values: str) -> str:
    return ws.words.capital(ws.words.n(key, count, **values))


def _base(ws: Workspace) -> int:
    return int(10**ws.company.money_decimals)
