"""A person's quota letter as a page of its own: the number, why, by month, quarter and product; nobody else's figures.

    letters.write(ws, folder)              a letter for everyone in the proposal of the run, one file each
    letters.write(ws, folder, version)     the same for a signed version

Reads quota_scenarios, quota_proposed, quota_parts and quota_why that 03_quota saved. A letter shows what the person
carries, with over-assignment; the base is finance's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import polars as pl

from revops.money import split
from revops.periods import Period
from revops.quota.compare import PARTS
from revops.report import paper
from revops.report.quota.names import dimension, label, planned, share
from revops.report.quota.why import sentence
from revops.report.statement import marks
from revops.report.statement.marks import NARROW, WIDE
from revops.report.tables import Column, table
from revops.words import Words
from revops.workspace import Workspace

LONG = 14  # characters of a number that leave no room beside the steps to it


@dataclass(frozen=True)
class Letter:
    """Everything that one letter shows. `months`: first day, quota, share of the month that the person carries."""

    ws: Workspace
    person: dict[str, Any]
    months: list[tuple[date, int, float]]
    parts: dict[str, dict[date, int]]
    why: dict[str, Any] | None
    version: dict[str, Any] | None

    @property
    def words(self) -> Words:
        """Words of the page."""
        return self.ws.words

    @property
    def amount(self) -> int:
        """The number."""
        return sum(amount for _, amount, _ in self.months)

    @property
    def year(self) -> Period:
        """The quota year."""
        return Period.parse(self.person["quota_year"], self.ws.company.fiscal_year_starts)

    def t(self, key: str, **values: Any) -> str:
        """A text of the letter."""
        return str(self.words.t(f"letter.{key}", **values))


def file_of(person_id: str, language: str) -> str:
    """A letter's file.

    >>> file_of("NV/0101", "vi")
    'NV_0101.vi.html'
    """
    return f"{paper.file_name(person_id)}.{language}.html"


def write(ws: Workspace, folder: Path, version: pl.DataFrame | None = None) -> None:
    """A letter for each person of the chosen scenario, or of a signed version (its rows), in the language of `ws`."""
    for letter in letters(ws, version):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file_of(letter.person["person_id"], ws.language)
        path.write_text(render(letter), encoding="utf-8")


def letters(ws: Workspace, version: pl.DataFrame | None = None) -> Iterator[Letter]:
    """What each letter shows, sorted by person; nothing of anybody else stands in it. A vacancy gets none."""
    people = {row["person_id"]: row for row in _people(ws).iter_rows(named=True)}
    parts = ws.read("quota_parts").partition_by("scenario", "person_id", as_dict=True)
    why = {row["person_id"]: row for row in ws.read("quota_why").iter_rows(named=True)}
    signed = version.row(0, named=True) if version is not None else None
    proposed = _proposed(ws, version).filter(pl.col("person_id").is_in(list(people)))
    for (person,), months in sorted(proposed.partition_by("person_id", as_dict=True).items()):
        given = months.sort("month_on").select("month_on", "quota_amount", "present").rows()
        row = {**people[person], **months.row(0, named=True)}
        row["manager"] = people.get(row["manager_id"], {}).get("name")
        key = (row["scenario"], person)
        shared = _shared(parts[key], given) if key in parts else {}
        yield Letter(planned(ws), row, given, shared, why.get(person) if row["is_chosen"] else None, signed)


def _people(ws: Workspace) -> pl.DataFrame:
    """One row per person: the last that is known on as_of."""
    known = ws.scan("people").filter(pl.col("start_on") <= ws.as_of).sort("person_id", "start_on")
    return known.group_by("person_id", maintain_order=True).last().collect()


def _proposed(ws: Workspace, version: pl.DataFrame | None) -> pl.DataFrame:
    """quota_proposed of the chosen scenario, or of the signed one with the version's own days and amounts."""
    proposed = ws.read("quota_proposed")
    if version is None:
        return proposed.filter("is_chosen").drop("base_amount")
    mine = version.with_columns(month_on=pl.col("start_on").dt.truncate("1mo")).drop("base_amount", "is_manager")
    return mine.join(proposed.drop("quota_amount", "base_amount"), on=["scenario", "person_id", "month_on"])


