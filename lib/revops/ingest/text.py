"""Text as systems export it: headers compared, cells cleaned, numbers and days read by the column.

A convention (decimal point or comma, day or month first) is decided once for a whole column from the evidence in it,
never cell by cell; where nothing decides, the caller asks.
"""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl

NULLS = ["--", "-", "—", "n/a", "N/A", "#N/A", "(not set)", "null", "NULL", "None"]
BLANK = " \t\r\n\u00a0\u2007\u2009\u200b\u200e\u200f\u202f\u2060\ufeff"
ZERO_DECIMAL = {"VND", "JPY", "KRW", "CLP", "ISK", "UGX"}
DOLLARS = "USD AUD CAD HKD NZD SGD TWD"
SIGNS = dict.fromkeys(["vnd", "vnđ", "vnð", "đ", "ð", "₫"], "VND") | {
    "us$": "USD", "usd": "USD", "eur": "EUR", "€": "EUR", "£": "GBP", "$": DOLLARS
}  # fmt: skip
_SIGN = r"(?i)(vn[đðd]|us\$|usd|eur|[₫đð$€£])"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CLOCK = r",?[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?"
_TIME = rf"(?:{_CLOCK})?\s*"
_ZONE = r"(Z|\(?(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?\)?|\(?(?:UTC|GMT)(?:[+-]\d{1,2})?\)?)?"
_ISO = rf"^(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}})(?:{_CLOCK}\s*{_ZONE})?$"
_SLASH = rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}([AaPp][Mm]|SA|CH)?$"
_NAMED = rf"^(\d{{1,2}})[ -]([A-Za-z]{{3}})[a-z]*[ -](\d{{4}}){_TIME}$"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})$"
_SERIAL = r"^(\d{5})(\.\d+)?$"
_MONTH = r"^(\d{4})[-/](\d{1,2})$"
_MONTH_FIRST = r"^(?:[Tt]háng )?(\d{1,2})[-/](\d{4})$"
_YEAR = r"^(\d{4})$"


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """A header or value for comparison: case, accents, punctuation and doubled spaces do not count.

    >>> fold("  Đã Huỷ (*)"), fold("SỐ LƯỢNG"), fold("Giảm giá %")
    ('da huy', 'so luong', 'giam gia %')
    """
    lower = unicodedata.normalize("NFC", text).casefold().replace("đ", "d")
    bare = "".join(c for c in unicodedata.normalize("NFD", lower) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9%]+", " ", bare).strip()


def matches(pattern: str, header: str) -> bool:
    """Whether a header is the one meant; `*` in the pattern stands for anything.

    >>> matches("Số tiền đã chi tiêu (*)", "Số tiền đã chi tiêu (VND)"), matches("Ngày", "Ngày chứng từ")
    (True, False)
    """
    if "*" not in pattern:
        return fold(pattern) == fold(header)
    parts = [re.escape(fold(part)) for part in pattern.split("*")]
    return re.fullmatch(r"\s?.*\s?".join(parts), fold(header)) is not None


def cleaned(cell: pl.Expr) -> pl.Expr:
    """A cell as text: spaces and tabs trimmed, ="…" and a leading ' taken off, tokens that mean nothing are null."""
    bare = cell.str.strip_chars(BLANK).str.replace(r'^="(.*)"$', "$1").str.strip_prefix("'").str.strip_chars(BLANK)
    return pl.when(bare.is_in(["", *NULLS])).then(None).otherwise(bare)


def no_formula(text: pl.Expr) -> pl.Expr:
    """Text that starts with = + - @ gets an apostrophe: no program takes it for a formula, and `cleaned` takes it off.

    >>> pl.DataFrame({"t": ["=1+1", "-5", "Lan"]}).select(no_formula(pl.col("t"))).to_series().to_list()
    ["'=1+1", "'-5", 'Lan']
    """
    return pl.when(text.str.contains(r"^[=+\-@\t\r]")).then("'" + text).otherwise(text)


