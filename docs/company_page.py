"""docs/company.md: the reference of company.yaml, made from the models, the kinds and the contracts."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, get_args, get_origin

import polars as pl
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from revops import tables
from revops.company import Company, Database, Lookup, Mapping, Melt, Range, Source, Weights
from revops.incentives.games import rules as games
from revops.ingest import kinds
from revops.ingest.derive import HELPERS, LINEAGE, complete
from revops.ingest.guess import BUYER
from revops.planning import HowMuch, QuotaCapacity, QuotaPay, QuotaScenario, QuotaTop, QuotaVacancy

Rows = list[tuple[str, str, str, str]]
HEAD = """\
# company.yaml

Made from the models in `lib/revops/company.py` and `planning.py` and the kinds in `lib/revops/ingest/kinds` by
`make refresh`; tests keep them in step and run the example. `revops check data/acme` tells everything that is wrong
with a company, at once, with the line, what was expected and what to do.

## The smallest company

Two files. One CSV of order lines is enough for all four notebooks; what it does not tell (plans, people, costs, quotas)
is said to be missing where it would stand, never filled in.

```yaml
# data/acme/company.yaml
name: Acme
currency: VND
money_decimals: 0
time_zone: Asia/Ho_Chi_Minh
language: en

sources:
  shop:
    kind: table                 # a file of your own; a known system has a kind of its own, see below
    table: order_lines          # one row per line of an order
    files: raw/orders_*.csv
    columns:                    # field: header in the file
      order_id: Order no
      ordered_on: Date
      product_id: Item
      quantity: Qty
      unit_price: Price
      customer_id: Customer
      region: Province
    constants: {channel: Shop}  # a field that the file does not tell
    formats: {dates: dmy, decimal: "."}
    values:                     # names as exported: names as reports show them
      region: {Hà Nội: North, Cần Thơ: South}
```

```csv
# data/acme/raw/orders_2026.csv
Order no,Date,Item,Qty,Price,Customer,Province
1001,30/10/2026,fan-40,2,450000,C17,Hà Nội
1001,30/10/2026,kettle,1,1290000,C17,Hà Nội
1002,31/10/2026,rice-1.8,1,890000,,Cần Thơ
```

