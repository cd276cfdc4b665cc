"""All sources together: orders found, codes known, money converted once, customers merged, tables by contract."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from revops import tables
from revops.company import Company
from revops.ingest.customers import doubts, merged
from revops.ingest.derive import LATER, feeds
from revops.ingest.fields import FATE, PRICES, kind_of, scale_of
from revops.ingest.intake import SUMMED, SourceRows
from revops.ingest.reader import ROW
from revops.money import PRICE_SCALE, RATE_SCALE
from revops.problems import Problem


@dataclass
class Canonical:
    """The canonical tables, who was merged, and faults that do not stop the run."""

    tables: dict[str, pl.DataFrame]
    merges: pl.DataFrame
    faults: list[Problem] = field(default_factory=list)


def settle(sources: list[SourceRows], company: Company) -> None:
    """Settle what one source alone cannot: unknown orders and products, missing rates, keys that two sources use."""
    rates = _table(sources, "fx_rates")
    products = _table(sources, "products")
    for source in sources:
        fed = set(source.mapping.tables)
        if products.height and {"order_lines", "returns"} & fed and "product_id" in source.frame.columns:
            known = pl.col("product_id").is_in(products["product_id"].implode())
            source.reject(
                ~known & (pl.col("product_id").is_not_null()), "quarantined", "unknown_product", "product_id",
                pl.col("product_id"),
            )  # fmt: skip
    _collisions(sources)
    orders = _order_days(sources)
    for source in sources:
        fed = set(source.mapping.tables)
        if "order_lines" in fed and "orders" not in fed:
            _without_order(source, orders)
        source.frame = _with_rate(source.frame, rates, orders, company, "orders" not in fed)
        source.reject(
            pl.col("_rate").is_null() & pl.col("_amount").is_not_null(),
            "quarantined",
            "no_rate",
            "currency",
            pl.col("_currency"),
        )


def build(sources: list[SourceRows], company: Company, as_of: date) -> Canonical:
    """Every canonical table that the sources feed, sorted by its key and in its contract's columns."""
    made = {name: _made(name, sources, company) for name in tables.CANONICAL if _fed(sources, name)}
    made["customers"], merges, shared = merged(_sightings(sources), company.identity)
    made["customers"] = _shaped(made["customers"], "customers")
    for name in ("orders", "subscriptions", "tickets"):
        if name in made:
            made[name] = _with_roots(made[name], merges)
    if "returns" in made:
        made["returns"] = _linked(made["returns"], made, as_of)
    for name in LATER.keys() & made.keys():
        made[name] = _as_known(made[name], name, as_of)
    if "opportunities" in made:
        made["opportunities"] = _closed(made["opportunities"], company)
    result = Canonical({name: _shaped(frame, name) for name, frame in made.items()}, merges)
    result.faults += [*_unknown_people(result.tables), *doubts(shared)]
    return result


def _fed(sources: list[SourceRows], name: str) -> bool:
    return any(name in source.mapping.tables for source in sources)


def _table(sources: list[SourceRows], name: str) -> pl.DataFrame:
    rows = [source.kept(name) for source in sources if name in source.mapping.tables]
    return pl.concat(rows, how="diagonal") if rows else tables.empty(name)


def _collisions(sources: list[SourceRows]) -> None:
    """A key that an earlier source in company.yaml already gave: the later source's row waits in quarantine."""
    for name in tables.CANONICAL:
        key = ["order_id"] if name == "order_lines" else list(tables.CANONICAL[name].primary_key())
        if name in ("customers", "touches", *tables.NULLABLE_KEYS):
            continue
        taken: pl.DataFrame | None = None
        for source in [s for s in sources if name in s.mapping.tables]:
            columns = [pl.col(f"{name}.{c}").alias(c) for c in key]
            good = source.frame.filter(pl.col(FATE).is_null() & pl.col(feeds(name))).select(columns).unique()
            if taken is not None and not taken.join(good, on=key).is_empty():
                twice = taken.join(good, on=key).select(pl.concat_str(pl.all(), separator=" · ")).to_series()
                mine = pl.concat_str([pl.col(f"{name}.{c}") for c in key], separator=" · ")
                source.reject(
                    mine.is_in(twice.implode()) & pl.col(feeds(name)),
                    "quarantined",
                    "key_in_other_source",
                    key[0],
                    mine,
                )
            taken = good if taken is None else pl.concat([taken, good])


def _order_days(sources: list[SourceRows]) -> pl.DataFrame:
    """order_id → day, currency and fate of every order that a row names."""
    columns = ["order_id", "_order_day", "_order_currency", "_order_fate"]
    rows = [
        source.frame.filter(pl.col(feeds("orders"))).select(
            pl.col("orders.order_id").alias("order_id"),
            pl.col("_day").alias("_order_day"),
            pl.col("_currency").alias("_order_currency"),
            pl.col(FATE).alias("_order_fate"),
        )  # fmt: skip
        for source in sources
        if "orders" in source.mapping.tables
    ]
    if not rows:
        return pl.DataFrame(schema=dict(zip(columns, [pl.String, pl.Date, pl.String, pl.String], strict=True)))
    every = pl.concat(rows).sort("order_id", "_order_fate", nulls_last=False, maintain_order=True)
    return every.unique("order_id", keep="first", maintain_order=True)