def no_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of text for a spreadsheet to open: neither a cell nor a header is a formula."""
    headers = pl.DataFrame({"header": frame.columns}).select(no_formula(pl.col("header"))).to_series()
    return frame.select(no_formula(pl.col(c)).alias(h) for c, h in zip(frame.columns, headers, strict=True))


def identifier(cell: pl.Expr) -> pl.Expr:
    """An identifier as text; a number that a spreadsheet made of it loses its '.0', or its exponent.

    >>> ids = pl.DataFrame({"i": ["12.0", "8.4912345678E+10", "5.76E+17"]})
    >>> ids.select(identifier(pl.col("i"))).to_series().to_list()
    ['12', '84912345678', '5.76E+17']
    """
    digits = cell.str.replace(r"^(\d)\.(\d+)[eE]\+\d+$", "$1$2")
    whole = _exponent(cell) == digits.str.len_chars() - 1
    return pl.when(whole).then(digits).otherwise(cell.str.replace(r"^(\d+)\.0+$", "$1"))


def rounded(cell: pl.Expr) -> pl.Expr:
    """Whether a spreadsheet, which keeps 15 digits, cut an identifier: 5.76E+17, or zeros after the 15th digit.

    Such zeros may be chance: they tell where most of the column's long numbers have them, and not on one of under 18.

    >>> ids = pl.DataFrame({"i": ["5.76E+17", "576461413038785000", "A-1"]})
    >>> ids.select(rounded(pl.col("i"))).to_series().to_list()
    [True, True, False]
    """
    digits = cell.str.replace(r"^(\d)\.(\d+)[eE]\+\d+$|^(\d)[eE]\+\d+$", "$1$2$3").str.len_chars()
    cut, long = cell.str.contains(r"^[1-9]\d{14}0+$"), cell.str.contains(r"^[1-9]\d{15,}$")
    told = (cut.sum() * 2 > long.sum()) & ((cut.sum() > 1) | (cell.str.len_chars() >= 18))
    return (_exponent(cell) >= digits).fill_null(False) | (cut & told).fill_null(False)


def _exponent(cell: pl.Expr) -> pl.Expr:
    """17 of 5.76E+17; null of anything else."""
    return cell.str.extract(r"^\d(?:\.\d+)?[eE]\+(\d{1,3})$").cast(pl.Int64)


def salesforce_id(cell: pl.Expr) -> pl.Expr:
    """A Salesforce identifier in its 15 characters: the other three of 18 only say which letters are capitals.

    An 18-character text whose last three say something else is none, and stays.

    >>> pl.DataFrame({"i": ["0065g00000AbCdEAAV", "0065g00000AbCdE", "0065g00000AbCdEAAA"]}).select(
    ...     salesforce_id(pl.col("i"))).to_series().to_list()
    ['0065g00000AbCdE', '0065g00000AbCdE', '0065g00000AbCdEAAA']
    """
    letters = pl.lit("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")
    check = []
    for five in (0, 5, 10):
        capital = [cell.str.slice(five + i, 1).str.contains("^[A-Z]$").cast(pl.Int64) * 2**i for i in range(5)]
        check.append(letters.str.slice(pl.sum_horizontal(capital), 1))
    is_long = cell.str.contains("^[0-9A-Za-z]{15}[A-Z0-5]{3}$") & (cell.str.slice(15, 3) == pl.concat_str(check))
    return pl.when(is_long).then(cell.str.slice(0, 15)).otherwise(cell)


def phone(cell: pl.Expr) -> pl.Expr:
    """A phone number in E.164, Vietnamese where no country is given; null where it cannot be one.

    >>> pl.DataFrame({"p": ["0912 345 678", "912345678", "(+84) 912345678", "84912345678", "*****21"]}).select(
    ...     phone(pl.col("p"))).to_series().to_list()
    ['+84912345678', '+84912345678', '+84912345678', '+84912345678', None]
    """
    cell = identifier(cell)
    digits = cell.str.replace_all(r"[^\d]", "")
    masked = cell.str.contains(r"\*")
    foreign = cell.str.contains(r"^\W*\+") & digits.str.contains(r"^[1-9]\d{7,14}$") & ~digits.str.starts_with("84")
    local = digits.str.replace(r"^(00)?84", "").str.strip_prefix("0")
    return (
        pl.when(masked)
        .then(None)
        .when(foreign)
        .then("+" + digits)
        .when(local.str.contains(r"^([35789]\d{8}|2\d{9})$"))
        .then("+84" + local)
    )


def number_text(cell: pl.Expr) -> pl.Expr:
    """A number without spaces, currency and percent signs; (123) and 123- are negative."""
    bare = cell.str.replace_all("\u2212", "-", literal=True)
    bare = bare.str.replace_all(r"(?i)[\s\u200b\u2060'’%]|vn[đðd]|đồng|usd|us\$|eur|[₫đð$€£]", "")
    return bare.str.replace(r"^\((.*)\)$", "-$1").str.replace(r"^(.*)-$", "-$1").str.strip_prefix("+")


def currency_sign(cell: pl.Expr) -> pl.Expr:
    """The sign or code of a currency in a cell, one of SIGNS; null where there is none.

    >>> pl.DataFrame({"m": ["500.000 Đồng", "USD 5", "12"]}).select(currency_sign(pl.col("m"))).to_series().to_list()
    ['đ', 'usd', None]
    """
    return cell.str.extract(_SIGN).str.to_lowercase()


def decimal_mark(texts: pl.Series, thousands_only: bool = False, whole: bool = False) -> str | None:
    """The decimal mark of a column of number_text; null where it cannot be told.

    A mark that comes twice, or before the other, groups thousands. A lone '1.000' decides nothing, unless the amount's
    currency has no decimals (`thousands_only`); among `whole` numbers '1.234' decides, for it cannot be a fraction.

    >>> decimal_mark(pl.Series(["1.234.567", "1.000"])), decimal_mark(pl.Series(["1.000", "12,5"]))
    (',', ',')
    >>> decimal_mark(pl.Series(["1.000"])), decimal_mark(pl.Series(["1.000"]), thousands_only=True)
    (None, ',')
    >>> decimal_mark(pl.Series(["1,000", "6,072"]), whole=True), decimal_mark(pl.Series(["1,000"]), whole=True)
    ('.', None)
    """

    def count(pattern: str) -> int:
        return int(texts.str.contains(pattern).sum() or 0)

    def evidence(mark: str, group: str) -> int:
        grouped = count(rf"^-?\d{{1,3}}({group}\d{{3}}){{2,}}$") + count(rf"^-?\d{{1,3}}({group}\d{{3}})+{mark}\d+$")
        single = count(rf"^-?\d*{mark}\d*$")
        return grouped + single - count(rf"^-?[1-9]\d{{0,2}}{mark}\d{{3}}$")

    point, comma = evidence(r"\.", ","), evidence(",", r"\.")
    if point > 0 or comma > 0:
        return _decided(".", point, ",", comma)
    lone_point, lone_comma = count(r"^-?\d+\.\d{3}$"), count(r"^-?\d+,\d{3}$")
    if lone_point and lone_comma:
        return None
    if not lone_point and not lone_comma:
        return "."
    broken = whole and count(r"^-?\d+[.,]\d{3}$") > count(r"^-?\d+[.,]000$")
    return ("," if lone_point else ".") if thousands_only or broken else None


def plain_number(text: pl.Expr, mark: str) -> pl.Expr:
    """number_text with '.' as the decimal mark and no grouping; null where it breaks the column's convention."""
    group, point = (",", r"\.") if mark == "." else (r"\.", ",")
    right = text.str.contains(rf"^-?(\d+|\d{{1,3}}({group}\d{{3}})+)?({point}\d*)?$") & text.str.contains(r"\d")
    return pl.when(right).then(text.str.replace_all(group, "").str.replace(point, "."))


