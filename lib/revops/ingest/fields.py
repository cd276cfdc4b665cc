"""Columns become fields: text by header, then numbers, days and flags by the convention of their column.

What a field is, its name tells (`*_on` a day, `*_at` an instant, `is_*` a flag, `*_amount` money …), as in the
canonical tables. Amounts are whole counts of 10 ** -scale of the source's currency until they are converted.
"""

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from revops import tables
from revops.company import Company, Mapping, Melt
from revops.ingest import quick
from revops.ingest.files import RawFile
from revops.ingest.reader import EXTRA, ROW, RawTable
from revops.ingest.text import (
    SIGNS,
    ZERO_DECIMAL,
    currency_sign,
    day_order,
    decimal_mark,
    fold,
    identifier,
    matches,
    number_text,
    phone,
    plain_number,
    rounded,
    salesforce_id,
    scaled,
    telling_days,
)
from revops.months import lacks_year, month_of
from revops.problems import Problem

PRICES = {"unit_price", "list_price", "unit_cost"}
RATES = {"share", "rate", "probability", "score"}
COUNTS = {
    "quantity", "impressions", "clicks", "conversions", "sessions", "purchases", "satisfaction", "orders", "reopens",
    "line_number",
}  # fmt: skip
KINDS_OF_NUMBER = ("money", "count", "rate", "real", "metric")
RECEIVED = "$received_on"
STOOD_IN = "$stand_in"
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
MELTED = "_melted:"
DOCUMENTS = {"orders", "order_lines", "returns", "invoices"}
CURRENCIES = "_currencies"
FATE, REASON, FIELD, FOUND = "_fate", "_reason", "_field", "_found"
TOLD, MARK = "_told", "\x1f"  # these four in one text, null of a row without a fate; what stands between them


def scale_of(company: Company) -> int:
    """Decimals that amounts of any source are read with: at least four."""
    return max(4, company.money_decimals)


def kind_of(field: str, mapping: Mapping | None = None) -> str:
    """What a field holds, by its name.

    >>> kind_of("orders.net_amount"), kind_of("ordered_on"), kind_of("is_won"), kind_of("order_id")
    ('money', 'day', 'flag', 'text')
    """
    name = field.rpartition(".")[2]
    if mapping is not None and field in mapping.units:
        return "metric"
    if name.endswith("_on"):
        return "day"
    if name.endswith("_at"):
        return "stamp"
    if name.startswith("is_"):
        return "flag"
    if name.endswith("_amount") or name in {"amount", "mrr"} | PRICES:
        return "money"
    if name in RATES:
        return "rate"
    if name == "workload_hours":
        return "real"
    return "count" if name in COUNTS or name.endswith(("_count", "_quantity")) else "text"


@dataclass(frozen=True)
class FileFields:
    """One file's fields as text, with the header each came from."""

    file: RawFile
    table: RawTable
    frame: pl.DataFrame
    headers: dict[str, str]


