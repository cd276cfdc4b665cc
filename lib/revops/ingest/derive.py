"""From fields to the columns of each canonical table a row feeds, by rules that hold for every source.

Columns get the name `table.column`; a row feeds a table where the mapping's condition holds. Amounts stay in the
source's currency here, 10 ** -fields.scale_of(company).
"""

import polars as pl

from revops import tables
from revops.company import Company, Mapping
from revops.ingest.fields import KINDS_OF_NUMBER, kind_of, scale_of
from revops.ingest.reader import ROW
from revops.problems import InputError, Problem, nearest

LINEAGE = ("source", "file", "row")
DAY = {
    "orders": "ordered_on", "order_lines": "ordered_on", "returns": "returned_on", "invoices": "issued_on",
    "payments": "paid_on", "leads": "created_on", "opportunities": "snapshot_on",
    "opportunity_stage_history": "entered_on", "subscriptions": "start_on", "tickets": "opened_on",
    "ad_spend": "spent_on", "sessions": "day_on", "touches": "touched_on", "costs": "month_on",
    "fx_rates": "start_on", "history": "start_on",
}  # fmt: skip
AMOUNT = {
    "order_lines": "net_amount", "orders": "net_amount", "returns": "net_amount", "invoices": "net_amount",
    "payments": "payment_amount", "opportunities": "amount", "subscriptions": "mrr", "ad_spend": "spend_amount",
    "costs": "cost_amount", "quotas": "quota_amount", "budgets": "budget_amount", "history": "net_amount",
    "accounts": "potential_amount",
}  # fmt: skip
LATER = {
    "leads": {"converted_on": ["converted_on", "opportunity_id"]},
    "opportunity_stage_history": {"left_on": ["left_on"]},
    "tickets": {"closed_at": ["closed_at", "satisfaction"]},
}
DEFAULTS = {
    "orders.is_cancelled": False,
    "invoices.is_cancelled": False,
    "opportunities.is_closed": False,
    "opportunities.is_won": False,
    "quotas.measure": "revenue",
}


def feeds(table: str) -> str:
    """Name of the flag that says whether a row feeds the table."""
    return f"_feeds_{table}"


def computed(frame: pl.DataFrame, mapping: Mapping, name: str) -> pl.DataFrame:
    """The mapping's own expressions and ranges, in order."""
    for field, expression in mapping.compute.items():
        kind = pl.Int64 if kind_of(field, mapping) in KINDS_OF_NUMBER else None
        frame = with_sql(frame, field, expression, f"company.yaml, sources.{name}.compute.{field}", kind)
    for field, span in mapping.ranges.items():
        after = pl.col(span.after)
        if span.span == "next":
            starts = frame[span.after].drop_nulls().unique().sort()
            last = pl.Series([span.last], dtype=pl.String).str.to_date()
            ends = pl.concat([starts.slice(1).cast(pl.Date), last])
            value = after.replace_strict(starts, ends, default=None, return_dtype=pl.Date)
        else:
            value = after.dt.offset_by({"day": "1d", "month": "1mo", "year": "1y"}[span.span])
        frame = frame.with_columns(value.alias(field))
    return frame


def with_sql(
    frame: pl.DataFrame, field: str, expression: str, where: str, dtype: type[pl.DataType] | None = None
) -> pl.DataFrame:
    """The frame with a column from an SQL expression over fields; an expression that fails is an InputError."""
    try:
        value = pl.sql_expr(expression)
        return frame.with_columns((value.cast(dtype) if dtype else value).alias(field))
    except pl.exceptions.PolarsError as error:
        have = ", ".join(c for c in frame.columns if not c.startswith("_"))
        raise InputError(
            Problem(where, f"{expression}: {str(error).splitlines()[0]}", f"SQL over {have}", "correct it")
        ) from None