def _shared(parts: pl.DataFrame, months: list[tuple[date, int, float]]) -> dict[str, dict[date, int]]:
    """Factor → month → amount: the month's number over the factors of the proposal; the parts sum to it."""
    made: dict[str, dict[date, int]] = {factor: {} for factor in sorted(parts["factor"].unique())}
    weights = {(row[0], row[1]): row[2] for row in parts.select("month_on", "factor", "quota_amount").iter_rows()}
    for month, amount, _ in months:
        mine = [max(0, weights.get((month, factor), 0)) for factor in made]
        for factor, part in zip(made, split(amount, mine if any(mine) else [1] * len(mine)), strict=True):
            made[factor][month] = part
    return made


def render(letter: Letter) -> str:
    """The whole HTML file."""
    ws, words, row = letter.ws, letter.words, letter.person
    place = words.name("kpis.names", row["region"] or row["channel"] or "")
    about = (row["person_id"], ", ".join(filter(None, [words.name("incentives.roles", row["role"]), place])))
    head = paper.head(ws, (letter.t("title"), letter.year.name, _status(letter)), row["name"], about)
    body = _hero(letter) + _months(letter) + _factors(letter) + _signatures(letter)
    title = f"{letter.t('title')} · {letter.year.name} · {row['name']}"
    return paper.page(ws, title, head, body, _foot(letter))


def _status(letter: Letter) -> str:
    if letter.version is None:
        return letter.t("proposal", day=letter.words.date(letter.ws.as_of))
    return letter.t("signed", version=letter.version["version"], day=letter.words.date(letter.version["made_on"]))


def _hero(letter: Letter) -> str:
    words = letter.words
    start = letter.person.get("start_on", letter.year.start) if letter.version else letter.year.start
    key = "your_quota" if start == letter.year.start else "your_quota_from"
    told = letter.t(key, year=letter.year.name, day=words.date(start))
    total = (letter.t("total", currency=words.symbol), words.money_plain(letter.amount))
    figure = words.money(letter.amount)
    css = "big long" if len(figure) > LONG else "big"
    number = f'<p class="lbl">{escape(told)}</p><p class="{css}">{escape(figure)}</p>'
    why = f"<h1>{escape(_why(letter))}</h1>"
    sums = paper.sums(_steps(letter) or _quarters(letter), total)
    return f'<section class="hero"><div>{number}{why}</div>{sums}</section>'


def _bridge(letter: Letter) -> dict[str, Any] | None:
    """The steps to the number as the person may know them: over-assignment is in the growth.

    None where they do not lead to the letter's number: a manager's is the team's, a later version holds in part.
    """
    if letter.why is None or letter.why["quota_amount"] != letter.amount:
        return None
    growth = letter.why["growth_amount"] + letter.why["over_amount"]
    return {**letter.why, "growth_amount": growth, "over_amount": 0}


def _why(letter: Letter) -> str:
    bridge, base = _bridge(letter), str(int(letter.year.name) - 1)
    if bridge is not None:
        return f"{sentence(letter.ws, bridge, base)}."
    if letter.version is not None and not letter.person["is_manager"]:
        return str(letter.version["reason"])
    return letter.t("of_team")


def _steps(letter: Letter) -> list[tuple[str, str, str]]:
    bridge, base = _bridge(letter), str(int(letter.year.name) - 1)
    if bridge is None:
        return []
    used = [part for part in PARTS if part == "base" or bridge[f"{part}_amount"]]
    return [
        (letter.t(f"step.{part}", year=base), "", letter.words.money_plain(bridge[f"{part}_amount"], signed=n > 0))
        for n, part in enumerate(used)
    ]


def _quarters(letter: Letter) -> list[tuple[str, str, str]]:
    sums = _by_quarter(letter, {month: amount for month, amount, _ in letter.months})
    return [(letter.t("quarter", n=n), "", letter.words.money_plain(amount)) for n, amount in sums.items()]


