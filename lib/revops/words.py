"""Words, figures and dates of one language: the catalogue and the formats of every report.

A catalogue is a folder of YAML files, `words/<language>/<stage>.yaml`. Nested keys are joined under the file's name, so
`revenue: {title: …}` in kpis.yaml is `kpis.revenue.title`. The key `cells` of a file holds Markdown cells by their id.

Amounts are whole counts of 10 ** -money_decimals of the currency. Figures are rounded once, half away from zero:

>>> words = Words("en", "VND", 0)
>>> words.money(1234567), words.money_short(49_187_000_000), words.percent(0.0164), words.signed_percent(-0.0164)
('₫1,234,567', '₫49.2bn', '1.6%', '−1.6%')
>>> Words("vi", "VND", 0).money_short(566_000_000).replace(NBSP, " ")
'566 triệu ₫'
"""

import re
from collections.abc import Iterator
from datetime import date as Day
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date
from babel.numbers import get_currency_precision

from revops.money import to_decimal
from revops.periods import Period

FOLDER = Path(__file__).with_name("words")
YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NBSP = "\u00a0"
MINUS = "\u2212"
EVEN = 0.005  # within half a percent of the reference counts as level
SYMBOLS = {"VND": "₫", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "AUD": "A$", "SGD": "S$", "THB": "฿"}
UNITS = {"en": {9: "bn", 6: "m", 3: "k"}, "vi": {9: "tỷ", 6: "triệu", 3: "nghìn"}}
COUNTS = {
    "en": ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
    "vi": ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"],
}