def text_fields(
    file: RawFile, table: RawTable, mapping: Mapping, lookups: Map[tuple[str, str, str], dict[str, str]]
) -> tuple[FileFields, list[Problem]]:
    """The file's fields as text with `row` and first rejections; problems for columns that are not there.

    A field whose name ends in '?' may lack its column: it is empty then.
    """
    raw, headers, problems = table.frame, dict[str, str](), list[Problem]()
    for field, wanted in mapping.columns.items():
        header = table.find(wanted)
        if header is not None:
            headers[field.rstrip("?")] = header
        elif not field.endswith("?"):
            problems.append(_missing(file, table, field, wanted, mapping))
    problems += [*_stood_in(file, table, mapping, headers), *_refused(file, table, mapping)]
    raw = _unmerged(raw, table, [headers[f] for f in headers if kind_of(f, mapping) == "text"])
    if not DOCUMENTS & set(mapping.tables):
        raw = raw.with_columns(pl.col(headers[f]).forward_fill() for f in mapping.fill_down if f in headers)
    melted = list[str]()
    if mapping.melt:
        raw, melted = _melted(raw, table, mapping.melt)
        if not melted and not mapping.melt.keeps_row:
            problems.append(_missing(file, table, *next(iter(mapping.melt.like().items())), mapping))
    blank = pl.lit(None, pl.String)
    columns = headers | {field: MELTED + field for field in melted}
    fields = [*(field.rstrip("?") for field in mapping.columns), *melted_fields(mapping)]
    frame = raw.select(
        ROW,
        *(pl.col(columns[f]).alias(f) if f in columns else blank.alias(f) for f in dict.fromkeys(fields)),
        blank.alias(TOLD),
        EXTRA,
    )
    too_many = pl.col(EXTRA).is_not_null()
    frame = reject(frame, too_many, "quarantined", "too_many_fields", "", pl.col(EXTRA)).drop(EXTRA)
    frame = frame.with_columns(
        *(pl.col(f).str.extract(pattern, 1) for f, pattern in mapping.extract.items() if f in frame.columns)
    )
    frame = _headed(frame, table, mapping)
    frame = frame.with_columns(salesforce_id(pl.col(f)).alias(f) for f in mapping.ids if f in frame.columns)
    for f in [f for f in headers if _is_key(f.rpartition(".")[2]) and quick.may_be_rounded(frame[f])]:
        frame = reject(frame, rounded(pl.col(f)), "quarantined", "rounded_id", f, pl.col(f))
    frame = frame.with_columns(pl.lit(STOOD_IN).alias(f) for f in mapping.stand_in if f not in headers)
    key = next(iter(headers), None)
    if DOCUMENTS & set(mapping.tables):
        repeated = [f for f in mapping.fill_down if f in frame.columns]
        frame = frame.with_columns(pl.col(f).forward_fill().over(key) for f in repeated)
    for field, steps in mapping.lookups.items():
        for step in steps:
            found = lookups[step.file, step.key, step.value]
            known = pl.Series(list(found), dtype=pl.String), pl.Series(list(found.values()), dtype=pl.String)
            ids = identifier(pl.col(field))
            frame = frame.with_columns(ids.replace_strict(*known, default=None, return_dtype=pl.String).alias(field))
    for field, values in mapping.values.items():
        if field in frame.columns:
            frame = _valued(frame, field, values)
    frame, above = _with_preamble(_with_constants(frame, mapping, headers, file), file, table, mapping)
    frame, yearless = _with_months(frame, file, table, mapping)
    frame = _with_signs(_coarsest(frame, mapping), mapping)
    return FileFields(file, table, frame, headers), [*problems, *above, *yearless]


def reject(
    frame: pl.DataFrame, bad: pl.Expr, fate: str, reason: str, field: str = "", found: pl.Expr | None = None
) -> pl.DataFrame:
    """Give the rows where `bad` holds a fate and its reason; a row keeps the first fate it got.

    `found` speaks of the row alone.
    """
    return _with_fates(frame, [(bad, fate_text(fate, reason, field, found))])


def quarantine(frame: pl.DataFrame, told: Sequence[tuple[pl.Expr, str, str, pl.Expr | None]]) -> pl.DataFrame:
    """The same for several reasons at once, of which a row keeps the first: (which rows, reason, field, found)."""
    hits = frame.select(bad.any().alias(str(n)) for n, (bad, *_) in enumerate(told)).row(0) if told else ()
    cases = [
        (bad, fate_text("quarantined", reason, field, found))
        for (bad, reason, field, found), is_hit in zip(told, hits, strict=True)
        if is_hit
    ]
    return _with_fates(frame, cases) if cases else frame


def _with_fates(frame: pl.DataFrame, cases: Sequence[tuple[pl.Expr, pl.Expr]]) -> pl.DataFrame:
    """Of the cases (which rows, text of their fate) each row without a fate gets the first that holds."""
    first = pl.coalesce(pl.when(bad).then(pl.lit(n, pl.Int16)) for n, (bad, _) in enumerate(cases))
    number = frame.select(pl.when(pl.col(TOLD).is_null()).then(first).alias("_case"))["_case"]
    hit = number.is_not_null().arg_true()
    if hit.is_empty():
        return frame
    own = pl.coalesce(pl.when(pl.col("_case") == n).then(text) for n, (_, text) in enumerate(cases))
    new = frame[hit].with_columns(number[hit]).select(own.alias(TOLD))[TOLD]
    return frame.with_columns(frame[TOLD].clone().scatter(hit, new))


