"""All sources together: orders found, codes known, money converted once, customers merged, tables by contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from revops import tables
from revops.company import Company
from revops.ingest.customers import doubts, merged
from revops.ingest.derive import LATER, LINEAGE, feeds
from revops.ingest.fields import FATE, PRICES, TOLD, fate_text, fates_told, kind_of, scale_of
from revops.ingest.intake import FILE_SIZE, ID, SUMMED, SourceRows
from revops.ingest.reader import ROW
from revops.ingest.rows import LEAD
from revops.money import PRICE_SCALE, RATE_SCALE, times_rate
from revops.problems import Problem

AS_READ = {"orders", "order_lines"}
CRM = {
    "accounts": "account",
    "contacts": "contact",
}  # tables whose records may be customers: what their keys begin with
SIGHTING = dict.fromkeys(
    ["key", "name", "phone", "email", "tax_code", "region", "customer_group", "account_id"], pl.String
) | {"day": pl.Date, "source": pl.String, "file": pl.String, ROW: pl.Int64, "is_customer": pl.Boolean}  # fmt: skip
_DAY, _NO_DAY = 1 << 44, (1 << 17) - 1  # of a sighting: day, then file, then row, in one number


@dataclass
class Canonical:
    """The canonical tables as plans to be carried out, who was merged, and values in doubt."""

    tables: dict[str, pl.LazyFrame]
    merges: pl.DataFrame
    faults: list[Problem] = field(default_factory=list)


def settle(sources: list[SourceRows], company: Company) -> None:
    """Settle what one source alone cannot: unknown orders and products, missing rates, keys that two sources use."""
    rates = _table(sources, "fx_rates")
    products = _table(sources, "products")["product_id"]
    for source in sources:
        if products.len() and source.fed("order_lines", "returns") and "product_id" in source.have:
            product = pl.col("product_id")
            unknown = ~product.is_in(products.implode()) & product.is_not_null()
            source.reject(unknown, "quarantined", "unknown_product", "product_id", product)
    _collisions(sources)
    lines_only = [source for source in sources if source.fed("order_lines") and not source.fed("orders")]
    for source in lines_only:
        _without_order(source, _order_days(sources))
    for source in sources:
        _with_rate(source, rates, sources, company)


def build(sources: list[SourceRows], company: Company, as_of: date) -> Canonical:
    """Every canonical table that the sources feed."""
    made = {name: _made(name, sources, company) for name in tables.CANONICAL if _fed(sources, name)}
    customers, merges, doubtful = merged(_sightings(sources), company.identity)
    made["customers"] = customers.lazy()
    for name in ("orders", "subscriptions", "tickets", "invoices", "payments"):
        if name in made:
            made[name] = _with_roots(made[name], merges)
    for name in CRM.keys() & made.keys():
        made[name] = _with_customer(made[name], name, merges)
    if "returns" in made:
        made["returns"] = _linked(made["returns"], made, as_of)
    if "payments" in made:
        made["payments"] = made["payments"].filter(pl.col("paid_on") <= as_of)
    for name in LATER.keys() & made.keys():
        made[name] = _as_known(made[name], name, as_of)
    if "opportunities" in made:
        made["opportunities"] = _closed(made["opportunities"], company)
    shaped = {name: _shaped(made[name], name) for name in tables.CANONICAL if name in made}
    return Canonical(shaped, merges, doubts(doubtful))


def _fed(sources: list[SourceRows], name: str) -> bool:
    return any(source.fed(name) for source in sources)


def _table(sources: list[SourceRows], name: str) -> pl.DataFrame:
    rows = [source.kept(name) for source in sources if source.fed(name)]
    return pl.concat(rows, how="diagonal") if rows else tables.empty(name)


def _collisions(sources: list[SourceRows]) -> None:
    """A key that an earlier source in company.yaml already gave: the later source's row waits in quarantine."""
    for name in tables.CANONICAL:
        key = ["order_id"] if name == "order_lines" else tables.key_of(name)
        feeding = [source for source in sources if source.fed(name)]
        if len(feeding) < 2 or name in ("customers", "touches", *tables.NULLABLE_KEYS):
            continue
        taken: pl.DataFrame | None = None
        for source in feeding:
            mine = pl.concat_str([source.given(name, c).cast(pl.String) for c in key], separator=" · ")
            good = source.good(name).select(mine.alias("key")).unique().collect(engine="streaming")
            twice = good.filter(pl.col("key").is_in(taken["key"].implode()))["key"] if taken is not None else None
            if twice is not None and twice.len():
                source.reject(mine.is_in(twice.implode()) & pl.col(feeds(name)), "quarantined", "key_in_other_source",
                              key[0], mine)  # fmt: skip
            taken = good if taken is None else pl.concat([taken, good])