def complete(frame: pl.DataFrame, mapping: Mapping, name: str, company: Company) -> tuple[pl.DataFrame, list[Problem]]:
    """Add `table.column` for every table the source feeds, and `_day`, `_amount`, `_currency`, `_table`.

    Problems name the columns that no field gives.
    """
    frame = frame.sort("file", ROW, maintain_order=True)
    for table, condition in mapping.tables.items():
        where = f"company.yaml, sources.{name}.tables.{table}"
        frame = with_sql(frame, feeds(table), condition or "TRUE", where, pl.Boolean)
        frame = frame.with_columns(pl.col(feeds(table)).fill_null(False))
    frame, problems = _with_basics(frame, mapping, company), list[Problem]()
    for table in mapping.tables:
        if table in _RULES:
            frame = _RULES[table](frame, company)
        columns = [c for c in tables.schema_of(table) if c not in LINEAGE]
        contract = tables.CANONICAL[table].columns()
        for column in columns:
            qualified, own = f"{table}.{column}", column in frame.columns
            if qualified in frame.columns:
                value = pl.col(qualified)
            elif own and not (column == "net_amount" and table == "orders" and "order_lines" in mapping.tables):
                value = pl.col(column)
            elif contract[column].nullable or qualified in DEFAULTS:
                value = pl.lit(None)
            else:
                problems.append(_nothing_gives(name, table, column, frame))
                continue
            value = value.cast(tables.schema_of(table)[column])
            if qualified in DEFAULTS:
                value = value.fill_null(DEFAULTS[qualified])
            frame = frame.with_columns(value.alias(qualified))
    return (frame, problems) if problems else (_with_day_and_amount(frame, mapping, company), [])


def _with_basics(frame: pl.DataFrame, mapping: Mapping, company: Company) -> pl.DataFrame:
    """What follows for any table: instant and day of an order, the currency, customer keys of the source's system."""
    have = set(frame.columns)
    if "ordered_at" in have and "ordered_on" not in have:
        frame = frame.with_columns(pl.col("ordered_at").dt.date().alias("ordered_on"))
    elif "ordered_on" in have and "ordered_at" not in have:
        frame = frame.with_columns(pl.col("ordered_on").cast(pl.Datetime("us")).alias("ordered_at"))
    if "opened_at" in have:
        frame = frame.with_columns(pl.col("opened_at").dt.date().alias("opened_on"))
    currency = pl.col("currency").str.to_uppercase() if "currency" in have else pl.lit(None, pl.String)
    frame = frame.with_columns(currency.fill_null(company.currency).alias("currency"))
    system = mapping.customers
    if "customer_id" in have and system:
        frame = frame.with_columns((pl.lit(f"{system}:") + pl.col("customer_id")).alias("customer_id"))
    return frame