def fate_text(fate: str, reason: str, field: str = "", found: pl.Expr | None = None) -> pl.Expr:
    """Fate, reason, field and what was found as one text; `fates_told` takes it apart again.

    >>> text = fate_text("quarantined", "unknown_product", "sku", pl.col("sku")).alias(TOLD)
    >>> pl.DataFrame({"sku": ["SP-1"]}).select(text).select(fates_told()).row(0)
    ('quarantined', 'unknown_product', 'sku', 'SP-1')
    >>> pl.select(fate_text("left_out", "not_asked_for").alias(TOLD)).select(fates_told()).row(0)
    ('left_out', 'not_asked_for', '', None)
    """
    text = pl.lit(MARK.join([fate, reason, field, ""]))
    return text if found is None else text + found.cast(pl.String).fill_null("")


def fates_told() -> list[pl.Expr]:
    """The four columns that TOLD joins."""
    before = [rf"(?s)^(?:[^{MARK}]*{MARK}){{{n}}}" for n in range(4)]
    parts = [f"([^{MARK}]*)"] * 3 + ["(.+)"]
    columns = zip((FATE, REASON, FIELD, FOUND), before, parts, strict=True)
    return [pl.col(TOLD).str.extract(start + part).alias(column) for column, start, part in columns]


@dataclass(frozen=True)
class Evidence:
    """What a file's column tells of its convention: null where it cannot be told; whether any cell has a mark.

    `is_mixed`: days of the column tell different orders.
    """

    convention: str | None
    has_mark: bool
    examples: list[str]
    header: str
    is_mixed: bool = False


def evidence(part: FileFields, mapping: Mapping, company: Company) -> dict[str, Evidence]:
    """The convention of each field of numbers or days: declared, or as the column decides."""
    found = {}
    for field in part.frame.columns:
        kind = kind_of(field, mapping)
        if field.startswith("_") or field == ROW or kind not in ("day", "stamp", *KINDS_OF_NUMBER):
            continue
        texts = part.frame[field].drop_nulls().unique()
        marked = texts.filter(texts.str.contains(r"[.,/-]"))
        declared = mapping.formats.get(field) or mapping.formats.get(_general(kind))
        convention = declared if declared and declared != "UTC" else _decided(field, kind, texts, mapping, company)
        examples = sorted(marked.to_list())[:3] if convention is None else []
        mixed = _mixed(texts) if convention is None and _general(kind) == "dates" else []
        has_mark = bool(texts.str.contains(r"\d[.,]\d").any())
        found[field] = Evidence(convention, has_mark, mixed or examples, part.headers.get(field, field), bool(mixed))
    return found


def _decided(field: str, kind: str, texts: pl.Series, mapping: Mapping, company: Company) -> str | None:
    """The convention that the distinct texts of a column decide; null where they do not."""
    if _general(kind) == "dates":
        return "ymd" if texts.str.contains(r"^\d{4}[-/]").all() else day_order(texts)
    currency = mapping.constants.get("currency", company.currency)
    numbers = texts.to_frame().select(number_text(pl.col(field))).to_series()
    return decimal_mark(numbers, kind == "money" and currency in ZERO_DECIMAL, whole=kind == "count")


def _mixed(texts: pl.Series) -> list[str]:
    """One day of each way of writing, where days of a column tell different orders, or a spreadsheet turned some."""
    iso = texts.filter(texts.str.contains(r"^\d{4}-"))
    ways = [str(days.sort()[0]) for days in (*telling_days(texts), iso) if days.len()]
    return ways if len(ways) > 1 else []


def settled(
    files: list[RawFile], found: list[dict[str, Evidence]], mapping: Mapping
) -> tuple[list[dict[str, str]], list[Problem]]:
    """Each file's conventions: what a column leaves open is taken from the same column of the source's other files.

    Then from its other columns, only where those agree with each other; else the company is asked.
    """
    conventions, problems = [dict[str, str]() for _ in files], list[Problem]()
    for field in found[0] if found else ():
        general = _general(kind_of(field, mapping))
        same = {f[field].convention for f in found} - {None, "ymd"}
        every = {
            told.convention
            for file in found
            for other, told in file.items()
            if _general(kind_of(other, mapping)) == general and (general == "dates" or told.has_mark)
        } - {None, "ymd"}
        fallback = next((next(iter(known)) for known in (same, every) if len(known) == 1), None)
        for i, told in enumerate(file[field] for file in found):
            conventions[i][field] = told.convention or fallback or ""
            if told.convention is None and fallback is None:
                problems.append(_undecided(files[i], told, field, general))
    return conventions, problems