def scaled(plain: pl.Expr, decimals: int) -> pl.Expr:
    """A plain number as a whole count of 10 ** -decimals; finer digits are rounded half away from zero.

    >>> pl.DataFrame({"n": ["-1.2345", "1.2344", "7", ".5"]}).select(scaled(pl.col("n"), 3)).to_series().to_list()
    [-1235, 1234, 7000, 500]
    """
    sign = pl.when(plain.str.starts_with("-")).then(pl.lit(-1, pl.Int64)).otherwise(pl.lit(1, pl.Int64))
    whole = plain.str.extract(r"^-?(\d*)").replace("", "0").cast(pl.Int64, strict=False)
    digits = plain.str.extract(r"\.(\d*)$").fill_null("") + "0" * (decimals + 1)
    part = digits.str.slice(0, decimals).replace("", "0").cast(pl.Int64, strict=False)
    up = (digits.str.slice(decimals, 1) >= "5").cast(pl.Int64)
    units = pl.when(whole <= 9 * 10 ** (18 - decimals)).then(whole * 10**decimals + part + up)
    return sign * units


def spelled_out(texts: pl.Series) -> pl.Series:
    """Numbers in scientific notation, as a spreadsheet writes long ones, written out."""
    strange = texts.filter(texts.str.contains(r"^-?[\d.]+[eE][+-]?\d+$").fill_null(False)).unique()
    if strange.is_empty():
        return texts
    return texts.replace({text: _written_out(text) for text in strange})