class Words:
    """Text, figures and dates in `language` ('en' or 'vi') and one currency."""

    def __init__(self, language: str, currency: str, money_decimals: int, folder: Path = FOLDER):
        self.language = language
        self.currency = currency
        self.money_decimals = money_decimals
        self.folder = folder

    # text

    def t(self, key: str, **values: Any) -> str:
        """The text of `key` with its placeholders filled; an unknown key or a missing value is refused by name."""
        texts = catalogue(self.folder, self.language)
        if key not in texts:
            raise KeyError(f"no text {key!r} in {self.language}: add it to words/{self.language}/{_stage(key)}.yaml")
        try:
            return texts[key].format(**values)
        except (KeyError, IndexError) as error:
            raise KeyError(f"text {key!r} ({self.language}) needs the value {error}") from None

    def has(self, key: str) -> bool:
        """Whether the catalogue has the key: for names that data choose, such as a check or a channel."""
        return key in catalogue(self.folder, self.language)

    def name(self, prefix: str, value: str) -> str:
        """A value of the data in words, `prefix.value`; the value itself where the catalogue does not know it."""
        key = f"{prefix}.{value}"
        return self.t(key) if self.has(key) else value

    def n(self, key: str, count: int, **values: Any) -> str:
        """`key.one` for one and `key.other` for any other count; {n} is the count as a word up to ten."""
        form = "one" if abs(count) == 1 else "other"
        return self.t(f"{key}.{form}", n=self.count(count), **values)

    def cell(self, notebook: str, cell_id: str) -> str | None:
        """The Markdown of a cell of '02_kpis' in this language, or None."""
        return catalogue(self.folder, self.language).get(f"{notebook.partition('_')[2]}.cells.{cell_id}")

    def count(self, n: int) -> str:
        """A count as a word up to ten, in figures above.

        >>> Words("en", "VND", 0).count(4), Words("vi", "VND", 0).count(4), Words("en", "VND", 0).count(11)
        ('four', 'bốn', '11')
        """
        return COUNTS[self.language][n] if 0 <= n <= 10 else self.number(n)

    @staticmethod
    def capital(text: str) -> str:
        """The text with its first letter as a capital."""
        return text[:1].upper() + text[1:]

    def said(self, texts: Any) -> str:
        """A text that is declared in both languages, such as a metric's name, in this one."""
        return str(getattr(texts, self.language))

    def join(self, names: list[str]) -> str:
        """Names in a row: 'A, B and C' or 'A, B và C'."""
        if len(names) < 2:
            return "".join(names)
        return ", ".join(names[:-1]) + f" {self.t('common.and')} " + names[-1]

    # numbers

    def number(self, value: int | float | Decimal | None, digits: int = 0, *, signed: bool = False) -> str:
        """A number with grouped digits and a true minus; '' for None.

        >>> Words("vi", "VND", 0).number(-1234.5, 1), Words("en", "VND", 0).number(0.0004, 2, signed=True)
        ('−1.234,5', '0.00')
        """
        if value is None:
            return ""
        exact = round_decimal(value, digits)
        text = f"{abs(exact):,.{digits}f}"
        if self.language == "vi":
            text = text.translate(str.maketrans(",.", ".,"))
        return _sign(exact, signed) + text

    def percent(self, share: float | None, digits: int = 1, *, signed: bool = False) -> str:
        """A share as a percentage; undefined is 'n/a', never 0."""
        if share is None:
            return self.t("common.undefined")
        return self.number(round_decimal(share, digits + 2) * 100, digits, signed=signed) + "%"

    def signed_percent(self, share: float | None, digits: int = 1) -> str:
        """A relative variance as a percentage with its sign."""
        return self.percent(share, digits, signed=True)

    def points(self, difference: float | None, digits: int = 1) -> str:
        """A difference of two shares in percentage points, always signed.

        >>> Words("en", "VND", 0).points(-0.0029, 2).replace(NBSP, " ")
        '−0.29 pp'
        """
        if difference is None:
            return self.t("common.undefined")
        points = round_decimal(difference, digits + 2) * 100
        return f"{self.number(points, digits, signed=True)}{NBSP}{'pp' if self.language == 'en' else 'điểm'}"

    # money

    @property
    def symbol(self) -> str:
        """The currency's sign, or its code where it has none of its own."""
        return SYMBOLS.get(self.currency, self.currency)

    @property
    def precision(self) -> int:
        """Decimals shown: those of the currency, at most those that are kept."""
        return min(self.money_decimals, get_currency_precision(self.currency))

    def money(self, amount: int | None, *, signed: bool = False) -> str:
        """The full amount with the currency's sign, never abbreviated: pay is written like this."""
        if amount is None:
            return ""
        return self._with_symbol(to_decimal(amount, self.money_decimals), self.precision, "", signed)

    def money_plain(self, amount: int | None, *, signed: bool = False) -> str:
        """The full amount without currency, for columns whose head names it."""
        if amount is None:
            return ""
        return self.number(to_decimal(amount, self.money_decimals), self.precision, signed=signed)

    def money_short(self, amount: int | None, digits: int = 3, *, signed: bool = False) -> str:
        """`digits` significant digits with the unit that fits; below a thousand no unit, below a hundred its decimals.

        >>> [Words("en", "USD", 2).money_short(x) for x in (99_999_999_00, 999_499_00, 999_500_00, -123_45)]
        ['$100m', '$999k', '$1.00m', '−$123']
        """
        if amount is None:
            return ""
        value = to_decimal(amount, self.money_decimals)
        power, decimals = _short(value, digits)
        if power == 0:
            return self._with_symbol(value, self.precision if abs(value) < 100 else 0, "", signed)
        return self._with_symbol(value.scaleb(-power), decimals, UNITS[self.language][power], signed)

    def signed_money(self, amount: int | None) -> str:
        """A full amount with its sign."""
        return self.money(amount, signed=True)

    def signed_money_short(self, amount: int | None, digits: int = 3) -> str:
        """A short amount with its sign."""
        return self.money_short(amount, digits, signed=True)

    def unit(self, largest: int) -> tuple[int, str]:
        """The common unit of a column or chart by its largest amount: its power of ten, and its name for the head.

        >>> Words("en", "VND", 0).unit(49_000_000_000), Words("vi", "USD", 2).unit(5_000_00)[1].replace(NBSP, " ")
        ((9, '₫bn'), 'nghìn $')
        """
        value = abs(to_decimal(largest, self.money_decimals))
        power = next((p for p in (9, 6, 3) if value >= 10**p), 0)
        return power, self.unit_name(power)

    def unit_name(self, power: int) -> str:
        """'₫bn' or 'tỷ ₫' for 9; the currency's sign for 0."""
        unit = UNITS[self.language].get(power, "")
        if self.language == "en":
            return self.symbol + unit
        return f"{unit}{NBSP}{self.symbol}" if unit else self.symbol

    def scaled(self, amount: int | None, power: int, digits: int = 2, *, signed: bool = False) -> str:
        """An amount in a unit that the head names: 12_430_000_000 with power 9 is '12.43'."""
        if amount is None:
            return ""
        return self.number(to_decimal(amount, self.money_decimals).scaleb(-power), digits, signed=signed)

    def in_unit(self, amount: int | None, power: int) -> float | None:
        """The same as a float: for the position of a mark, never for arithmetic."""
        return None if amount is None else float(to_decimal(amount, self.money_decimals).scaleb(-power))

    def _with_symbol(self, value: Decimal, digits: int, unit: str, signed: bool) -> str:
        figure = self.number(abs(value), digits)
        sign = _sign(round_decimal(value, digits), signed)
        if self.language == "en":
            symbol = self.symbol if self.symbol != self.currency else self.currency + NBSP
            return f"{sign}{symbol}{figure}{unit}"
        return sign + NBSP.join(filter(None, [figure, unit, self.symbol]))

    # dates

    def date(self, day: Day | None) -> str:
        """'31 Oct 2026' or '31/10/2026'."""
        if day is None:
            return ""
        return f"{day:%d/%m/%Y}" if self.language == "vi" else format_date(day, "d MMM y", "en")

    def day(self, day: Day) -> str:
        """Without the year: '31 Oct' or '31/10'."""
        return f"{day:%d/%m}" if self.language == "vi" else format_date(day, "d MMM", "en")

    def month(self, day: Day | None) -> str:
        """'Oct 2026' or 'T10/2026'."""
        if day is None:
            return ""
        return f"T{day.month}/{day.year}" if self.language == "vi" else format_date(day, "MMM y", "en")

    def month_short(self, day: Day) -> str:
        """Without the year: 'Oct' or 'T10'."""
        return f"T{day.month}" if self.language == "vi" else format_date(day, "MMM", "en")

    def month_name(self, day: Day) -> str:
        """In a sentence, without the year: 'October' or 'tháng 10'."""
        return f"tháng {day.month}" if self.language == "vi" else format_date(day, "MMMM", "en")

    def period(self, period: Period) -> str:
        """In a sentence: 'October 2026', 'Q4 2026', 'week 43 of 2026'; 'tháng 10/2026', 'quý 4/2026', 'tuần 43/2026'.

        >>> october, week = Period.parse("2026-10"), Period.parse("2026-W43")
        >>> Words("vi", "VND", 0).period(october), Words("en", "VND", 0).period(week)
        ('tháng 10/2026', 'week 43 of 2026')
        """
        year, _, part = period.name.partition("-")
        if self.language == "vi":
            number = part.lstrip("QW0")
            return {"year": f"năm {year}", "quarter": f"quý {number}/{year}", "week": f"tuần {number}/{year}"}.get(
                period.kind, f"tháng {number}/{year}"
            )
        month = format_date(period.start, "MMMM y", "en")
        week = f"week {part[1:].lstrip('0')} of {year}"
        return {"year": year, "quarter": f"{part} {year}", "week": week}.get(period.kind, month)

    def period_short(self, period: Period) -> str:
        """For heads: 'Oct 2026', 'Q4 2026', 'W43 2026', '2026' or 'T10/2026', 'Q4/2026', 'Tuần 43/2026', '2026'."""
        year, _, part = period.name.partition("-")
        if period.kind == "month":
            return self.month(period.start)
        if self.language == "vi" and part:
            return f"{'Tuần ' + part[1:] if period.kind == 'week' else part}/{year}"
        return f"{part} {year}".strip()

    # signs

    @staticmethod
    def arrow(change: float | int | None, better: str = "higher", *, level: float = 0.0, shown: str = "") -> str:
        """▲ up, ▼ down, ● level: direction only; `tone` says whether it is good. '' for None.

        `level` is the size within which a change counts as none: EVEN for a variance to plan. A change whose figure as
        `shown` has only zeros is none.
        """
        del better  # an arrow is direction; it takes the argument so that arrow and tone are called alike
        if change is None:
            return ""
        return "●" if abs(change) <= level or _is_zero(shown) else ("▲" if change > 0 else "▼")

    @staticmethod
    def tone(change: float | int | None, better: str = "higher", *, level: float = 0.0, shown: str = "") -> str:
        """'good', 'bad' or 'even': the colour class of a change.

        >>> Words.tone(-0.016), Words.tone(-0.016, "lower"), Words.tone(0.004, level=EVEN)
        ('bad', 'good', 'even')
        >>> Words.tone(-0.00004, shown="0.00 pp"), Words.arrow(-0.00004, shown="0.00 pp")
        ('even', '●')
        """
        if change is None or abs(change) <= level or better == "none" or _is_zero(shown):
            return "even"
        return "good" if (change > 0) == (better == "higher") else "bad"