def _general(kind: str) -> str:
    return "dates" if kind in ("day", "stamp") else "decimal"


def typed(parts: list[FileFields], conventions: dict[str, str], mapping: Mapping, company: Company) -> pl.DataFrame:
    """Files of one layout and the same conventions as one frame of typed fields; an unreadable cell quarantines."""
    frame = pl.concat([part.frame.with_columns(pl.lit(part.file.name).alias("file")) for part in parts]).rechunk()
    texts = [c for c in parts[0].frame.columns if not c.startswith("_") and c != ROW]
    values, unread = list[pl.Series](), list[tuple[str, str, pl.Series]]()
    for field in texts:
        kind, cells = kind_of(field, mapping), frame[field]
        value = _value(field, kind, frame, conventions.get(field, ""), parts[0], mapping, company)
        values.append(value.alias(field))
        if kind != "text" and value.null_count() > cells.null_count():
            unread.append((field, kind, cells.is_not_null() & value.is_null()))
    told = [(pl.lit(bad), f"unreadable_{kind}", field, pl.col(field)) for field, kind, bad in unread]
    return quarantine(frame, told).with_columns(values)


def _value(
    field: str, kind: str, frame: pl.DataFrame, convention: str, part: FileFields, mapping: Mapping, company: Company
) -> pl.Series:
    """The typed values of a field's texts; null where they cannot be read."""
    cells, name = frame[field], field.rpartition(".")[2]
    if kind == "text":
        if name == "phone":
            return quick.by_rule(cells, phone)
        if name == "email":
            return cells.str.to_lowercase()
        return quick.identifiers(cells) if _is_key(name) else cells
    if kind == "flag":
        return cells.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    if kind in ("day", "stamp"):
        written_in = ZoneInfo("UTC") if mapping.formats.get("zone") == "UTC" else None
        moments = quick.moments(cells, convention, company.zone, written_in)
        return moments.dt.date() if kind == "day" else moments
    if kind == "money":
        return quick.amounts(cells, convention, scale_of(company))
    if kind == "count":
        return quick.counts(cells, convention)
    shares, cells = "%" in part.headers.get(field, ""), quick.plain_texts(cells)
    return frame.with_columns(cells).select(_number(field, kind, convention, shares, mapping, company)).to_series()


def _number(field: str, kind: str, mark: str, shares: bool, mapping: Mapping, company: Company) -> pl.Expr:
    """The number of a cell of the rarer kinds: a rate, a measure, or what the row's metric says."""
    cell = pl.col(field)
    plain = plain_number(number_text(cell), mark)
    rate = pl.when(cell.str.contains("%") | pl.lit(shares)).then(scaled(plain, 7)).otherwise(scaled(plain, 9))
    if kind == "rate":
        return rate
    if kind == "real":
        return plain.cast(pl.Float64, strict=False)
    whole = pl.when(plain.str.contains(r"^-?\d+(\.0*)?$")).then(scaled(plain, 0))
    units = pl.col("metric").replace_strict(mapping.units[field], default=None, return_dtype=pl.String)
    money = scaled(plain, company.money_decimals)
    return pl.when(units == "money").then(money).when(units == "count").then(whole).when(units == "rate").then(rate)


def _is_key(name: str) -> bool:
    return name.endswith(("_id", "_number", "_code")) or name == "tax_code"