def _without_order(source: SourceRows, orders: pl.DataFrame) -> None:
    """Lines in a file of their own share their order's fate; a line whose order is nowhere waits."""
    columns = ["_order_day", "_order_currency", "_order_fate"]
    known = source.frame.drop(columns, strict=False).join(
        orders.with_columns(_known=True), on="order_id", how="left", maintain_order="left"
    )
    source.frame = known
    source.reject(pl.col("_known").is_null(), "quarantined", "unknown_order", "order_id", pl.col("order_id"))
    source.reject(pl.col("_order_fate") == "left_out", "left_out", "after_as_of", "order_id", pl.col("_order_day"))
    source.reject(pl.col("_order_fate").is_not_null(), "quarantined", "order_not_kept", "order_id", pl.col("order_id"))
    source.frame = source.frame.with_columns(
        pl.col("_order_day").alias("_day"), pl.col("_order_currency").fill_null(pl.col("_currency")).alias("_currency")
    ).drop("_known", *columns)


def _with_rate(
    frame: pl.DataFrame, rates: pl.DataFrame, orders: pl.DataFrame, company: Company, by_order: bool
) -> pl.DataFrame:
    """Add `_rate`: company currency for one unit, of the row's day; a return takes its order's day."""
    day = pl.col("_day")
    if by_order and "order_id" in frame.columns:
        frame = frame.join(orders.select("order_id", "_order_day"), on="order_id", how="left", maintain_order="left")
        day = pl.coalesce("_order_day", "_day")
    frame = frame.with_columns(day.alias("_rate_day"))
    own = pl.col("_currency") == company.currency
    if frame.filter(~own).is_empty():
        return frame.with_columns(pl.lit(RATE_SCALE, pl.Int64).alias("_rate"))
    known = rates.select(pl.col("currency").alias("_currency"), pl.col("start_on").alias("_rate_day"), "rate")
    numbered = frame.with_row_index("_n").sort("_rate_day", maintain_order=True)
    joined = numbered.filter(pl.col("_rate_day").is_not_null()).join_asof(
        known.sort("_rate_day"), on="_rate_day", by="_currency", strategy="backward", check_sortedness=False
    )
    frame = frame.with_row_index("_n").join(joined.select("_n", "rate"), on="_n", how="left", maintain_order="left")
    rate = pl.when(own).then(pl.lit(RATE_SCALE, pl.Int64)).otherwise(pl.col("rate"))
    return frame.with_columns(rate.alias("_rate")).drop("_n", "rate")


