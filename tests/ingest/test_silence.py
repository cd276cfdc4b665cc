"""A source that falls silent, or misses a stretch, is a fault at the top of the index, not nothing sold."""

from datetime import date, timedelta

import pytest

from revops import ingest
from revops.report import ingest as page

from .small import HEAD, LINES

LAST = date(2026, 10, 31)


def lines(*days):
    return HEAD + "".join(f"A{day:%y%m%d},{day},X,1,1000,Stores\n" for day in days)


def every(step, first, last):
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def faults(shop, days, again=False, **change):
    sources = {"shop": {**LINES, "files": "raw/shop.csv", **change}}
    shop.write({"raw/shop.csv": lines(*days)}, sources)
    if again:
        shop.load()
    ws = shop.open()
    assert ingest.load(ws).from_cache is again
    return [(fault["where"], fault["found"]) for fault in ws.notes.faults]


@pytest.mark.parametrize(
    ("step", "behind", "is_fault"),
    [(1, 7, False), (1, 8, True), (5, 8, True), (14, 14, False), (14, 15, True)],
)
def test_a_source_is_silent_where_it_is_behind_for_longer_than_ever(shop, step, behind, is_fault):
    last = LAST - timedelta(days=behind)
    found = faults(shop, every(step, last - timedelta(days=step * 12), last))
    told = [("source shop", f"no row after {last}, {behind} days before {LAST}")]
    assert found == (told if is_fault else [])


@pytest.mark.parametrize(
    ("gaps", "missing", "is_fault"),
    [((1, 2, 3), 31, False), ((1, 2, 3), 32, True), ((9,), 36, False), ((9,), 37, True)],
)
def test_a_stretch_without_rows_is_a_hole_where_it_is_far_longer_than_usual(shop, gaps, missing, is_fault):
    days = [LAST]
    for gap in [*gaps, missing, *gaps]:
        days.append(days[-1] - timedelta(days=gap))
    after, before = days[len(gaps)], days[len(gaps) + 1]
    told = f"no row from {before + timedelta(days=1)} to {after - timedelta(days=1)}"
    assert faults(shop, sorted(days)) == ([("source shop", told)] if is_fault else [])


def test_two_holes_do_not_hide_each_other(shop):
    days = [d for d in every(1, date(2026, 1, 1), LAST) if d.month not in {3, 6, 7}]
    assert [found for _, found in faults(shop, days)] == [
        "no row from 2026-03-01 to 2026-03-31",
        "no row from 2026-06-01 to 2026-07-31",
    ]


def test_the_fault_is_told_from_the_cache_too_and_not_for_a_source_that_has_ended(shop):
    days = every(1, date(2026, 9, 1), date(2026, 10, 12))
    assert len(faults(shop, days, again=True)) == 1
    assert faults(shop, days, ended_on=date(2026, 10, 12)) == []
    assert len(faults(shop, days, ended_on=date(2026, 10, 11))) == 1


def test_sources_that_all_end_together_are_one_fault(shop):
    days = every(1, date(2026, 9, 1), date(2026, 10, 12))
    sources = {name: {**LINES, "files": f"raw/{name}.csv"} for name in ("shop", "web")}
    other = lines(*days).replace("\nA", "\nB")
    ws = shop.write({"raw/shop.csv": lines(*days), "raw/web.csv": other}, sources).open()
    ingest.load(ws)
    assert [(fault["where"], fault["next_step"]) for fault in ws.notes.faults] == [
        ("sources shop, web", "add the missing exports, or run with --as-of 2026-10-12")
    ]


def test_lines_in_quarantine_are_those_of_the_period_and_undated_ones_apart(shop):
    rows = [
        "A1,2026-10-05,X,1,1000,Stores",
        "A2,2026-10-06,X,-1,-2000,Stores",
        "A3,2026-09-30,X,-1,-4000,Stores",
        "A4,2026-10-31,X,-1,-8000,Stores",
        "A5,someday,X,1,500,Stores",
    ]
    ws = shop.write({"raw/a.csv": HEAD + "\n".join(rows) + "\n"}).open(as_of="2026-10-30")
    page.findings(ws, ingest.load(ws))
    assert [(f["amount"], f["basis"]) for f in ws.notes.findings[:2]] == [
        (2000, "sales in quarantine"),
        (None, "sales without a day"),
    ]