def _valued(frame: pl.DataFrame, field: str, values: Map[str, str]) -> pl.DataFrame:
    """Values as the company calls them; one that is not listed quarantines its row unless '*' says what to do."""
    listed = {fold(key): value for key, value in values.items() if "*" not in key and key}
    patterns = {key: value for key, value in values.items() if "*" in key and key != "*"}
    rest = values.get("*")
    known: dict[str, str | None] = {}
    for value in frame[field].unique().drop_nulls():
        default = value if rest == "*" else (rest or None) if rest is not None else "\x00"
        default = next((told for pattern, told in patterns.items() if matches(pattern, value)), default)
        known[value] = listed.get(fold(value), default) or None
    old, new = pl.Series(list(known), dtype=pl.String), pl.Series(list(known.values()), dtype=pl.String)
    replaced = frame.with_columns(
        pl.col(field).replace_strict(old, new, default=None, return_dtype=pl.String).alias("_value")
    )
    replaced = reject(replaced, pl.col("_value") == "\x00", "quarantined", "unknown_value", field, pl.col(field))
    value = pl.when(pl.col("_value") != "\x00").then(pl.col("_value"))
    if "" in values:
        value = pl.when(pl.col(field).is_null()).then(pl.lit(values[""])).otherwise(value)
    return replaced.with_columns(value.alias(field)).drop("_value")


def _with_constants(frame: pl.DataFrame, mapping: Mapping, headers: dict[str, str], file: RawFile) -> pl.DataFrame:
    """Constants fill what a row does not say; a currency in a money column's header counts as one."""
    constants: dict[str, str | None] = dict(mapping.constants)
    for field, header in headers.items():
        code = re.search(r"\(([A-Z]{3})\)", header)
        if code and kind_of(field) == "money" and "currency" not in mapping.columns:
            constants.setdefault("currency", code[1])
    received = file.received_on.isoformat() if file.received_on else None
    for field, value in constants.items():
        text = pl.lit(received if value == RECEIVED else value, pl.String)
        filled = pl.coalesce(field, text) if field in frame.columns else text
        frame = frame.with_columns(filled.alias(field))
    return frame


def melted_fields(mapping: Mapping) -> list[str]:
    """The fields that `melt` gives: its columns and what their headers say."""
    patterns = mapping.melt.columns if mapping.melt else {}
    groups = [group for pattern in patterns.values() for group in re.compile(pattern).groupindex]
    return list(dict.fromkeys([*groups, *patterns]))


def _melted(raw: pl.DataFrame, table: RawTable, melt: Melt) -> tuple[pl.DataFrame, list[str]]:
    """One row per row and what headers say, in the order of the columns, where a cell is filled; and the fields found.

    The row itself stands above them where it stays, or where it has a cell too many and no filled one.
    """
    said: dict[tuple[tuple[str, str | None], ...], list[dict[str, str]]] = {}
    for header in table.headers:
        for field, pattern in melt.columns.items():
            if found := re.search(pattern, header):
                rows = said.setdefault(tuple(found.groupdict().items()), [])
                free = next((cells for cells in rows if field not in cells), None)
                rows.append({field: header}) if free is None else free.update({field: header})
    sets = [(dict(groups), cells) for groups, rows in said.items() for cells in rows]
    headers = {header for _, cells in sets for header in cells.values()}
    fields = list(dict.fromkeys([f for groups, cells in sets for f in (*groups, *cells)]))
    rest, blank = [column for column in raw.columns if column not in headers], pl.lit(None, pl.String)
    filled = pl.any_horizontal([pl.lit(False), *(pl.col(header).is_not_null() for header in headers)])
    own = pl.lit(melt.keeps_row) | (~filled & pl.col(EXTRA).is_not_null())
    parts = [raw.filter(own).select(*rest, *(blank.alias(MELTED + f) for f in fields))]
    for groups, cells in sets:
        values = {f: pl.col(cells[f]) if f in cells else pl.lit(groups.get(f), pl.String) for f in fields}
        here = raw.filter(pl.any_horizontal(pl.col(header).is_not_null() for header in cells.values()))
        parts.append(here.select(*rest, *(value.alias(MELTED + f) for f, value in values.items())))
    return pl.concat(parts).sort(ROW, maintain_order=True), fields


def _names(wanted: str | list[str]) -> str:
    return " or ".join([wanted] if isinstance(wanted, str) else wanted)