def _order_days(sources: list[SourceRows]) -> pl.DataFrame:
    """order_id → day, currency and fate of every order that a row names."""
    columns = ["order_id", "_order_day", "_order_currency", "_order_fate"]
    rows = [
        source.fates()
        .filter(pl.col(feeds("orders")))
        .select(
            source.given("orders", "order_id").alias("order_id"),
            pl.col("_day").alias("_order_day"),
            pl.col("_currency").alias("_order_currency"),
            pl.col(FATE).alias("_order_fate"),
        )  # fmt: skip
        for source in sources
        if source.fed("orders")
    ]
    if not rows:
        return pl.DataFrame(schema=dict(zip(columns, [pl.String, pl.Date, pl.String, pl.String], strict=True)))
    every = pl.concat(rows).collect(engine="streaming").sort("order_id", "_order_fate", nulls_last=False)
    return every.unique("order_id", keep="first", maintain_order=True)


def _without_order(source: SourceRows, orders: pl.DataFrame) -> None:
    """Lines in a file of their own share their order's day, currency and fate; a line whose order is nowhere waits."""
    known = source.rows.join(orders.lazy().with_columns(_known=True), on="order_id", how="left", maintain_order="left")
    fate, order = pl.col("_order_fate"), pl.col("order_id")
    cases = [
        pl.when(pl.col("_known").is_null()).then(fate_text("quarantined", "unknown_order", "order_id", order)),
        pl.when(fate == "left_out").then(fate_text("left_out", "after_as_of", "order_id", pl.col("_order_day"))),
        pl.when(fate.is_not_null()).then(fate_text("quarantined", "order_not_kept", "order_id", order)),
    ]
    day, currency = pl.col("_order_day"), pl.col("_order_currency").fill_null(pl.col("_currency"))
    rows = known.with_columns(pl.coalesce(TOLD, *cases), day.alias("_day"), currency.alias("_currency"))
    rows = rows.drop("_known", "_order_day", "_order_currency", "_order_fate")
    source.rows, source.is_foreign = rows.with_columns(fates_told()), True


def _with_rate(source: SourceRows, rates: pl.DataFrame, sources: list[SourceRows], company: Company) -> None:
    """Add `_rate`: company currency for one unit, of the row's day; a return takes its order's day."""
    foreign = pl.col("_currency") != company.currency
    if source.is_foreign:
        source.is_foreign = not source.rows.filter(foreign).head(1).collect(engine="streaming").is_empty()
    if not source.is_foreign:
        source.rows = source.rows.with_columns(pl.lit(RATE_SCALE, pl.Int64).alias("_rate"))
        return
    rows, day = source.rows, pl.col("_day")
    if not source.fed("orders") and "order_id" in source.have:
        orders = _order_days(sources).lazy().select("order_id", "_order_day")
        rows = rows.join(orders, on="order_id", how="left", maintain_order="left")
        day = pl.coalesce("_order_day", "_day")
    days = rows.with_columns(day.alias("_rate_day")).filter(foreign & pl.col("_rate_day").is_not_null())
    wanted = days.select("_currency", "_rate_day").unique().collect(engine="streaming").sort("_rate_day")
    known = rates.select(pl.col("currency").alias("_currency"), pl.col("start_on").alias("_rate_day"), "rate")
    found = wanted.join_asof(
        known.sort("_rate_day"), on="_rate_day", by="_currency", strategy="backward", check_sortedness=False
    ).rename({"rate": "_rate"})
    rows = rows.with_columns(day.alias("_rate_day")).join(
        found.lazy(), on=["_currency", "_rate_day"], how="left", maintain_order="left"
    )
    rate = pl.when(foreign).then(pl.col("_rate")).otherwise(pl.lit(RATE_SCALE, pl.Int64))
    source.rows = rows.with_columns(rate.alias("_rate")).drop("_rate_day", "_order_day", strict=False)
    lacking = pl.col("_rate").is_null() & pl.col("_amount").is_not_null()
    source.reject(lacking, "quarantined", "no_rate", "currency", pl.col("_currency"))


def converted(amount: pl.Expr, rate: pl.Expr, scale: int, decimals: int) -> pl.Expr:
    """A source amount (10 ** -scale) in the company's money, rounded half away from zero once, in 128 bits.

    >>> pl.DataFrame({"a": [1_500_000, -1_500_000], "r": [25_400 * RATE_SCALE] * 2}).select(
    ...     converted(pl.col("a"), pl.col("r"), 4, 0)).to_series().to_list()
    [3810000, -3810000]
    """
    return times_rate(amount, rate, RATE_SCALE * 10 ** (scale - decimals))