def _written_out(text: str) -> str:
    try:
        return format(Decimal(text), "f")
    except InvalidOperation:
        return text


def day_order(texts: pl.Series) -> str | None:
    """'dmy' or 'mdy' by the values that decide it; null where none does; 'ymd' where no day is written so.

    Null too where a spreadsheet seems to have turned the days it could: all up to 12 are ISO, all others are not.

    >>> day_order(pl.Series(["03/04/2026", "13/04/2026"])), day_order(pl.Series(["03/04/2026"]))
    ('dmy', None)
    """
    texts = texts.to_frame("day").select(_day_first(pl.col("day"))).to_series()
    parts = texts.str.extract_groups(_SLASH).struct
    first, second = (parts.field(k).cast(pl.Int64, strict=False) for k in ("1", "2"))
    if first.count() == 0:
        return "ymd"
    day = int(((first > 12) & (second <= 12)).sum())
    month = int(((second > 12) & (first <= 12)).sum())
    others = texts.str.extract(r"^\d{4}-\d{1,2}-(\d{1,2})").cast(pl.Int64)
    some = min(texts.filter(first > 12).n_unique(), others.n_unique() - 1) > 1
    if some and (others.drop_nulls() <= 12).all() and day == first.count():
        return None
    return _decided("dmy", day, "mdy", month)


