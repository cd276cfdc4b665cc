"""From fields to the columns of each canonical table a row feeds, by rules that hold for every source.

Columns get the name `table.column`; a row feeds a table where the mapping's condition holds. Amounts stay in the
source's currency here, 10 ** -fields.scale_of(company).
"""

from collections.abc import Collection

import polars as pl

from revops import tables
from revops.company import Company, Mapping
from revops.ingest import crm
from revops.ingest.fields import CURRENCIES, KINDS_OF_NUMBER, MARK, TOLD, kind_of, reject, scale_of
from revops.ingest.text import SIGNS
from revops.problems import InputError, Problem, nearest

LINEAGE = ("source", "file", "row")
DAY = {
    "orders": "ordered_on", "order_lines": "ordered_on", "returns": "returned_on", "invoices": "issued_on",
    "payments": "paid_on", "leads": "created_on", "opportunities": "snapshot_on",
    "opportunity_stage_history": "entered_on", "subscriptions": "start_on", "tickets": "opened_on",
    "ad_spend": "spent_on", "sessions": "day_on", "touches": "touched_on", "costs": "month_on",
    "fx_rates": "start_on", "history": "start_on", "contacts": "created_on", "activities": "created_on",
    "budget_actuals": "month_on",
}  # fmt: skip
AMOUNT = {
    "order_lines": "net_amount", "orders": "net_amount", "returns": "net_amount", "invoices": "net_amount",
    "payments": "payment_amount", "opportunities": "amount", "subscriptions": "mrr", "ad_spend": "spend_amount",
    "costs": "cost_amount", "quotas": "quota_amount", "budgets": "budget_amount", "history": "net_amount",
    "budget_actuals": "actual_amount", "accounts": "potential_amount",
}  # fmt: skip
LATER = {
    "leads": {"converted_on": ["converted_on", "opportunity_id"]},
    "opportunity_stage_history": {"left_on": ["left_on"]},
    "tickets": {"closed_at": ["closed_at", "satisfaction", "reopens"], "first_reply_at": ["first_reply_at"]},
    "activities": {"done_on": ["done_on"]},
}
_ON_ORDERS = {"order_discount_amount", "order_subtotal_amount", "order_tax_amount"}
_OWN_FLAGS = {"returns", "touches"}
_DIRECT = r"(?i)^\(?(direct|trực tiếp)\b"
DEFAULTS = {
    "orders.is_cancelled": False,
    "invoices.is_cancelled": False,
    "opportunities.is_closed": False,
    "opportunities.is_won": False,
    "quotas.measure": "revenue",
    "touches.is_direct": False,
}

