r"""Names of files that differ by their days: one pattern finds them all, and next month's file too.

>>> pattern_of(["web/orders_2026-H1.csv", "web/orders_2026-H2.csv"], [])
'web/orders_*.csv'
>>> pattern_of(["leads_2026-10-31.csv"], ["leads_old.csv"])
'leads_[0-9]*.csv'
>>> print(day_pattern(["Order.all.20260101_20260630.xlsx", "Order.all.20260701_20261031.xlsx"]))
.*(?<!\d)(\d{8})(?!\d)
"""

import glob
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_PIECE = rf"(?:(?<![A-Za-z])(?:\d+|[HQWT]\d{{1,2}}(?![\dA-Za-z])|(?:{_MONTHS})[a-z]*\d*(?![A-Za-z]))|\d{{4,}})"
_MOVING = re.compile(rf"{_PIECE}(?:[-_. ]{{0,3}}(?:to|den)?[-_. ]{{0,3}}{_PIECE})*", re.IGNORECASE)
_YEAR = re.compile(rf"(?:19|20)\d\d|{_MONTHS}", re.IGNORECASE)
_DAYS = (r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)", r"(?<!\d)(\d{8})(?!\d)", r"(?<!\d)(\d{4}_\d{2}_\d{2})(?!\d)")
_COPY = re.compile(r"[-_. (]*(?:copy|bản sao|final|export)?[-_. )]*$", re.IGNORECASE)
_SHORTEST = 3


def alike(name: str) -> str:
    """A name without what moves in it and without its ending; files of one kind whose names are alike belong together.

    >>> [alike(name) for name in ("raw/orders_2026-10.csv", "raw/orders_2025-H2.csv", "orders (1).csv", "orders.xlsx")]
    ['raw/orders', 'raw/orders', 'orders', 'orders']
    """
    path = PurePosixPath(name)
    folder = _MOVING.sub("#", path.parent.as_posix())
    stem = _MOVING.sub("#", path.name.removesuffix(path.suffix))
    bare = _COPY.sub("", stem.removesuffix("#").rstrip("-_. ()#"))
    kept = bare if len(bare) >= _SHORTEST else stem
    return (PurePosixPath(folder) / kept).as_posix()


def pattern_of(names: Sequence[str], others: Iterable[str]) -> str | None:
    """The pattern of names that are alike; null where none finds them and none of the others."""
    foreign = list(others)
    for star in ("*", "[0-9]*"):
        pattern = "/".join(_part([name.split("/")[i] for name in names], star) for i in range(names[0].count("/") + 1))
        if all(finds(pattern, name) for name in names) and not any(finds(pattern, name) for name in foreign):
            return pattern
    return None


def finds(pattern: str, name: str) -> bool:
    """Whether a pattern finds a name; a `*` stays within one folder."""
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def day_pattern(names: Sequence[str]) -> str | None:
    """The pattern that finds a day in every name, the last one where a name has two; null where there is none."""
    for shape in _DAYS:
        found = [re.findall(shape, name) for name in names]
        if all(days and _is_day(days[-1]) for days in found):
            return (".*" if any(len(days) > 1 for days in found) else "") + shape
    return None


def _is_day(text: str) -> bool:
    try:
        return 1990 < datetime.strptime(re.sub(r"\D", "", text), "%Y%m%d").year < 2100
    except ValueError:
        return False


def _part(parts: Sequence[str], star: str) -> str:
    """One folder's or file's name with a star for what moves: what differs, and what looks like a day or a year."""
    texts = [_MOVING.split(part) for part in parts]
    if len(set(map(tuple, texts))) > 1:
        return _stem(parts)
    moving = [set(values) for values in zip(*(_MOVING.findall(part) for part in parts), strict=True)]
    pieces = [glob.escape(texts[0][0])]
    for values, text in zip(moving, texts[0][1:], strict=True):
        stays = len(values) == 1 and not _YEAR.search(min(values))
        pieces += [glob.escape(min(values)) if stays else star, glob.escape(text)]
    return re.sub(r"\*+", "*", "".join(pieces))


def _stem(parts: Sequence[str]) -> str:
    """What the names begin with, and their common ending."""
    ends = {PurePosixPath(part).suffix for part in parts}
    return f"{glob.escape(alike(parts[0]).partition('#')[0])}*{ends.pop() if len(ends) == 1 else '.*'}"
