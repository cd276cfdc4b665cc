"""What a file of no known kind may be: a table for it and a field for each column, every guess with its evidence.

Words of the header are compared with vocabulary.yaml, the fields' own names and the headers of all kinds; a field takes
a column only where its values read as what the field holds. Which fields a table needs, `derive.complete` says. Nothing
here is used without somebody's eyes: `propose` writes it down as a mapping to confirm.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import yaml

from revops import tables
from revops.company import YAML, Company, Mapping, Source
from revops.ingest.derive import AMOUNT, DAY, LINEAGE, complete, given
from revops.ingest.fields import KINDS_OF_NUMBER, RECEIVED, TOLD, kind_of
from revops.ingest.kinds import PLAIN, known, mapping_of
from revops.ingest.reader import RawTable
from revops.ingest.recognise import Head, alternatives
from revops.ingest.text import ZERO_DECIMAL, day_order, decimal_mark, fold, number_text, plain_number, stamp

WORDS = Path(__file__).with_name("vocabulary.yaml")
NOT_GUESSED = {"touches", "customers"}
BUYER = ["customer_name", "phone", "email", "tax_code", "customer_group"]
OF_ORDER = ["ordered_on", "ordered_at", "channel", "region", "customer_id", "account_id", "person_id"]
BY_NAME = ("channel", "platform", "traffic_source")
READABLE = 0.9
SAME_WORDS, ALL_OF_THEM, COMPLETE = 4.0, 2.0, 2.0
FEWEST = 3
_ABOVE_12 = r"(^|[-/.])(1[3-9]|2\d|3[01])[-/.]"
_DTYPES: dict[str, Any] = {
    "day": pl.Date,
    "stamp": pl.Datetime("us"),
    "flag": pl.Boolean,
    "real": pl.Float64,
    "text": pl.String,
}


@dataclass(frozen=True)
class Column:
    """A column taken for a field: why, one of its values, and the fields that have as much for them."""

    header: str
    word: str
    score: float
    example: str = ""
    others: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether the header is the word, and not only contains it."""
        return self.score == SAME_WORDS


@dataclass(frozen=True)
class Guess:
    """A table and a column for each field found; `missing` fields must still be given, `rival` tables fit as well."""

    table: str
    columns: dict[str, Column]
    missing: list[str]
    unused: list[str]
    rivals: list[str] = field(default_factory=list)

    @property
    def score(self) -> float:
        """How much speaks for it."""
        return sum(column.score for column in self.columns.values()) + COMPLETE * (not self.missing)


def guess(read: RawTable) -> Guess | None:
    """The table that most columns speak for, or null where fewer than three columns, or less than half of them, do."""
    holds = {header: _holds(_texts(read, header)) for header in read.headers}
    found = {table: _columns(table, read, holds) for table in tables.CANONICAL if table not in NOT_GUESSED}
    enough = {t: c for t, c in found.items() if len(c) >= FEWEST and 2 * len(c) >= len(read.headers)}
    scores = {table: sum(column.score for column in columns.values()) for table, columns in enough.items()}
    best = max(scores.values(), default=0.0)
    likely = [_guess(table, read, enough[table]) for table, score in scores.items() if score + COMPLETE >= best]
    ranked = sorted(likely, key=lambda g: g.score, reverse=True)
    if not ranked:
        return None
    rivals = [g.table for g in ranked[1:] if g.score == ranked[0].score and not g.missing]
    return replace(ranked[0], rivals=rivals)


def header_of(candidates: Iterable[Head]) -> Head | None:
    """The row that most known words stand in; null where none has two."""
    scored = [(sum(_words_of(cell) in _every_word() for cell in head.cells), head) for head in candidates]
    best = max(scored, key=lambda s: (s[0], len(s[1].cells), -s[1].row), default=None)
    return best[1] if best and best[0] >= 2 else None