class Counted(Words):
    """Words whose amounts count things, named where money's unit would stand.

    >>> words = Counted(Words("en", "USD", 2), "pieces")
    >>> words.money_short(23_400), words.unit(23_400), words.money(5, signed=True)
    ('23.4k', (3, 'k pieces'), '+5')
    """

    def __init__(self, words: Words, things: str):
        super().__init__(words.language, words.currency, 0, words.folder)
        self.things = things

    @property
    def symbol(self) -> str:
        """What is counted."""
        return self.things

    def unit_name(self, power: int) -> str:
        """'k pieces' for 3, 'pieces' for 0."""
        return " ".join(filter(None, [UNITS[self.language].get(power, ""), self.things]))

    def _with_symbol(self, value: Decimal, digits: int, unit: str, signed: bool) -> str:
        figure = _sign(round_decimal(value, digits), signed) + self.number(abs(value), digits)
        return figure + (unit if self.language == "en" else f"{NBSP}{unit}" if unit else "")


def round_decimal(value: int | float | Decimal, digits: int) -> Decimal:
    """Rounded half away from zero; a float counts as the shortest decimal that names it."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


@cache
def catalogue(folder: Path, language: str) -> dict[str, str]:
    """All texts of a language by key, from every YAML file of its folder."""
    texts: dict[str, str] = {}
    for path in sorted((folder / language).glob("*.yaml")):
        texts.update(_flat(yaml.load(path.read_text(encoding="utf-8"), Loader=YAML) or {}, path.stem))
    return texts


def placeholders(text: str) -> set[str]:
    """The names that a text needs: for the test that two languages ask for the same values."""
    return set(re.findall(r"(?<!\{)\{(\w+)[^{}]*\}(?!\})", text))


def _flat(tree: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}.{key}")
        else:
            yield f"{prefix}.{key}", str(value)


def _short(value: Decimal, digits: int) -> tuple[int, int]:
    """The power of ten of the unit and the decimals to show: rounding never leaves 1000 of a unit."""
    for power in (9, 6, 3):
        rounded = Context(prec=digits, rounding=ROUND_HALF_UP).plus(abs(value).scaleb(-power))
        if rounded >= 1:
            return power, max(0, digits - 1 - rounded.adjusted())
    return 0, 0


def _sign(value: Decimal, signed: bool) -> str:
    if value < 0:
        return MINUS
    return "+" if signed and value > 0 else ""


def _is_zero(shown: str) -> bool:
    """Whether a figure, as it is shown, is zero: it has digits and all of them are 0."""
    return set(re.findall(r"\d", shown)) == {"0"}


def _stage(key: str) -> str:
    return key.partition(".")[0]