def rounded(amount: pl.Expr, scale: int, decimals: int) -> pl.Expr:
    """The same for an amount that is in the company's currency already."""
    base = 10 ** (scale - decimals)
    return amount if base == 1 else (amount.abs() + base // 2) // base * amount.sign()


def _made(name: str, sources: list[SourceRows], company: Company) -> pl.LazyFrame:
    """The kept rows of every source that feeds the table, in the company's money, one row per key."""
    frame = pl.concat([_of_source(name, source, company) for source in sources if source.fed(name)])
    if name == "order_lines":
        return frame.with_columns((pl.col("gross_amount") - pl.col("net_amount")).alias("discount_amount"))
    key = tables.key_of(name)
    if name == "orders":
        return frame  # of each order one row is left, in one source
    if name in SUMMED:
        numbers = [c for c, kind in tables.schema_of(name).items() if kind == pl.Int64 and c != ROW]
        rest = [c for c in tables.schema_of(name) if c not in (*key, *numbers)]
        sums = [pl.when(pl.col(c).count() > 0).then(pl.col(c).sum()).alias(c) for c in numbers]
        return frame.group_by(key, maintain_order=True).agg(*sums, *(pl.col(c).first() for c in rest))
    return frame if name in tables.NULLABLE_KEYS else frame.unique(key, keep="first", maintain_order=True)


def _of_source(name: str, source: SourceRows, company: Company) -> pl.LazyFrame:
    """One source's kept rows for a table; of an order's lines only what may be its first."""
    scale, decimals = scale_of(company), company.money_decimals
    values = []
    for column in tables.schema_of(name):
        if column in ("source", "file", ROW):
            continue
        value = source.given(name, column)
        if column in PRICES:
            value = rounded(value, scale, len(str(PRICE_SCALE)) - 1)
        elif kind_of(column) == "money" and column != "source_net_amount":
            rate, own = pl.col("_rate"), rounded(value, scale, decimals)
            value = converted(value, rate, scale, decimals) if source.is_foreign else own
        values.append(value.alias(column))
    rows = source.good(name) if name != "orders" else _heads(source)
    return rows.select(*values, pl.lit(source.name).alias("source"), "file", ROW)


def _heads(source: SourceRows) -> pl.LazyFrame:
    """The first good row of each order; where it got a fate after all, the next one speaks for the order."""
    order = source.given("orders", "order_id")
    lost = pl.col(LEAD) & (pl.col(TOLD).is_not_null() | pl.col(ID).is_in(source.later[ID].implode()))
    headless = source.rows.filter(lost).select(order.alias("o")).collect(engine="streaming")["o"].unique()
    rows = source.good("orders")
    if headless.is_empty():
        return rows.filter(LEAD)
    is_headless = order.is_in(headless.implode())
    rest = rows.filter(is_headless).with_columns(order.alias("_order"))
    rest = rest.unique("_order", keep="first", maintain_order=True).drop("_order")
    return pl.concat([rows.filter(pl.col(LEAD) & ~is_headless), rest])


def _sightings(sources: list[SourceRows]) -> pl.DataFrame:
    """One row for each way in which a source names a customer, from the first kept row that does; and CRM records."""
    columns = {
        "name": "customer_name", "phone": "phone", "email": "email", "tax_code": "tax_code", "region": "region",
        "customer_group": "customer_group", "account_id": "account_id",
    }  # fmt: skip
    frames = [pl.DataFrame(schema=SIGHTING)]
    for source in sources:
        frames += [_of_crm(source, table) for table in sorted(source.fed(*CRM))]
        if "customer_id" not in source.have:
            continue
        named = any("name" in tables.schema_of(t) for t in source.mapping.tables if t != "customers")
        chosen = {
            new: old if old in source.have else "_none" if new == "name" and named else new
            for new, old in columns.items()
        }
        said = {new: pl.col(old).cast(pl.String).alias(new) for new, old in chosen.items() if old in source.have}
        unsaid = [pl.lit(None, pl.String).alias(new) for new in columns if new not in said]
        rows = source.good().filter(pl.col("customer_id").is_not_null())
        day = pl.col("_day").to_physical().cast(pl.Int64).fill_null(_NO_DAY)
        place = pl.col(ID) // FILE_SIZE * FILE_SIZE + pl.col(ROW)
        seen = rows.select(pl.col("customer_id").alias("key"), *said.values(), (day * _DAY + place).alias("_seen"))
        first = seen.group_by("key", *said).agg(pl.col("_seen").min()).collect(engine="streaming").with_columns(unsaid)
        names = pl.Series([staged.file.name for staged in source.files])
        frames.append(
            first.select(
                "key", *columns,
                pl.when(pl.col("_seen") // _DAY != _NO_DAY).then(pl.col("_seen") // _DAY).cast(pl.Int32).cast(pl.Date)
                .alias("day"),
                pl.lit(source.name).alias("source"),
                pl.lit(names).gather(pl.col("_seen") % _DAY // FILE_SIZE).alias("file"),
                (pl.col("_seen") % FILE_SIZE).alias(ROW),
                pl.lit(True).alias("is_customer"),
            )
        )  # fmt: skip
    return pl.concat(frames)


def _of_crm(source: SourceRows, table: str) -> pl.DataFrame:
    """One row per account or contact; a contact of an account gives no name: the customer is the account."""
    known = {c: source.given(table, c).alias(c) for c in tables.schema_of(table) if c in SIGHTING and c not in LINEAGE}
    if table == "contacts":
        known["name"] = pl.when(known["account_id"].is_null()).then(known["name"]).alias("name")
    key = pl.format(CRM[table] + ":{}", source.given(table, f"{CRM[table]}_id")).alias("key")
    rows = source.good(table).select(key, *known.values(), pl.lit(source.name).alias("source"), "file", ROW)
    seen = rows.with_columns(pl.lit(False).alias("is_customer")).collect(engine="streaming")
    blank = [pl.lit(None, kind).alias(c) for c, kind in SIGHTING.items() if c not in seen.columns]
    return seen.with_columns(blank).select(*SIGHTING)


def _with_customer(frame: pl.LazyFrame, table: str, merges: pl.DataFrame) -> pl.LazyFrame:
    """The customer that an account or contact is; null where it is none yet."""
    key = pl.format(CRM[table] + ":{}", f"{CRM[table]}_id")
    customer = key.replace_strict(merges["merged_id"], merges["customer_id"], default=None, return_dtype=pl.String)
    return frame.with_columns(customer.alias("customer_id"))


def _with_roots(frame: pl.LazyFrame, merges: pl.DataFrame) -> pl.LazyFrame:
    if merges.is_empty():
        return frame
    return frame.with_columns(pl.col("customer_id").replace(merges["merged_id"], merges["customer_id"]))


def _linked(returns: pl.LazyFrame, made: dict[str, pl.LazyFrame], as_of: date) -> pl.LazyFrame:
    """Returns known at as_of, with the line and region of the order they reverse where they do not say."""
    lines = made.get("order_lines", tables.empty("order_lines").lazy())
    orders = made.get("orders", tables.empty("orders").lazy())
    known = returns.filter(pl.col("returned_on") <= as_of)
    named = known.select("order_id").unique()
    first = lines.join(named, on="order_id", how="semi").select("order_id", "product_id", "line_id")
    first = first.group_by("order_id", "product_id").agg(pl.col("line_id").min().alias("_line"))
    regions = orders.join(named, on="order_id", how="semi").select("order_id", pl.col("region").alias("_region"))
    linked = known.join(first, on=["order_id", "product_id"], how="left", maintain_order="left").join(
        regions, on="order_id", how="left", maintain_order="left"
    )
    return linked.with_columns(
        pl.coalesce("line_id", "_line").alias("line_id"), pl.coalesce("region", "_region").alias("region")
    )


def _as_known(frame: pl.LazyFrame, name: str, as_of: date) -> pl.LazyFrame:
    """What happened to a row after as_of is not known yet: a lead's conversion, a stage's end."""
    for column, hidden in LATER[name].items():
        later = pl.col(column).cast(pl.Date) > as_of
        frame = frame.with_columns(pl.when(~later.fill_null(False)).then(pl.col(c)).alias(c) for c in hidden)
    return frame


def _closed(deals: pl.LazyFrame, company: Company) -> pl.LazyFrame:
    won, lost = pl.col("stage") == company.funnel.won, pl.col("stage") == company.funnel.lost
    return deals.with_columns(
        (pl.col("is_won") | won).alias("is_won"), (pl.col("is_closed") | won | lost).alias("is_closed")
    )


def _shaped(frame: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """In the contract's columns and sorted by key; orders and lines, the many, stand as in the files."""
    shaped = frame.select(pl.col(c).cast(dtype) for c, dtype in tables.schema_of(name).items())
    return shaped if name in AS_READ else shaped.sort(*tables.key_of(name), "source", "file", ROW)


def unknown_people(made: Mapping[str, pl.LazyFrame]) -> list[Problem]:
    """People who sell but whom the list of people does not know: one fault a person, sales stay."""
    if "people" not in made or "orders" not in made:
        return []
    orders = made["orders"].filter(pl.col("person_id").is_not_null())
    known = made["people"].select("person_id")
    unknown = orders.join(known, on="person_id", how="anti").group_by("person_id").agg(
        pl.len().alias("orders"), *(pl.col(c).sort_by("file", ROW).first() for c in ("file", ROW))
    ).sort("person_id").collect(engine="streaming")  # fmt: skip
    return [
        Problem(
            f"{row['file']}, row {row['row']}",
            f"person {row['person_id']} on {row['orders']} orders",
            "a person of the people table",
            "add the person, or correct the code",
        )
        for row in unknown.iter_rows(named=True)
    ]