def _headed(frame: pl.DataFrame, table: RawTable, mapping: Mapping) -> pl.DataFrame:
    """What a row that heads a group says, on the rows below it; the row itself is left out."""
    cells = [pl.col(header) for header in table.headers]
    alone = pl.sum_horizontal(cell.is_not_null() for cell in cells) == 1
    for field, pattern in mapping.heads.items():
        said = pl.when(alone).then(pl.coalesce(cell.str.extract(pattern, 1) for cell in cells))
        frame = frame.join(table.frame.select(ROW, said.alias("_said")), on=ROW, how="left", maintain_order="left")
        frame = reject(frame, pl.col("_said").is_not_null(), "left_out", "heads_group", field, pl.col("_said"))
        below = pl.col("_said").forward_fill()
        own = pl.coalesce(field, below) if field in frame.columns else below
        frame = frame.with_columns(own.alias(field)).drop("_said")
    return frame


def _unmerged(raw: pl.DataFrame, table: RawTable, texts: list[str]) -> pl.DataFrame:
    """A text in a merged cell stands in all rows that the cell spans; a figure stands once."""
    for header in {name for name, *_ in table.merged} & set(texts):
        spans = {row: first for name, first, last in table.merged if name == header for row in range(first, last + 1)}
        first_row = pl.col(ROW).replace_strict(spans, default=None, return_dtype=pl.Int64)
        text = pl.when(first_row.is_null()).then(pl.col(header)).otherwise(pl.col(header).first().over(first_row))
        raw = raw.with_columns(text.alias(header))
    return raw


def _with_preamble(
    frame: pl.DataFrame, file: RawFile, table: RawTable, mapping: Mapping
) -> tuple[pl.DataFrame, list[Problem]]:
    """Fields that a line above the header tells, else the name of the sheet or of the file, where the row does not."""
    sheet = table.separator if table.encoding == "xlsx" else ""
    problems = list[Problem]()
    for name, pattern in mapping.preamble.items():
        field, places = name.rstrip("?"), (table.above, sheet, file.name.replace("/", " "))
        said = [list(dict.fromkeys(m[1] for m in re.finditer(pattern, place))) for place in places]
        found = next(filter(None, said), [])
        filled = frame[field].null_count() == 0 if field in frame.columns else False
        if not filled and (len(found) > 1 or not found and not name.endswith("?")):
            problems.append(_unsaid(file, field, pattern, found, mapping))
        text = pl.lit(found[0] if len(found) == 1 else None, pl.String)
        frame = frame.with_columns((pl.coalesce(field, text) if field in frame.columns else text).alias(field))
    return frame, problems


def _with_months(
    frame: pl.DataFrame, file: RawFile, table: RawTable, mapping: Mapping
) -> tuple[pl.DataFrame, list[Problem]]:
    """`month_on` as '2026-10' where it is a month; one that names no year takes the row's field `year`.

    Columns of such months that pass the turn of a year, as a fiscal year's may, are of two years: they are asked for.
    """
    if "month_on" not in frame.columns:
        return frame, []
    year = pl.col("year").str.extract(r"(20\d\d)") if "year" in frame.columns else pl.lit(None, pl.String)
    written = pl.concat_str(pl.col("month_on"), pl.lit("\x1f"), year.fill_null(""))
    texts = frame.select(written.alias("_m")).to_series().unique(maintain_order=True).drop_nulls().to_list()
    parts = [text.split("\x1f") for text in texts]
    known = [month_of(month, of or None) or month for month, of in parts]
    lacking = [month for month, of in parts if not of and lacks_year(month)]
    across = [header for header in table.headers if mapping.melt and lacks_year(header)]
    if [month_of(header, "2000") for header in across] != sorted(month_of(header, "2000") or "" for header in across):
        lacking = [across[0], across[-1]]
    old, new = pl.Series(texts, dtype=pl.String), pl.Series(known, dtype=pl.String)
    frame = frame.with_columns(written.replace_strict(old, new, default=None, return_dtype=pl.String).alias("month_on"))
    return frame, [_yearless(file, lacking, mapping)] if lacking else []