def _order_lines(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """Gross, discount and net from whichever the source gives; the line's key."""
    have = set(frame.columns)
    zero = pl.lit(0, pl.Int64)
    discount = pl.col("discount_amount").fill_null(0) if "discount_amount" in have else None
    net = pl.col("net_amount") if "net_amount" in have else None
    if "gross_amount" in have:
        gross = pl.col("gross_amount")
    elif "unit_price" in have:
        gross = pl.col("unit_price") * pl.col("quantity")
    elif net is not None:
        gross = net + (discount if discount is not None else zero)
    else:
        return frame
    if net is None:
        net = gross - (discount if discount is not None else zero)
    price = pl.col("unit_price") if "unit_price" in have else _ratio(gross, pl.col("quantity"))
    frame = frame.with_columns(
        gross.alias("order_lines.gross_amount"),
        net.alias("order_lines.net_amount"),
        (gross - net).alias("order_lines.discount_amount"),
        net.alias("order_lines.source_net_amount"),
        price.alias("order_lines.unit_price"),
    )
    return frame if "line_id" in have else frame.with_columns(_line_key("order_id", have).alias("line_id"))


def _returns(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """A return's key and value: by its own number and line; one told by an order's row takes the line's key."""
    if "refunded_amount" in frame.columns:
        frame = _refunded(frame, 10 ** (scale_of(company) - company.money_decimals))
    if "returned_quantity" in frame.columns and "returned_amount" not in frame.columns:
        value = _share(pl.col("order_lines.net_amount"), pl.col("returned_quantity"), pl.col("quantity"))
        frame = frame.with_columns(
            value.alias("returns.net_amount"), pl.col("returned_quantity").alias("returns.quantity")
        )
    have = set(frame.columns)
    if feeds("order_lines") in have and "line_id" in have:
        own = pl.when(pl.col(feeds("order_lines"))).then(pl.col("line_id"))
        frame = frame.with_columns(own.alias("returns.line_id"))
    if "return_id" in have and "returns.return_id" not in have:
        return frame.with_columns(_line_key("return_id", have).alias("returns.return_id"))
    if "line_id" in have and "returns.return_id" not in have:
        return frame.with_columns(("return:" + pl.col("line_id")).alias("returns.return_id"))
    return frame


def _refunded(frame: pl.DataFrame, step: int) -> pl.DataFrame:
    """A refund that stands on the whole order, as returned lines.

    Taken from the one line it equals, else from all lines in proportion, in whole units of the company's money
    (`step`); never more than the lines' net.
    """
    net, order = pl.col("order_lines.net_amount").fill_null(0), ("file", "order_id")
    total = net.sum().over(order)
    refund = pl.min_horizontal(pl.col("refunded_amount"), total)
    is_line = (net == refund) & (refund < total)
    first = is_line & (is_line.cast(pl.Int64).cum_sum().over(order) == 1)
    running = net.cum_sum().over(order)
    upto = pl.when(running == total).then(refund).otherwise(_share(refund, running, total) // step * step)
    before = _share(refund, running - net, total) // step * step
    part = pl.when(is_line.any().over(order)).then(pl.when(first).then(refund).otherwise(0)).otherwise(upto - before)
    frame = frame.with_columns(part.fill_null(0).alias("returns.net_amount"))
    back = pl.col("returns.net_amount")
    return frame.with_columns(
        pl.when(back == net).then(pl.col("quantity")).otherwise(0).alias("returns.quantity"),
        (pl.col(feeds("returns")) & (back > 0)).alias(feeds("returns")),
    )


def _share(amount: pl.Expr, part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """amount × part ÷ whole, rounded down in 128 bits: differences of running shares sum to the amount."""
    product = amount.cast(pl.Int128) * part.cast(pl.Int128)
    return pl.when(whole > 0).then((product // whole.cast(pl.Int128)).cast(pl.Int64)).otherwise(0)


def _opportunities(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """A deal without number is known by account, name and day of creation."""
    if "opportunity_id" in frame.columns:
        return frame
    parts = [c for c in ("account_name", "name", "created_on") if c in frame.columns]
    return frame.with_columns(pl.concat_str(parts, separator=" · ", ignore_nulls=True).alias("opportunity_id"))


def _touches(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """A touch counts on the order's day, and where a campaign is named."""
    named = pl.col(feeds("touches")) & pl.col("campaign").is_not_null()
    return frame.with_columns(pl.col("ordered_on").alias("touches.touched_on"), named.alias(feeds("touches")))


_RULES = {"order_lines": _order_lines, "returns": _returns, "opportunities": _opportunities, "touches": _touches}


def _line_key(document: str, have: set[str]) -> pl.Expr:
    """document-line number, or document-product and, from the second such line on, its occurrence in the file."""
    if "line_number" in have:
        return pl.format("{}-{}", pl.col(document), pl.col("line_number"))
    product = pl.col("product_id").fill_null("?") if "product_id" in have else pl.lit("?")
    nth = pl.int_range(1, pl.len() + 1).over("file", document, product)
    again = pl.when(nth > 1).then(pl.format("-{}", nth)).otherwise(pl.lit(""))
    return pl.concat_str(pl.col(document), pl.lit("-"), product, again)


def _ratio(amount: pl.Expr, count: pl.Expr) -> pl.Expr:
    """amount ÷ count rounded half away from zero; null where count is 0."""
    size = (amount.abs() * 2 + count.abs()) // (count.abs() * 2)
    return pl.when(count != 0).then(size * amount.sign() * count.sign())


def _with_day_and_amount(frame: pl.DataFrame, mapping: Mapping, company: Company) -> pl.DataFrame:
    """The row's main table, and by it the day (for as-of and exchange rate) and the amount (for the ledger)."""
    day, amount, main = pl.lit(None, pl.Date), pl.lit(None, pl.Int64), pl.lit(next(iter(mapping.tables)))
    ordered = sorted(mapping.tables, key=lambda t: list(AMOUNT).index(t) if t in AMOUNT else 99)
    for table in reversed(ordered):
        column = DAY.get(table)
        here = f"{table}.{column}" if f"{table}.{column}" in frame.columns else column
        if here in frame.columns:
            day = pl.when(pl.col(feeds(table))).then(pl.col(here)).otherwise(day)
        if table in AMOUNT:
            sign = -1 if table == "returns" else 1
            amount = pl.when(pl.col(feeds(table))).then(sign * pl.col(f"{table}.{AMOUNT[table]}")).otherwise(amount)
        main = pl.when(pl.col(feeds(table))).then(pl.lit(table)).otherwise(main)
    return frame.with_columns(
        day.alias("_day"), amount.alias("_amount"), main.alias("_table"), pl.col("currency").alias("_currency")
    )


def _nothing_gives(name: str, table: str, column: str, frame: pl.DataFrame) -> Problem:
    have = [c for c in frame.columns if not c.startswith("_")]
    return Problem(
        f"company.yaml, sources.{name}",
        f"nothing that gives {table}.{column}{nearest(column, have)}",
        f"a column or a constant for {column}",
        f"add {column} to columns, constants or compute of the source",
    )