(The first line of each block is the file's path, no part of the file.) A source of `order_lines` that also gives
`ordered_on` or `ordered_at` makes the orders themselves too, and then takes their fields: `channel`, `region`,
`customer_id`, `person_id` and so on.

"""
DATABASE = """\
## A database as a source

A query can stand in the place of `files`, with any kind; the names of its columns are the headers.

```yaml
sources:
  shop:
    kind: table
    table: order_lines
    columns:
      {order_id: order_no, ordered_at: sold_at, product_id: item, quantity: qty, unit_price: price, channel: shop}
    database:
      driver: postgresql          # or sqlite, duckdb: then uri is a file
      uri: ${ACME_DB_URI}         # postgresql://reader:password@db.example/sales, set in the environment
      query: |
        SELECT order_no, sold_at, item, qty, price, shop
        FROM sales
        WHERE sold_at >= '2024-01-01'
        ORDER BY order_no, item
```

- Passwords are never in this file, in a message or in anything that a run leaves. A variable that is a part of the
  address, as in `postgresql://reader:${ACME_DB_PASSWORD}@db.example/sales`, may hold any sign.
- The query is one `SELECT` or `WITH`, the session only reads, and a query of DuckDB reaches no other file. It ends in
  an `ORDER BY` that leaves no choice, such as the key: row 17 of a message is row 17 of the query, and an unchanged
  answer is recognised as unchanged.
- A run asks each query once, for all notebooks and languages; rows come in chunks and lie as text in the build's folder
  `spool`. Numbers are exact, instants are in UTC; a type without one exact text, such as `money` or bytes, is refused
  with what to cast it to.
- A query has no day of receipt: where a kind takes it from the file's name, the query gives it as a column.
- `pip install 'revops-workspace[database]'` brings the drivers of PostgreSQL and DuckDB; SQLite needs none.

"""
KEYS = """\
## Keys

An unknown key is an error that names the nearest known one. Keys without a default must be given.
"""
KINDS = """
## Kinds

What a source's `kind` can be. A kind knows the headers of one system's export: the file must have all *needed* columns
(`/`: any one of these headers) and may have the others. Whatever a source says itself goes before what its kind knows,
key by key, so a renamed column costs one line. Kind `table` knows nothing: it needs `table` and `columns`.

| kind | feeds | needed columns | further columns |
|---|---|---|---|
"""
TABLES = """
## Fields of each table

What a source of kind `table` can give: the fields of the canonical table (their meaning and units are in the
[data dictionary](data-dictionary.md)). A field comes from `columns`, `constants`,
`compute` or `ranges`. Any source of money may give `currency`; the company's stands in otherwise.

| table | must be given | may be given |
|---|---|---|
"""
LINES = """one of `net_amount`, `gross_amount`, `unit_price` (`line_id`, `line_number` or `product_id` make the line's
key; without them an order's lines are counted), and the order's `ordered_on` or `ordered_at` with `channel`, unless
another source gives the orders"""
WHOLE = """
## Fields of a whole order

An export may repeat on each line what belongs to the whole order, or say it once. These fields feed no column of their
own; they decide what the lines, returns and invoices are.

| field | meaning |
|---|---|
"""
MORE = {
    "order_lines": LINES,
    "orders": "`ordered_on` or `ordered_at`",
    "returns": "`return_id` or `line_id`, `net_amount`, `quantity`",
    "opportunities": "`opportunity_id`, or `account_name` with `name` and `created_on`",
    "fx_rates": "`currency`",
}
EXTRA = {
    "order_lines": ["line_number", "region", "customer_id", "account_id", "person_id", "is_cancelled", *BUYER],
    "orders": BUYER,
    "returns": ["line_number"],
}
CHOICE = {
    "order_lines": {"line_id", "net_amount", "gross_amount", "unit_price", "discount_amount", "source_net_amount"},
    "orders": {"ordered_on", "ordered_at"},
    "returns": {"return_id", "net_amount", "quantity"},
    "opportunities": {"opportunity_id"},
    "fx_rates": {"currency"},
    "touches": {"touch_id", "touched_on", "is_direct"},
}
MADE = {"order_lines": {"source_net_amount"}, "subscriptions": {"source_mrr"}}
NOT_GIVEN = {"customers"}  # made from orders: their buyers
TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "empty",
         Decimal: "number", date: "day"}  # fmt: skip


def company_page() -> str:
    """The page as Markdown."""
    parts = [HEAD, DATABASE, KEYS]
    for where, meaning, rows in sections():
        parts.append(f"\n### {where}\n\n{meaning}\n\n| key | type | default | meaning |\n|---|---|---|---|\n")
        parts += [_line(row) for row in rows]
    parts += [KINDS, *(_line(row) for row in _kinds()), TABLES, *(_line(row) for row in _tables())]
    parts += [WHOLE, *(_line((f"`{field}`", meaning)) for field, meaning in HELPERS.items())]
    return "".join(parts)


def sections() -> Iterator[tuple[str, str, Rows]]:
    """Heading, meaning and rows (key, type, default, meaning) of every section of company.yaml."""
    inner = {name: getattr(Company(name="-", currency="VND", money_decimals=0), name) for name in Company.model_fields}
    yield "company.yaml", "The whole of the file.", rows_of(Company)
    yield "sources.&lt;name&gt;", meaning_of(Source), rows_of(Source, [*_own(Source), *_own(Mapping)])
    yield "sources.&lt;name&gt;.database", meaning_of(Database), rows_of(Database)
    yield "sources.&lt;name&gt;.lookups", meaning_of(Lookup), rows_of(Lookup)
    yield "sources.&lt;name&gt;.ranges", meaning_of(Range), rows_of(Range)
    yield "sources.&lt;name&gt;.melt", meaning_of(Melt), rows_of(Melt)
    for name, value in inner.items():
        if isinstance(value, BaseModel):
            yield name, meaning_of(value), rows_of(type(value))
    for name, part in (("scenarios", QuotaScenario), ("scenarios.how_much", HowMuch), ("tops", QuotaTop),
                       ("vacancies", QuotaVacancy), ("pay", QuotaPay), ("capacity", QuotaCapacity)):  # fmt: skip
        yield f"quota.{name}", meaning_of(part), rows_of(part)
    yield "hygiene.weights", meaning_of(Weights), rows_of(Weights)
    yield (
        "games.yaml",
        "The rules of points, badges, contests and flags: the file that incentives.games names.",
        rows_of(games.Games),
    )
    for name, model in (("league", games.Ranked), ("points", games.Points), ("points.rules", games.PointRule),
                        ("levels", games.Level), ("badges", games.Badge), ("contests", games.Contest),
                        ("contests.pot", games.Pot), ("privacy", games.Privacy), ("watch", games.Watch)):  # fmt: skip
        yield f"games.yaml, {name}", meaning_of(model), rows_of(model)


def _own(model: type[BaseModel]) -> list[str]:
    return [name for name in model.model_fields if name in model.__annotations__]


def rows_of(model: type[BaseModel], names: list[str] | None = None) -> Rows:
    """One row per key: name, type, default, meaning."""
    fields = model.model_fields
    shown = [(name, fields[name]) for name in names or fields]
    return [(f"`{one.alias or name}`", _type(one.annotation), _default(one), _of(one)) for name, one in shown]


def _of(field: FieldInfo) -> str:
    models = [one for one in (field.annotation, *get_args(field.annotation)) if _is_model(one)]
    return field.description or (meaning_of(models[0]) if models else "")


def meaning_of(model: Any) -> str:
    """What a section is, in the words of its model."""
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _type(annotation: Any) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(args[0])
    if origin is list:
        return f"list of {_type(args[0])}"
    if origin is dict:
        return f"{_type(args[0])}: {_type(args[1])}"
    if origin is tuple:
        return "two numbers" if float in args else "numbers" if set(args) == {int} else "pairs"
    if origin is not None and all(isinstance(arg, str) for arg in args):
        return ", ".join(args)
    if args:
        return " or ".join(_type(arg) for arg in args if arg is not type(None))
    return "section" if _is_model(annotation) else TYPES.get(annotation, getattr(annotation, "__name__", ""))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    first = value[0] if isinstance(value, list) and value else value
    if value is None or value in ("", [], {}) or isinstance(first, BaseModel):
        return ""
    return f"`{list(value) if isinstance(value, tuple) else value}`"


def _kinds() -> Iterator[tuple[str, ...]]:
    for name, mapping in kinds.known().items():
        if name == kinds.PLAIN:
            yield f"`{name}`", "what `table` says", "those of `columns`; a field ending in `?` may lack its column", ""
            continue
        needed = [_headers(wanted) for field, wanted in mapping.columns.items() if not field.endswith("?")]
        further = [_headers(wanted) for field, wanted in mapping.columns.items() if field.endswith("?")]
        if mapping.melt:
            like = [f"columns like `{like}`" for like in mapping.melt.like().values()]
            (further if mapping.melt.keeps_row else needed).extend(like)
        feeds = ", ".join(mapping.tables)
        yield f"`{name}`", feeds, ", ".join(dict.fromkeys(needed)), ", ".join(dict.fromkeys(further))


def _headers(wanted: str | list[str]) -> str:
    return " / ".join([wanted] if isinstance(wanted, str) else wanted)


def _tables() -> Iterator[tuple[str, ...]]:
    for table in tables.CANONICAL:
        if table in NOT_GIVEN:
            continue
        must, may = required(table), [*fields_of(table), *EXTRA.get(table, [])]
        told = [", ".join(f"`{field}`" for field in must), *([MORE[table]] if table in MORE else [])]
        rest = [f"`{field}`" for field in dict.fromkeys(may) if field not in must and MORE.get(table) != f"`{field}`"]
        yield table, "; ".join(told), ", ".join(rest)


def fields_of(table: str) -> list[str]:
    """The canonical table's columns that a source can give."""
    return [c for c in tables.schema_of(table) if c not in (*LINEAGE, *MADE.get(table, ()))]


def required(table: str) -> list[str]:
    """The fields without any of which `ingest` refuses a source of the table."""
    return [f for f in fields_of(table) if f not in CHOICE.get(table, ()) and _refused(table, f)]


def _refused(table: str, field: str) -> bool:
    given = {name: dtype for name, dtype in tables.schema_of(table).items() if name not in (*LINEAGE, field)}
    frame = pl.DataFrame(schema={**given, "file": pl.String, "row": pl.Int64})
    company = Company(name="-", currency="VND", money_decimals=0)
    try:
        return bool(complete(frame, Mapping(tables={table: ""}), "source", company)[1])
    except pl.exceptions.ColumnNotFoundError:
        return True


def _line(cells: tuple[str, ...]) -> str:
    shown = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(shown)} |\n"