def _coarsest(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Rows whose day and name a row of a coarser level has too are left out: their money is in that row."""
    key = [c for c in tables.key_of(next(iter(mapping.tables))) if c in frame.columns] if mapping.levels else []
    for field, order in mapping.levels.items():
        rank = pl.col(field).replace_strict(order, range(len(order)), default=None, return_dtype=pl.Int64)
        finer = rank > rank.filter(pl.col(TOLD).is_null()).min().over(key)
        frame = reject(frame, finer, "left_out", "finer_level", field, pl.col(field))
    return frame


def _with_signs(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """`_currencies`: the cells of money that bear a currency's sign, as field, sign and text; null in most rows."""
    kind = pl.List(pl.Struct({"field": pl.String, "sign": pl.String, "cell": pl.String}))
    signed = [
        pl.struct(field=pl.lit(f), sign=currency_sign(pl.col(f)), cell=pl.col(f))
        for f in frame.columns
        if not f.startswith("_") and kind_of(f, mapping) in ("money", "metric")
        if frame[f].str.contains_any([*SIGNS, "Đ"], ascii_case_insensitive=True).any()
    ]
    if not signed:
        return frame.with_columns(pl.lit(None, kind).alias(CURRENCIES))
    every = pl.concat_list(signed).list.filter(pl.element().struct.field("sign").is_not_null())
    return frame.with_columns(pl.when(every.list.len() > 0).then(every).cast(kind).alias(CURRENCIES))


def _unsaid(file: RawFile, field: str, pattern: str, found: list[str], mapping: Mapping) -> Problem:
    return Problem(
        f"{file.name}, above the header",
        f"{', '.join(found)} for {field}" if found else f"nothing like {pattern}",
        f"one value for {field}",
        mapping.advice.get(field, f"set sources.{file.source}.constants.{field}"),
    )


def _yearless(file: RawFile, lacking: list[str], mapping: Mapping) -> Problem:
    return Problem(
        file.name,
        f"months without a year: {', '.join(lacking[:3])}",
        "the year of each month",
        mapping.advice.get("year", f"write it with the months, or set sources.{file.source}.constants.year"),
    )


def _missing(file: RawFile, table: RawTable, field: str, wanted: str | list[str], mapping: Mapping) -> Problem:
    return Problem(
        f"{file.name}, row {table.header_row}" if table.header_row else file.name,
        f"no column {_names(wanted)} among {', '.join(table.headers)[:160]}",
        f"a column for {field}",
        mapping.advice.get(field, f"export it with that column, or set sources.{file.source}.columns.{field}"),
    )


def _stood_in(file: RawFile, table: RawTable, mapping: Mapping, headers: Map[str, str]) -> list[Problem]:
    """A warning for a key whose column is not there, and for which others stand; a problem where one of them lacks."""
    problems = []
    for field, parts in mapping.stand_in.items():
        if field in headers:
            continue
        wanted = mapping.columns.get(f"{field}?", field)
        if not set(parts) <= set(headers):
            problems.append(_missing(file, table, field, wanted, mapping))
            continue
        shown = ", ".join(headers[part] for part in parts)
        warning = f"no column {_names(wanted)}: rows are told apart by {shown}"
        if warning not in table.warnings:
            table.warnings.append(warning)
    return problems


def _refused(file: RawFile, table: RawTable, mapping: Mapping) -> list[Problem]:
    """A file with a cell that only another form of the export has; its first such row tells."""
    problems, parts = [], [table.frame, *([table.totals] if table.totals.height else [])]
    for pattern, instead in mapping.refuse.items():
        rows = pl.concat([part.select(ROW, *table.headers) for part in parts])
        found = rows.unpivot(index=ROW, value_name="cell").filter(pl.col("cell").str.contains(pattern)).sort(ROW)
        for row, cell in found.select(ROW, "cell").head(1).iter_rows():
            problems.append(Problem(f"{file.name}, row {row}", cell, "a plain list, one record a row", instead))
    return problems


def _undecided(file: RawFile, told: Evidence, field: str, general: str) -> Problem:
    shown = ", ".join(told.examples) or "no example"
    expected = "a day above 12 that tells day from month" if general == "dates" else "a number that tells '.' from ','"
    choice = "dmy or mdy" if general == "dates" else "'.' or ',' (the decimal mark)"
    if told.is_mixed:
        return Problem(
            f"{file.name}, column {told.header}",
            f"the column mixes {' and '.join(told.examples)}",
            "one way of writing days",
            f"export the days anew in one way, or set sources.{file.source}.formats.{field} to {choice}",
        )
    return Problem(
        f"{file.name}, column {told.header}",
        f"only {shown}",
        expected,
        f"set sources.{file.source}.formats.{field} to {choice}",
    )