def telling_days(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The days whose numbers tell that the day stands first, and those that tell the month does.

    >>> first, second = telling_days(pl.Series(["03/04/2026", "13/04/2026", "04/14/2026"]))
    >>> first.to_list(), second.to_list()
    (['13/04/2026'], ['04/14/2026'])
    """
    plain = texts.to_frame("day").select(_day_first(pl.col("day"))).to_series()
    parts = plain.str.extract_groups(_SLASH).struct
    one, two = (parts.field(k).cast(pl.Int64, strict=False) for k in ("1", "2"))
    return texts.filter((one > 12) & (two <= 12)), texts.filter((two > 12) & (one <= 12))


def _decided(one: str, ones: int, other: str, others: int) -> str | None:
    """What the evidence says; null where there is none, or more than one in ten says the opposite."""
    ones, others = max(ones, 0), max(others, 0)
    if min(ones, others) * 10 > ones + others or ones == others:
        return None
    return one if ones > others else other


def _day_first(text: pl.Expr) -> pl.Expr:
    """'23:05 14/05/2026' and 'Feb 28, 2026 23:05' with the day before the month's name and before the hour."""
    turned = text.str.replace(r"^(\d{1,2}:\d{2}(?::\d{2})?),?\s+(\d\S+)$", "$2 $1")
    return turned.str.replace(r"^([A-Za-z]{3}[a-z]*)\s+(\d{1,2}),?\s+(\d{4})", "$2 $1 $3")


def stamp(text: pl.Expr, order: str, zone: ZoneInfo, written_in: ZoneInfo | None = None) -> pl.Expr:
    """A day or instant as a datetime of the business zone; null where it is none.

    Reads ISO, 'dd/mm/yyyy' (in the column's `order`), '28 Feb 2026 23:30', the hour before the day, AM and PM (SA and
    CH), 20260901, the serial numbers of spreadsheets, months and years (their first day). An offset or 'UTC' in the
    text, else `written_in`, is converted.
    """
    text = _day_first(text)
    slash = text.str.extract_groups(_SLASH).struct
    day, month = ("1", "2") if order != "mdy" else ("2", "1")
    hour = slash.field("4").cast(pl.Int64) % 12 + 12 * slash.field("7").str.to_lowercase().is_in(["pm", "ch"]).cast(
        pl.Int64
    )
    hour = pl.when(slash.field("7").is_null()).then(slash.field("4").cast(pl.Int64)).otherwise(hour)
    slashed = _joined(slash.field("3"), slash.field(month), slash.field(day), hour.cast(pl.String), slash, "56")
    iso, named = text.str.extract_groups(_ISO).struct, text.str.extract_groups(_NAMED).struct
    number = (
        named.field("2")
        .str.to_lowercase()
        .replace_strict({m: str(i + 1) for i, m in enumerate(_MONTHS)}, default=None, return_dtype=pl.String)
    )
    compact, month_of = text.str.extract_groups(_COMPACT).struct, text.str.extract_groups(_MONTH).struct
    first = text.str.extract_groups(_MONTH_FIRST).struct
    plain = pl.coalesce(
        _joined(iso.field("1"), iso.field("2"), iso.field("3"), iso.field("4"), iso, "56"),
        slashed,
        _joined(named.field("3"), number, named.field("1"), named.field("4"), named, "56"),
        _joined(compact.field("1"), compact.field("2"), compact.field("3")),
        _joined(month_of.field("1"), month_of.field("2"), pl.lit("1")),
        _joined(first.field("2"), first.field("1"), pl.lit("1")),
        _joined(text.str.extract(_YEAR), pl.lit("1"), pl.lit("1")),
    ).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    offset = iso.field("7")
    shift = pl.when(offset.str.contains(r"[+-]")).then(_offset(offset)).when(offset.is_not_null()).then(0)
    there = _moved(plain.dt.offset_by(pl.format("{}m", -shift.fill_null(0))), ZoneInfo("UTC"), zone)
    here = plain if written_in is None else _moved(plain, written_in, zone)
    return pl.coalesce(pl.when(offset.is_not_null()).then(there).otherwise(here), _of_serial(text))


def _joined(
    year: pl.Expr, month: pl.Expr, day: pl.Expr, hour: pl.Expr | None = None, rest: object = None, keys: str = ""
) -> pl.Expr:
    zero = pl.lit("0")
    hours = zero if hour is None else hour.fill_null("0")
    minutes, seconds = [rest.field(k).fill_null("0") for k in keys] if rest is not None else (zero, zero)  # type: ignore[attr-defined]
    return pl.format("{}-{}-{} {}:{}:{}", year, *(part.str.zfill(2) for part in (month, day, hours, minutes, seconds)))


def _offset(text: pl.Expr) -> pl.Expr:
    parts = text.str.extract_groups(r"([+-])(\d{1,2}):?(\d{2})?").struct
    minutes = parts.field("2").cast(pl.Int64) * 60 + parts.field("3").cast(pl.Int64).fill_null(0)
    return pl.when(parts.field("1") == "-").then(-minutes).otherwise(minutes)


def _moved(instant: pl.Expr, origin: ZoneInfo, zone: ZoneInfo) -> pl.Expr:
    placed = instant.dt.replace_time_zone(str(origin), ambiguous="earliest", non_existent="null")
    return placed.dt.convert_time_zone(str(zone)).dt.replace_time_zone(None)


def _of_serial(text: pl.Expr) -> pl.Expr:
    parts = text.str.extract_groups(_SERIAL).struct
    days = parts.field("1").cast(pl.Int64, strict=False)
    seconds = (("0" + parts.field("2").fill_null(".0")).cast(pl.Float64, strict=False) * 86_400).round(0).cast(pl.Int64)
    return pl.datetime(1899, 12, 30, time_unit="us") + pl.duration(days=days, seconds=seconds, time_unit="us")