def formats_of(read: RawTable, headers: dict[str, str], currency: str) -> Iterator[tuple[str, str, str | None, str]]:
    """Field, its header, the convention that its column decides or null, and the value that shows it.

    Only fields whose values leave a choice: a day written with the year last, a number with a point or a comma.
    """
    for name, header in headers.items():
        kind = kind_of(name)
        texts = _texts(read, header)
        if kind in ("day", "stamp"):
            order = day_order(texts)
            if order != "ymd":
                yield name, header, order, _example(texts.filter(texts.str.contains(_ABOVE_12)), texts)
        elif kind in KINDS_OF_NUMBER:
            numbers = texts.to_frame().select(number_text(pl.col(header))).to_series()
            marked = numbers.filter(numbers.str.contains(r"\d[.,]\d"))
            if marked.len():
                grouped = kind == "money" and currency in ZERO_DECIMAL
                yield name, header, decimal_mark(numbers, grouped, whole=kind == "count"), _example(marked, texts)


def lacking(table: str, columns: Iterable[str], constants: dict[str, str]) -> list[str]:
    """The fields of a table that neither columns nor constants give, as `derive` sees it."""
    named = dict.fromkeys(columns, "-")
    source = Source(kind=PLAIN, files="-", table=table, columns=named, constants=constants)
    mapping = mapping_of("-", source)[0]
    fields = {*named, *constants}
    wanted = [(t, c) for t in mapping.tables for c in tables.schema_of(t) if c not in LINEAGE]
    made = _made(mapping, fields)
    if made is not None:
        return [c for t, c in wanted if given(t, c, made, mapping) is None]
    every = {c for _, c in wanted}
    rest = [(t, c, _made(mapping, (every | fields) - {c})) for t, c in wanted if c not in fields]
    return [c for t, c, without in rest if without is None or given(t, c, without, mapping) is None]


def _made(mapping: Mapping, fields: set[str]) -> set[str] | None:
    """What `derive` makes of fields; null where it cannot do without another one."""
    company = Company(name="-", currency="VND", money_decimals=0)
    schema = {name: _DTYPES.get(kind_of(name), pl.Int64) for name in sorted(fields)}
    frame = pl.DataFrame(schema={**schema, "file": pl.String, "row": pl.Int64, TOLD: pl.String})
    try:
        return set(complete(frame, mapping, "-", company)[0].columns)
    except pl.exceptions.ColumnNotFoundError:
        return None


def _guess(table: str, read: RawTable, taken: dict[str, Column]) -> Guess:
    constants = dict.fromkeys((*BY_NAME, "snapshot_on"), "-")
    missing = list(dict.fromkeys(lacking(table, taken, {f: v for f, v in constants.items() if f not in taken})))
    used = {column.header for column in taken.values()}
    return Guess(table, taken, missing, [h for h in read.headers if h not in used])


def constants_of(found: Guess, name: str) -> dict[str, str]:
    """What no column tells and the file's name stands in for; the day of a snapshot."""
    needed = [f for f in (*BY_NAME, "snapshot_on") if f in lacking(found.table, found.columns, {})]
    return {f: RECEIVED if f == "snapshot_on" else name for f in needed}


def _columns(table: str, read: RawTable, holds: dict[str, set[str]]) -> dict[str, Column]:
    """The best column of each field, best pairs first; a column serves one field."""
    words = _words(table)
    pairs = [
        (score, -i, name, word)
        for i, header in enumerate(read.headers)
        for name, (score, word) in _fits(_words_of(header), words).items()
        if kind_of(name) in holds[header]
    ]
    taken: dict[str, Column] = {}
    used = set[int]()
    for score, i, name, word in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
        if name not in taken and i not in used:
            header = read.headers[-i]
            equal = tuple(n for s, j, n, _ in pairs if (s, j) == (score, i) and n != name)
            taken[name] = Column(header, word, score, _example(_texts(read, header)), equal)
            used.add(i)
    order = list(words)
    return dict(sorted(taken.items(), key=lambda item: order.index(item[0])))


