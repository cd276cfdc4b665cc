"""What exports tell of their company: currency, time zone, language, stages of deals; each with its evidence."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from babel.numbers import get_currency_precision, list_currencies

from revops.company import Mapping
from revops.ingest.reader import RawTable
from revops.ingest.text import fold
from revops.problems import InputError, Problem

VIETNAMESE = re.compile(r"[đĐăĂơƠưƯ\u1ea0-\u1ef9]")
SYMBOLS = {"₫": "VND", "đ": "VND", "€": "EUR", "£": "GBP"}
_MONEY = re.compile(r"(?:\d\s?(₫|đ|€|£)$)|(?:^(₫|€|£)\s?\d)")
_CODES = {fold(word) for word in ("currency", "currency code", "order currency", "loại tiền", "tiền tệ")}
_OFFSET = re.compile(r"\d{2}:\d{2}(?::\d{2})? ?([+-]\d{2}):?\d{2}$")
_WON = re.compile(r"\b(won|thang|thanh cong|closedwon)\b")
_LOST = re.compile(r"\b(lost|thua|that bai|mat|closedlost)\b")


@dataclass(frozen=True)
class Settings:
    """The head of a company.yaml; an empty `why_…` means that it was given."""

    name: str
    currency: str
    zone: str
    language: str
    why_name: str
    why_currency: str
    why_zone: str
    why_language: str

    @classmethod
    def of(cls, files: Sequence[tuple[str, RawTable]], name: str, is_given: bool, currency: str) -> "Settings":
        """From the names and tables of all files; InputError where nothing, or as much for two, tells the currency."""
        local = [file for file, table in files if any(VIETNAMESE.search(h) for h in table.headers)]
        chosen, why_currency = (currency, "") if currency else _currency(files, local)
        vietnamese = f"{len(local)} of {len(files)} files have Vietnamese headers"
        zone, why_zone = _zone(files, chosen, local)
        language = "vi" if 2 * len(local) > len(files) else "en"
        why_name = "" if is_given else "the folder's name"
        return cls(name, chosen, zone, language, why_name, why_currency, why_zone, vietnamese)

    def head(self) -> Iterator[tuple[str, str | int, str]]:
        """Keys of company.yaml with their values, and why where they are guessed."""
        yield "name", self.name, self.why_name
        yield "currency", self.currency, self.why_currency
        yield "money_decimals", get_currency_precision(self.currency), ""
        yield "time_zone", self.zone, self.why_zone
        yield "language", self.language, self.why_language


def _currency(files: Sequence[tuple[str, RawTable]], vietnamese: list[str]) -> tuple[str, str]:
    counts, first = Counter[str](), dict[str, str]()
    for name, table in files:
        for code, why in dict(_codes(table)).items():
            counts[code] += 1
            first.setdefault(code, f"{why} of {name}")
    if not counts:
        if vietnamese:
            return "VND", f"nothing says a currency, but headers are Vietnamese, as in {vietnamese[0]}"
        found = "nothing that tells the currency"
    else:
        ranked = counts.most_common()
        if len(ranked) == 1 or ranked[0][1] > ranked[1][1]:
            rest = "".join(f"; {code} in {n}, as {first[code]}: give its fx_rates" for code, n in ranked[1:])
            code, n = ranked[0]
            return code, f"said by {n} file{'s' if n > 1 else ''}, as {first[code]}{rest}"
        found = " and ".join(f"{code} in {n}" for code, n in ranked[:2]) + " files each"
    raise InputError(Problem("the exports", found, "the currency of reports", "name it: --currency VND"))


def _codes(table: RawTable) -> Iterator[tuple[str, str]]:
    """Currencies that a file says: in a column of codes, in a header's brackets, behind or before its amounts."""
    known = list_currencies()
    for header in table.headers:
        texts = table.frame[header].drop_nulls()
        if fold(header) in _CODES or fold(header).endswith(" currency"):
            codes = (str(code).upper() for code in texts.unique().sort())
            yield from ((code, f"column {header}") for code in codes if code in known)
        bracket = re.search(r"\(([A-Z]{3})\)", header)
        if bracket and bracket[1] in known:
            yield bracket[1], f"header {header}"
        symbol = next(filter(None, (_MONEY.search(text) for text in texts.head(20))), None)
        if symbol:
            yield SYMBOLS[symbol[1] or symbol[2]], f"{symbol.string} in {header}"


def _zone(files: Sequence[tuple[str, RawTable]], currency: str, vietnamese: list[str]) -> tuple[str, str]:
    for name, table in files:
        for header in table.headers:
            text = next(iter(table.frame[header].drop_nulls().head(1)), "")
            offset = _OFFSET.search(text)
            if offset and offset[1] == "+07":
                return "Asia/Ho_Chi_Minh", f"times are written as {text} in {header} of {name}"
    if currency == "VND" or vietnamese:
        return "Asia/Ho_Chi_Minh", "the currency is VND" if currency == "VND" else "headers are Vietnamese"
    return "Etc/UTC", "nothing tells the zone of business: name it, such as Europe/Paris"


def funnel_of(deals: Sequence[tuple[RawTable, Mapping]]) -> list[str]:
    """The funnel's lines: open stages by the probability that stands beside them; nothing where no deal has a stage."""
    frames = [frame for table, mapping in deals if (frame := _stages(table, mapping)) is not None]
    if not frames:
        return []
    stages = pl.concat(frames).group_by("stage").agg(pl.col("probability").mean()).sort("probability", "stage")
    names = stages["stage"].to_list()
    won = next((name for name in names if _WON.search(fold(name))), None)
    lost = next((name for name in names if _LOST.search(fold(name))), None)
    known = stages["probability"].null_count() == 0
    why = "open stages in the order of their probability" if known else "open stages by name: put them in their order"
    listed = ", ".join(f'"{name}"' for name in names if name not in (won, lost))
    ends = [f'  {key}: "{name}"' for key, name in (("won", won), ("lost", lost)) if name]
    return ["funnel:", f"  # confirm: {why}", f"  stages: [{listed}]", *ends]


def _stages(table: RawTable, mapping: Mapping) -> pl.DataFrame | None:
    wanted = {name.rstrip("?").removeprefix("opportunities."): headers for name, headers in mapping.columns.items()}
    stage, probability, pipeline = (table.find(wanted.get(f, [])) for f in ("stage", "probability", "pipeline"))
    if stage is None:
        return None
    given = {**mapping.values.get("stage", {}), **mapping.values.get("opportunities.stage", {})}
    words = {fold(key): value for key, value in given.items() if key != "*"}
    percent = pl.col(probability) if probability else pl.lit(None, pl.String)
    number = percent.str.extract(r"(\d+(?:\.\d+)?)").cast(pl.Float64)
    bare = pl.col(stage).str.replace(r" \([^()]+\)$", "") if pipeline else pl.col(stage)
    named = bare.map_elements(lambda name: words.get(fold(name), name), return_dtype=pl.String)
    return table.frame.select(named.alias("stage"), number.alias("probability")).drop_nulls("stage")