def _by_quarter(letter: Letter, amounts: Mapping[date, int]) -> dict[int, int]:
    """Quarter of the quota year, 1 to 4 → amount."""
    found: dict[int, int] = {}
    for month, amount in sorted(amounts.items()):
        quarter = letter.year.months.index(month) // 3 + 1
        found[quarter] = found.get(quarter, 0) + amount
    return found


def _months(letter: Letter) -> str:
    words, months = letter.words, letter.months
    largest = max(months, key=lambda month: month[1])
    power, unit = words.unit(largest[1])
    digits = 3 - len(str(int(words.in_unit(largest[1], power) or 0))) if power else 0
    title = letter.t(
        "months", month=words.month_name(largest[0]), share=words.percent(share(largest[1], letter.amount))
    )
    bars = [
        (
            words.month_short(month),
            words.scaled(amount, power, max(0, digits)),
            words.in_unit(amount, power),
            "",
            False,
        )
        for month, amount, _ in months
    ]
    label_ = letter.t("months_label")
    drawn = "".join(
        f'<div class="{css}">{"".join(marks.history_svg(part, words, size[0], 92, label_) for part in rows)}</div>'
        for css, size, rows in (("wide", WIDE, [bars]), ("narrow", NARROW, [bars[:6], bars[6:]]))
    )
    who = letter.t("months_who", unit=unit)
    heads = f"<h2>{escape(words.capital(title))}</h2><p class='who'>{escape(who)}</p>"
    return f"<section>{heads}{drawn}{_presence(letter)}</section>"


def _presence(letter: Letter) -> str:
    """Which months are carried in part, and how much of each."""
    words = letter.words
    part = [(month, there) for month, _, there in letter.months if there is not None and there < 1]
    if not part:
        return ""
    told = words.join([f"{words.month_name(month)} {words.percent(there, 0)}" for month, there in part])
    return f'<p class="note">{escape(letter.t("presence", months=told))}</p>'


def _factors(letter: Letter) -> str:
    """By product group (or whatever the number is parted by) and quarter; the last row is the letter's number."""
    sums = {factor: _by_quarter(letter, months) for factor, months in letter.parts.items()}
    sums = {factor: quarters for factor, quarters in sums.items() if any(quarters.values())}
    if not sums:
        return ""
    ws, whole = letter.ws, _by_quarter(letter, {month: amount for month, amount, _ in letter.months})
    named = {factor: " · ".join(label(ws, value) for value in factor.split("/")) for factor in sums}
    rows: list[dict[str, Any]] = [
        {"name": name, **{f"q{n}": amount for n, amount in quarters.items()}, "year": sum(quarters.values())}
        for name, quarters in [*((named[factor], sums[factor]) for factor in sums), (letter.t("all"), whole)]
    ]
    columns = [Column("name", " · ".join(dimension(ws, name) for name in ws.company.quota.factors))]
    columns += [Column(f"q{n}", letter.t("quarter_short", n=n), "money_short") for n in whole]
    columns.append(Column("year", letter.t("year"), "money_short", strong=True))
    top = max(rows[:-1], key=lambda row: row["year"])
    title = letter.t("factors", name=top["name"], share=letter.words.percent(share(top["year"], letter.amount), 0))
    shown = table(rows, columns, title, letter.t("factors_who"), words=letter.words, total=True, fine=True)
    return f"<section>{shown.html}</section>"


def _signatures(letter: Letter) -> str:
    parts = "".join(f"<span>{escape(letter.t(who))}</span>" for who in ("received", "given"))
    return f'<section class="sign">{parts}</section>'


def _foot(letter: Letter) -> str:
    words = letter.words
    difference = letter.amount - sum(sum(months.values()) for months in letter.parts.values()) if letter.parts else 0
    tone, mark = ("good", "✓") if difference == 0 else ("bad", "✗")
    contact = letter.person["manager"]
    parts = [
        f'{escape(letter.t("sums"))} <b class="{tone}">{mark} {escape(words.money(difference))}</b>',
        *([escape(letter.t("questions", name=contact))] if contact else []),
        f'<span class="mut">{escape(letter.t("confidential"))}</span>',
    ]
    return paper.foot(parts)