def _words_of(header: str) -> str:
    """A header for comparison, its words apart: 'OrderDate' is 'order date'."""
    return fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))


def _fits(header: str, words: dict[str, set[str]]) -> dict[str, tuple[float, str]]:
    """Fields whose words the header is, or contains, with the score and the word."""
    fits = {}
    for name, phrases in words.items():
        if header in phrases:
            fits[name] = (SAME_WORDS, header)
            continue
        inside = [w for w in phrases if len(w) > 2 and f" {w} " in f" {header} "]
        if inside:
            longest = max(inside, key=len)
            fits[name] = (ALL_OF_THEM * len(longest.split()) / len(header.split()), longest)
    return fits


def _texts(read: RawTable, header: str) -> pl.Series:
    """A column's filled cells in one piece: polars 2.1 fails on texts that have an empty one."""
    return read.frame[header].drop_nulls().rechunk() if header in read.headers else pl.Series([], dtype=pl.String)


def _holds(texts: pl.Series) -> set[str]:
    """The kinds of field that a column's values can be; an empty column can be anything."""
    every = {"day", "stamp", "flag", "text", *KINDS_OF_NUMBER}
    if texts.is_empty():
        return every
    column, number = pl.col("t"), number_text(pl.col("t"))
    day = stamp(column, day_order(texts) or "dmy", ZoneInfo("UTC")).is_not_null()
    amount = pl.coalesce(plain_number(number, "."), plain_number(number, ",")).is_not_null()
    written = day & column.str.contains(r"\d[-/:]\d")
    shares = texts.alias("t").to_frame().select(day=day.mean(), number=amount.mean(), written=written.mean())
    days, numbers, written_out = shares.row(0)
    every -= {"day", "stamp"} if days < READABLE else set()
    every -= set(KINDS_OF_NUMBER) if numbers < READABLE else set()
    return every - {"text"} if written_out >= READABLE else every


@cache
def _vocabulary() -> dict[str, list[str]]:
    return yaml.load(WORDS.read_text("utf-8"), Loader=YAML)


@cache
def _every_word() -> set[str]:
    return {word for table in tables.CANONICAL for phrases in _words(table).values() for word in phrases}


@cache
def _words(table: str) -> dict[str, set[str]]:
    """The words of each field that the table can take, folded: its own name's, the vocabulary's and the kinds'."""
    fields = [c for c in tables.schema_of(table) if c not in LINEAGE]
    fields += OF_ORDER if table == "order_lines" else []
    fields += BUYER if "customer_id" in fields else []
    words: dict[str, set[str]] = {}
    for name in dict.fromkeys(fields):
        general = [*(["day"] if name == DAY.get(table) else []), *(["$value"] if name == AMOUNT.get(table) else [])]
        phrases = [name, *(w for key in (name, *general) for w in _vocabulary().get(key, []))]
        words[name] = {fold(phrase) for phrase in phrases}
    for mapping in known().values():
        for name, headers in _of_kind(mapping) if table in mapping.tables else ():
            plain = {fold(header) for header in headers if "*" not in header}
            words.get(name, set()).update(word for word in plain if name in _fields_of().get(word, {name}))
    return words


@cache
def _fields_of() -> dict[str, set[str]]:
    """The fields that the vocabulary has a word for: a kind that calls an order's number 'Name' makes no rule."""
    fields: dict[str, set[str]] = {}
    for name, phrases in _vocabulary().items():
        for phrase in phrases:
            fields.setdefault(fold(phrase), set()).add(name)
    return fields


def _of_kind(mapping: Mapping) -> Iterator[tuple[str, list[str]]]:
    for name, wanted in mapping.columns.items():
        yield name.rstrip("?").rpartition(".")[2], alternatives(wanted)


def _example(*choices: pl.Series) -> str:
    """The first value of the first choice that has one."""
    return next((str(texts.drop_nulls()[0]) for texts in choices if texts.drop_nulls().len()), "")