HELPERS = {
    "order_discount_amount": "discount on the whole order, on each of its lines or on the first: taken off them once",
    "order_subtotal_amount": "what the order's lines sum to after such a discount",
    "order_total_amount": "what its lines sum to: tells a line that came twice from two equal lines",
    "order_tax_amount": "VAT of the order; it is in `refunded_amount` by its share",
    "is_tax_included": "the lines' prices have `order_tax_amount` in them: it is taken out",
    "is_line_cancelled": "the line is cancelled; the order is where all its lines are, else the line is left out",
    "refunded_amount": "paid back on the whole order: returned from the line it equals, else from all in proportion",
    "returned_quantity": "units of the line that came back, at its own net",
    "line_net_amount": "net of an invoice's line (`line_tax_amount`, `line_total_amount` likewise): lines are summed",
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
    return crm.stood_in(frame, mapping)


def with_sql(
    frame: pl.DataFrame, field: str, expression: str, where: str, dtype: type[pl.DataType] | None = None
) -> pl.DataFrame:
    """The frame with a column from an SQL expression over fields; an expression that fails is an InputError."""
    try:
        value = pl.sql_expr(expression)
        return frame.with_columns((value.cast(dtype) if dtype else value).alias(field))
    except pl.exceptions.PolarsError as error:
        have = ", ".join(c for c in frame.columns if not c.startswith("_"))
        said = str(error).splitlines()[0].partition("; valid columns")[0]
        raise InputError(Problem(where, f"{expression}: {said}", f"SQL over {have}", "correct it")) from None


def judged(frame: pl.DataFrame, mapping: Mapping, name: str) -> pl.DataFrame:
    """Rows that the mapping itself calls deleted or the like."""
    for reason, condition in mapping.reject.items():
        where = f"company.yaml, sources.{name}.reject.{reason}"
        frame = with_sql(frame, "_rejected", condition, where, pl.Boolean)
        frame = reject(frame, pl.col("_rejected"), "quarantined", reason).drop("_rejected")
    return frame


def complete(frame: pl.DataFrame, mapping: Mapping, name: str, company: Company) -> tuple[pl.DataFrame, list[Problem]]:
    """Add what tables need beyond the fields: which table a row feeds, amounts and keys that follow from others.

    Problems name the columns that no field gives; `given` tells what gives a column.
    """
    for table, condition in mapping.tables.items():
        where = f"company.yaml, sources.{name}.tables.{table}"
        frame = with_sql(frame, feeds(table), condition or "TRUE", where, pl.Boolean)
        frame = frame.with_columns(pl.col(feeds(table)).fill_null(False))
    frame, problems = _in_one_currency(_with_basics(frame, mapping, company), mapping), list[Problem]()
    for table in mapping.tables:
        frame = _RULES[table](frame, company) if table in _RULES else frame
        problems += [
            _nothing_gives(name, table, column, frame)
            for column in tables.schema_of(table)
            if column not in LINEAGE and given(table, column, frame.columns, mapping) is None
        ]
        stages = [c for c in (f"{table}.stage", "stage") if c in frame.columns and "stage" in tables.schema_of(table)]
        frame = crm.in_funnel(frame, stages[0], company.funnel) if stages else frame
    states = [pl.col(feeds(table)) for table in mapping.tables if "snapshot_on" in tables.key_of(table)]
    return crm.without_absorbed(frame, mapping, pl.any_horizontal([pl.lit(False), *states])), problems


def afterwards(fields: Collection[str], mapping: Mapping, currency: str) -> dict[str, pl.Expr]:
    """What follows from the fields of one row alone, and so need not be kept with it: column → expression, in order."""
    made = {} if "currency" in fields else {"currency": pl.lit(currency)}
    if "ordered_at" in fields and "ordered_on" not in fields:
        made["ordered_on"] = pl.col("ordered_at").dt.date()
    if (
        "order_lines" in mapping.tables
        and not _ON_ORDERS & set(fields)
        and {"unit_price", "gross_amount"} & set(fields)
    ):
        made |= {f"order_lines.{name}": value for name, value in _line_amounts(fields).items() if name not in fields}
    if "order_lines" in mapping.tables and "line_number" in fields and "line_id" not in fields:
        made["line_id"] = pl.format("{}-{}", pl.col("order_id"), pl.col("line_number"))
    return made | {feeds(table): pl.lit(True) for table in mapping.tables if _always_feeds(table, mapping)}


def _always_feeds(table: str, mapping: Mapping) -> bool:
    """Whether every row feeds the table."""
    return not mapping.tables[table] and table not in _OWN_FLAGS


def _fed(table: str, value: pl.Expr, otherwise: pl.Expr, mapping: Mapping) -> pl.Expr:
    """The value where a row feeds the table."""
    return value if _always_feeds(table, mapping) else pl.when(feeds(table)).then(value).otherwise(otherwise)


def given(table: str, column: str, have: Collection[str], mapping: Mapping) -> pl.Expr | None:
    """What gives a table's column among the columns that a source's rows have; null where nothing does."""
    qualified, dtype = f"{table}.{column}", tables.schema_of(table)[column]
    own = column in have and not (qualified == "orders.net_amount" and "order_lines" in mapping.tables)
    if qualified == "order_lines.source_net_amount":
        return given(table, "net_amount", have, mapping)
    if qualified == "subscriptions.source_mrr":
        return given(table, "mrr", have, mapping)
    if qualified == "order_lines.discount_amount":
        gross, net = given(table, "gross_amount", have, mapping), given(table, "net_amount", have, mapping)
        return None if gross is None or net is None else gross - net
    if qualified in have or own:
        value = pl.col(qualified if qualified in have else column).cast(dtype)
    elif tables.may_be_null(table, column) or qualified in DEFAULTS:
        value = pl.lit(None, dtype)
    else:
        return None
    return value.fill_null(DEFAULTS[qualified]) if qualified in DEFAULTS else value


def main_columns(have: Collection[str], mapping: Mapping) -> list[pl.Expr]:
    """The row's main table, and by it the day (for as-of and exchange rate) and the amount (for the ledger)."""
    day: pl.Expr = pl.lit(None, pl.Date)
    amount: pl.Expr = pl.lit(None, pl.Int64)
    main: pl.Expr = pl.lit(next(iter(mapping.tables)))
    ordered = sorted(mapping.tables, key=lambda t: list(AMOUNT).index(t) if t in AMOUNT else 99)
    for table in reversed(ordered):
        columns = [c for c in (f"{table}.{DAY.get(table)}", DAY.get(table)) if c in have]
        if columns:
            day = _fed(table, pl.col(str(columns[0])).cast(pl.Date), day, mapping)
        if table in AMOUNT:
            value = given(table, AMOUNT[table], have, mapping)
            signed = (-1 if table == "returns" else 1) * value  # type: ignore[operator]
            amount = _fed(table, signed, amount, mapping)  # type: ignore[arg-type]
        main = _fed(table, pl.lit(table), main, mapping)
    return [day.alias("_day"), amount.alias("_amount"), main.alias("_table"), pl.col("currency").alias("_currency")]


def _with_basics(frame: pl.DataFrame, mapping: Mapping, company: Company) -> pl.DataFrame:
    """What follows for any table: instant and day of an order, the currency, customer keys of the source's system."""
    have = set(frame.columns)
    if "ordered_at" in have and "ordered_on" not in have:
        frame = frame.with_columns(pl.col("ordered_at").dt.date().alias("ordered_on"))
    elif "ordered_on" in have and "ordered_at" not in have:
        frame = frame.with_columns(pl.col("ordered_on").cast(pl.Datetime("us")).alias("ordered_at"))
    for instant, day in (("opened_at", "opened_on"), ("entered_at", "entered_on")):
        if instant in have:
            frame = frame.with_columns(pl.col(instant).dt.date().alias(day))
    if "month_on" in have:
        frame = frame.with_columns(pl.col("month_on").dt.truncate("1mo"))
    currency = pl.col("currency").str.to_uppercase() if "currency" in have else pl.lit(None, pl.String)
    frame = frame.with_columns(currency.fill_null(company.currency).alias("currency"))
    system = mapping.customers
    if "customer_id" in have and system:
        frame = frame.with_columns((pl.lit(f"{system}:") + pl.col("customer_id")).alias("customer_id"))
    return frame


def _in_one_currency(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """A row with an amount that bears the sign of another currency than the row's waits, and has no amounts."""
    if CURRENCIES not in frame.columns or frame[CURRENCIES].null_count() == frame.height:
        return frame.drop(CURRENCIES, strict=False)
    cells = frame.select("file", "row", "currency", CURRENCIES).with_row_index("_at").drop_nulls(CURRENCIES)
    cells = cells.explode(CURRENCIES).unnest(CURRENCIES)
    meant = pl.col("sign").replace_strict(SIGNS, return_dtype=pl.String)
    other = cells.filter(~meant.str.contains(pl.col("currency"), literal=True)).unique("_at", keep="first")
    told = (
        frame.drop(CURRENCIES)
        .with_row_index("_at")
        .join(other.select("_at", "field", "cell"), on="_at", how="left", maintain_order="left")
    )
    for field in other["field"].unique().sort():
        told = reject(told, pl.col("field") == field, "quarantined", "other_currency", field, pl.col("cell"))
    money = [c for c in frame.columns if kind_of(c, mapping) in ("money", "metric") and c != CURRENCIES]
    return told.with_columns(pl.when(pl.col("field").is_null()).then(c).alias(c) for c in money).drop(
        "_at", "field", "cell"
    )


def _orders(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """Where each line says whether it is cancelled, an order is cancelled when all its lines are.

    A cancelled line of an order that stands is left out.
    """
    if "is_line_cancelled" not in frame.columns:
        return frame
    line = pl.col("is_line_cancelled").fill_null(False)
    whole = line.all().over("file", "order_id")
    frame = reject(frame, line & ~whole, "left_out", "line_cancelled")
    return frame.with_columns(whole.alias("is_cancelled"))


def _order_lines(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """Gross, discount and net from whichever the source gives; the line's key."""
    have = set(frame.columns)
    made = _line_amounts(have)
    if not made:
        return frame
    if {"order_discount_amount", "order_subtotal_amount"} & have:
        net = made["net_amount"].alias("order_lines.net_amount")
        frame = _off_the_order(frame.with_columns(net), company)
        made["net_amount"] = pl.col("order_lines.net_amount")
    if {"is_tax_included", "order_tax_amount"} <= have:
        net = made["net_amount"].alias("order_lines.net_amount")
        frame = _without_tax(frame.with_columns(net), made["gross_amount"], _step(company))
        made["gross_amount"] = pl.col("order_lines.gross_amount")
    frame = frame.with_columns(
        value.alias(f"order_lines.{name}")
        for name, value in made.items()
        if name not in have and f"order_lines.{name}" not in frame.columns
    )
    return frame if "line_id" in have else frame.with_columns(_line_key("order_id", frame).alias("line_id"))


def _line_amounts(have: Collection[str]) -> dict[str, pl.Expr]:
    """Gross, net and price of a line from whichever its row gives; nothing where it gives none of them."""
    discount = pl.col("discount_amount").fill_null(0) if "discount_amount" in have else pl.lit(0, pl.Int64)
    if "gross_amount" in have:
        gross = pl.col("gross_amount")
    elif "unit_price" in have:
        gross = pl.col("unit_price") * pl.col("quantity")
    elif "net_amount" in have:
        gross = pl.col("net_amount") + discount
    else:
        return {}
    net = pl.col("net_amount") if "net_amount" in have else gross - discount
    return {"gross_amount": gross, "net_amount": net, "unit_price": _ratio(gross, pl.col("quantity"))}


def _off_the_order(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """The lines' net less a discount on the whole order, taken off them in proportion, in whole units of money.

    `order_discount_amount` stands on every line or on the first only; an order whose lines name different ones waits.
    `order_subtotal_amount` is what the lines sum to after it.
    """
    net, order, off = pl.col("order_lines.net_amount"), ("file", "order_id"), pl.col("order_discount_amount")
    weight = net.fill_null(0).clip(0)
    total = weight.sum().over(order)
    if "order_discount_amount" in frame.columns:
        differs = off.min().over(order) != off.max().over(order)
        found = _written(off, scale_of(company))
        frame = reject(frame, differs, "quarantined", "order_amount_differs", "order_discount_amount", found)
        off = off.max().over(order)
    else:
        off = total - pl.col("order_subtotal_amount").max().over(order)
    frame = frame.with_columns(off.fill_null(0).clip(0, total).alias("_off"))
    if frame["_off"].max():
        frame = frame.with_columns(net - _part(pl.col("_off"), weight, order, _step(company)))
    return frame.drop("_off")


def _without_tax(frame: pl.DataFrame, gross: pl.Expr, step: int) -> pl.DataFrame:
    """Gross and net of an order's lines without the VAT in their prices, `order_tax_amount` if `is_tax_included`."""
    net, order = pl.col("order_lines.net_amount"), ("file", "order_id")
    weight = net.fill_null(0).clip(0)
    tax = pl.when(pl.col("is_tax_included")).then(pl.col("order_tax_amount")).max().over(order).fill_null(0)
    kept = net - _part(tax.clip(0, weight.sum().over(order)), weight, order, step)
    bare = pl.when(net > 0).then(_share(gross, kept, net)).otherwise(gross)
    return frame.with_columns(bare.alias("order_lines.gross_amount"), kept.alias("order_lines.net_amount"))


def _part(amount: pl.Expr, weight: pl.Expr, group: tuple[str, ...], step: int) -> pl.Expr:
    """Each row's part of its group's amount by weight (≥ 0): the parts sum to it, none is above its weight.

    The amount is at most the weights' sum. Parts are in whole steps where amount and weights are.
    """
    running, total = weight.cum_sum().over(group), weight.sum().over(group)
    fine = ((weight % step != 0) | (amount % step != 0)).any().over(group)
    unit = pl.when(fine).then(1).otherwise(step)

    def upto(reached: pl.Expr) -> pl.Expr:
        return pl.when(reached == total).then(amount).otherwise(_share(amount, reached, total) // unit * unit)

    return pl.when(weight > 0).then(upto(running) - upto(running - weight)).otherwise(0)


def _written(amount: pl.Expr, scale: int) -> pl.Expr:
    """An amount ≥ 0 as people write it: 125000 at scale 4 is '12.5'."""
    decimals = (amount % 10**scale).cast(pl.String).str.zfill(scale)
    return pl.format("{}.{}", amount // 10**scale, decimals).str.strip_chars_end("0").str.strip_chars_end(".")


def _step(company: Company) -> int:
    """A whole unit of the company's money in the scale of source amounts."""
    return int(10 ** (scale_of(company) - company.money_decimals))


def _returns(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """A return's key and value: by its own number and line; one told by an order's row takes the line's key and net."""
    if "refunded_amount" in frame.columns:
        frame = _refunded(frame, _step(company))
    if "returned_quantity" in frame.columns and "returned_amount" not in frame.columns:
        value = _share(_line_net(frame), pl.col("returned_quantity"), pl.col("quantity"))
        frame = frame.with_columns(
            value.alias("returns.net_amount"), pl.col("returned_quantity").alias("returns.quantity")
        )
    have = set(frame.columns)
    if feeds("order_lines") in have and not {"returned_amount", "returns.net_amount"} & have:
        frame = frame.with_columns(_line_net(frame).alias("returns.net_amount"))
    if feeds("order_lines") in have and "line_id" in have:
        own = pl.when(pl.col(feeds("order_lines"))).then(pl.col("line_id"))
        frame = frame.with_columns(own.alias("returns.line_id"))
    if "return_id" in have and "returns.return_id" not in have:
        return frame.with_columns(_line_key("return_id", frame).alias("returns.return_id"))
    if "line_id" in have and "returns.return_id" not in have:
        return frame.with_columns(("return:" + pl.col("line_id")).alias("returns.return_id"))
    return frame


def _refunded(frame: pl.DataFrame, step: int) -> pl.DataFrame:
    """A refund that stands on the whole order, as returned lines.

    Taken from the one line it equals, else from all lines in proportion, in whole units of the company's money
    (`step`); never more than the lines' net. The order's VAT (`order_tax_amount`) is in the refund by its share, so it
    equals a line where it is within one step of it.
    """
    net, order = _line_net(frame).fill_null(0), ("file", "order_id")
    total, refund, near = net.sum().over(order), pl.col("refunded_amount"), pl.lit(0)
    if "order_tax_amount" in frame.columns:
        tax = pl.col("order_tax_amount").max().over(order).fill_null(0)
        near = pl.when(tax > 0).then(step).otherwise(0)
        refund = refund - (_share(refund, tax, total + tax) * 2 + step) // (2 * step) * step
    refund = pl.min_horizontal(refund, total)
    is_line = (refund > 0) & ((net - refund).abs() <= near) & (refund < total)
    first = is_line & (is_line.cast(pl.Int64).cum_sum().over(order) == 1)
    spread = _part(refund, net, order, step)
    part = pl.when(is_line.any().over(order)).then(pl.when(first).then(net).otherwise(0)).otherwise(spread)
    frame = frame.with_columns(part.fill_null(0).alias("returns.net_amount"))
    back = pl.col("returns.net_amount")
    return frame.with_columns(
        pl.when(back == net).then(pl.col("quantity")).otherwise(0).alias("returns.quantity"),
        (pl.col(feeds("returns")) & (back > 0)).alias(feeds("returns")),
    )


def _line_net(frame: pl.DataFrame) -> pl.Expr:
    return pl.col("order_lines.net_amount" if "order_lines.net_amount" in frame.columns else "net_amount")


def _share(amount: pl.Expr, part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """amount × part ÷ whole, rounded down in 128 bits: differences of running shares sum to the amount."""
    product = amount.cast(pl.Int128) * part.cast(pl.Int128)
    return pl.when(whole > 0).then((product // whole.cast(pl.Int128)).cast(pl.Int64)).otherwise(0)


def _opportunities(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """Probabilities as shares, the day of closing."""
    return crm.closings(crm.shares(frame), company.funnel)


def _tickets(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """A score that is not 1 to 5 is of another scale and waits."""
    if "satisfaction" not in frame.columns:
        return frame
    score = pl.col("satisfaction")
    return reject(frame, ~score.is_between(1, 5), "quarantined", "other_scale", "satisfaction", score)


def _stage_history(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """Visits with an end, where the source tells only when they began."""
    return crm.visits(frame, pl.col(feeds("opportunity_stage_history")))


def _touches(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """A visit with its key and day. An order that names a campaign is a visit of its own, at the order's instant."""
    if "visitor_id" not in frame.columns:
        named = pl.col(feeds("touches")) & pl.col("campaign").is_not_null()
        own = {"visitor_id": "order_id", "touch_id": "order_id", "touched_at": "ordered_at"}
        frame = frame.with_columns(
            *(pl.col(field).alias(f"touches.{name}") for name, field in own.items()), named.alias(feeds("touches"))
        )
        return frame.with_columns(pl.col("ordered_on").alias("touches.touched_on"))
    blank = pl.lit(None, pl.String)
    platform, campaign = (pl.col(c) if c in frame.columns else blank for c in ("platform", "campaign"))
    told = ("visitor_id", pl.col("touched_at").dt.strftime("%Y-%m-%d %H:%M:%S"), platform, campaign)
    made = {
        "touched_on": pl.col("touched_at").dt.date(),
        "touch_id": pl.concat_str(*told, separator=" · ", ignore_nulls=True),
        "is_direct": platform.str.contains(_DIRECT).fill_null(campaign.is_null()),
    }
    return frame.with_columns(value.alias(name) for name, value in made.items() if name not in frame.columns)


def _invoices(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """Lines of an invoice are one row: the first takes the sums, the others are merged into it.

    Lines give `line_net_amount` and, where known, `line_tax_amount` and `line_total_amount`. An invoice of which a line
    waits, waits whole.
    """
    if "line_net_amount" not in frame.columns:
        return frame
    invoice, number = ("file", "invoice_id"), pl.col("invoice_id")
    waits = pl.col(TOLD).str.starts_with(f"quarantined{MARK}").any().over(invoice)
    frame = reject(frame, waits, "quarantined", "line_not_kept", "invoice_id", number)
    good = pl.col(TOLD).is_null() & pl.col(feeds("invoices"))
    frame = frame.with_columns((pl.int_range(pl.len()).over(*invoice, good) == 0).alias("_is_first"))
    for column in ("net_amount", "tax_amount", "total_amount"):
        line = pl.col(f"line_{column}")
        if f"line_{column}" in frame.columns:
            whole = pl.when(line.count().over(*invoice, good) > 0).then(line.sum().over(*invoice, good))
            own = pl.when(good).then(pl.when(pl.col("_is_first")).then(whole).otherwise(0)).otherwise(line)
            frame = frame.with_columns(own.alias(column))
    frame = reject(frame, good & ~pl.col("_is_first"), "merged", "line_of_invoice", "invoice_id", number)
    return frame.drop("_is_first")


_RULES = {
    "orders": _orders, "order_lines": _order_lines, "returns": _returns, "invoices": _invoices,
    "opportunities": _opportunities, "opportunity_stage_history": _stage_history, "tickets": _tickets,
    "touches": _touches,
}  # fmt: skip


def _line_key(document: str, frame: pl.DataFrame) -> pl.Expr:
    """document-line number, or document-product and, from the second such line on, its occurrence in the file."""
    if "line_number" in frame.columns:
        return pl.format("{}-{}", pl.col(document), pl.col("line_number"))
    product = pl.col("product_id").fill_null("?") if "product_id" in frame.columns else pl.lit("?")
    key = pl.concat_str(pl.col(document), pl.lit("-"), product)
    if not frame.select(pl.struct(pl.col("file"), key).is_duplicated().any()).item():
        return key
    nth = pl.int_range(1, pl.len() + 1).over("file", document, product)
    return pl.concat_str(key, pl.when(nth > 1).then(pl.format("-{}", nth)).otherwise(pl.lit("")))


def _ratio(amount: pl.Expr, count: pl.Expr) -> pl.Expr:
    """amount ÷ count rounded half away from zero; null where count is 0."""
    size = (amount.abs() * 2 + count.abs()) // (count.abs() * 2)
    return pl.when(count != 0).then(size * amount.sign() * count.sign())


def _nothing_gives(name: str, table: str, column: str, frame: pl.DataFrame) -> Problem:
    have = [c for c in frame.columns if not c.startswith("_")]
    return Problem(
        f"company.yaml, sources.{name}",
        f"nothing that gives {table}.{column}{nearest(column, have)}",
        f"a column or a constant for {column}",
        f"add {column} to columns, constants or compute of the source",
    )