def converted(amount: pl.Expr, rate: pl.Expr, scale: int, decimals: int) -> pl.Expr:
    """A source amount (10 ** -scale) in the company's money, rounded half away from zero once, in 128 bits.

    >>> pl.DataFrame({"a": [1_500_000, -1_500_000], "r": [25_400 * RATE_SCALE] * 2}).select(
    ...     converted(pl.col("a"), pl.col("r"), 4, 0)).to_series().to_list()
    [3810000, -3810000]
    """
    base = RATE_SCALE * 10 ** (scale - decimals)
    product = amount.cast(pl.Int128) * rate.cast(pl.Int128)
    size = ((product.abs() * 2 + base) // (2 * base)).cast(pl.Int64)
    return pl.when(product < 0).then(-size).otherwise(size)


def _made(name: str, sources: list[SourceRows], company: Company) -> pl.DataFrame:
    """The kept rows of every source that feeds the table, in the company's money, one row per key."""
    scale, decimals = scale_of(company), company.money_decimals
    frames = []
    for source in sources:
        if name not in source.mapping.tables:
            continue
        rows = source.frame.filter(pl.col(FATE).is_null() & pl.col(feeds(name)))
        values = []
        for column in tables.schema_of(name):
            if column in ("source", "file", ROW):
                continue
            value = pl.col(f"{name}.{column}")
            if column in PRICES:
                value = converted(value, pl.lit(RATE_SCALE), scale, len(str(PRICE_SCALE)) - 1)
            elif kind_of(column) == "money" and column != "source_net_amount":
                value = converted(value, pl.col("_rate"), scale, decimals)
            values.append(value.alias(column))
        frames.append(rows.select(*values, pl.lit(source.name).alias("source"), "file", ROW))
    frame = pl.concat(frames)
    if name == "order_lines":
        frame = frame.with_columns((pl.col("gross_amount") - pl.col("net_amount")).alias("discount_amount"))
    key = list(tables.CANONICAL[name].primary_key())
    frame = frame.sort("source", "file", ROW, maintain_order=True)
    if name in SUMMED:
        numbers = [c for c, kind in tables.schema_of(name).items() if kind == pl.Int64 and c != ROW]
        rest = [c for c in frame.columns if c not in (*key, *numbers)]
        sums = [pl.when(pl.col(c).count() > 0).then(pl.col(c).sum()).alias(c) for c in numbers]
        return frame.group_by(key, maintain_order=True).agg(*sums, *(pl.col(c).first() for c in rest))
    return frame if name in tables.NULLABLE_KEYS else frame.unique(key, keep="first", maintain_order=True)


def _sightings(sources: list[SourceRows]) -> pl.DataFrame:
    """One row per kept row that names a customer."""
    blank = pl.lit(None, pl.String)
    columns = {
        "name": "customer_name", "phone": "phone", "email": "email", "tax_code": "tax_code", "region": "region",
        "customer_group": "customer_group",
    }  # fmt: skip
    frames = [
        pl.DataFrame(
            schema={
                "key": pl.String,
                "day": pl.Date,
                **dict.fromkeys(columns, pl.String),
                "source": pl.String,
                "file": pl.String,
                ROW: pl.Int64,
            }
        )
    ]
    for source in sources:
        if "customer_id" not in source.frame.columns:
            continue
        rows = source.frame.filter(pl.col(FATE).is_null() & pl.col("customer_id").is_not_null())
        have = {new: old if old in rows.columns else new for new, old in columns.items()}
        named = any("name" in tables.schema_of(t) for t in source.mapping.tables if t != "customers")
        if named and "customer_name" not in rows.columns:
            have["name"] = "customer_name"
        chosen = [(pl.col(old) if old in rows.columns else blank).alias(new) for new, old in have.items()]
        frames.append(
            rows.select(
                pl.col("customer_id").alias("key"),
                pl.col("_day").alias("day"),
                *chosen,
                pl.lit(source.name).alias("source"),
                "file",
                ROW,
            )
        )
    return pl.concat(frames)


def _with_roots(frame: pl.DataFrame, merges: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("customer_id").replace(merges["merged_id"], merges["customer_id"]))


def _linked(returns: pl.DataFrame, made: dict[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """Returns known at as_of, with the line and region of the order they reverse where they do not say."""
    lines = made.get("order_lines", tables.empty("order_lines"))
    orders = made.get("orders", tables.empty("orders"))
    first = lines.sort("order_id", "product_id", "line_id").unique(["order_id", "product_id"], keep="first")
    linked = returns.filter(pl.col("returned_on") <= as_of).join(
        first.select("order_id", "product_id", pl.col("line_id").alias("_line")),
        on=["order_id", "product_id"], how="left",
    ).join(orders.select("order_id", pl.col("region").alias("_region")), on="order_id", how="left")  # fmt: skip
    return linked.with_columns(
        pl.coalesce("line_id", "_line").alias("line_id"), pl.coalesce("region", "_region").alias("region")
    )


def _as_known(frame: pl.DataFrame, name: str, as_of: date) -> pl.DataFrame:
    """What happened to a row after as_of is not known yet: a lead's conversion, a stage's end."""
    for column, hidden in LATER[name].items():
        later = pl.col(column).cast(pl.Date) > as_of
        frame = frame.with_columns(pl.when(~later.fill_null(False)).then(pl.col(c)).alias(c) for c in hidden)
    return frame


def _closed(deals: pl.DataFrame, company: Company) -> pl.DataFrame:
    won, lost = pl.col("stage") == company.funnel.won, pl.col("stage") == company.funnel.lost
    return deals.with_columns(
        (pl.col("is_won") | won).alias("is_won"), (pl.col("is_closed") | won | lost).alias("is_closed")
    )


def _shaped(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    schema = tables.schema_of(name)
    return frame.select(pl.col(c).cast(dtype) for c, dtype in schema.items()).sort(
        *tables.key_of(name), "source", "file", ROW
    )


def _unknown_people(made: dict[str, pl.DataFrame]) -> list[Problem]:
    """People who sell but whom the list of people does not know: one fault a person, sales stay."""
    if "people" not in made or "orders" not in made:
        return []
    orders = made["orders"].filter(pl.col("person_id").is_not_null())
    unknown = orders.join(made["people"], on="person_id", how="anti").group_by("person_id").agg(
        pl.len().alias("orders"), pl.col("file").sort_by("file", ROW).first(), pl.col(ROW).sort_by("file", ROW).first()
    )  # fmt: skip
    return [
        Problem(
            f"{row['file']}, row {row['row']}",
            f"person {row['person_id']} on {row['orders']} orders",
            "a person of the people table",
            "add the person, or correct the code",
        )
        for row in unknown.sort("person_id").iter_rows(named=True)
    ]
