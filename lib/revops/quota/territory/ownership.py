"""Who owns what over time, and where the rules, the accounts file and the orders tell different stories."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from revops.company import Company
from revops.problems import Problem, nearest, refuse_if_any
from revops.quota.hierarchy import on_day, place
from revops.quota.territory.matrix import ACCOUNT_DIMENSIONS, PRODUCT, check_dimensions
from revops.quota.territory.rules import UNIT, named_of, owners, scan_double
from revops.quota.territory.sheets import read_columns, read_overrides, read_rules


def check_territory(folder: Path, company: Company) -> None:
    """Refuse dimensions, rules and moves by hand that are wrong, as far as company.yaml and its sheets tell."""
    further = read_columns(folder, company)
    check_dimensions(company.territory, further.columns)
    read_territory(folder, company, further)


def read_territory(folder: Path, company: Company, further: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rules and the moves by hand; rows of one key whose days overlap are refused."""
    known = [*ACCOUNT_DIMENSIONS, *company.territory.dimensions, PRODUCT, *further.columns]
    rules = read_rules(folder, company, list(dict.fromkeys(c for c in known if c != "account_id")))
    moves = read_overrides(folder, company)
    settings = company.territory
    refuse_if_any(
        [
            *scan_double(rules, [*named_of(rules), "priority"], settings.rules),
            *scan_double(moves, UNIT, settings.overrides),
        ]
    )
    return rules, moves


def scan_unknown(
    rules: pl.DataFrame, moves: pl.DataFrame, accounts: pl.DataFrame, company: Company
) -> Iterator[Problem]:
    """One problem per value of a rule that no account has, and per move of an account that is not there."""
    for column in (c for c in named_of(rules) if c != PRODUCT):
        known = sorted(accounts[column].drop_nulls().unique())
        for rule, value in rules.filter(~pl.col(column).is_in(known)).select("rule", column).drop_nulls().iter_rows():
            where = f"{company.territory.rules}, row {rule}, {column}"
            yield Problem(where, value + nearest(value, known), "a value that an account has", "correct the rule")
    for rule, account in moves.join(accounts, on="account_id", how="anti").select("rule", "account_id").iter_rows():
        where = f"{company.territory.overrides}, row {rule}"
        yield Problem(where, account, "an account of the accounts table", "correct the account")


def scan_absent(owned: pl.DataFrame, people: pl.DataFrame, day: date) -> Iterator[Problem]:
    """One problem per owner who is not at work on `day`."""
    here = on_day(people, day)["person_id"].to_list()
    gone = owned.drop_nulls("person_id").filter(~pl.col("person_id").is_in(here))
    for person, count in gone.group_by("person_id").len().sort("person_id").iter_rows():
        found = f"nobody at work on {day} (accounts: {count})"
        yield Problem(f"territories, owner {person}", found, "an owner at work", "end the rule and name another owner")


def spans(
    accounts: pl.DataFrame, rules: pl.DataFrame, moves: pl.DataFrame, products: Sequence[str], start: date, end: date
) -> pl.DataFrame:
    """One row per account, product group and stretch of [start, end) with one owner: person_id, kind, start_on, end_on.

    The stretches of an account follow each other without gap; nobody's (gap, overlap) are told with person_id null.
    """
    by_rule, by_hand = ({day for day in _days(frame) if start < day < end} for frame in (rules, moves))
    moved = accounts.join(moves.select("account_id"), on="account_id", how="semi")
    asked = {**dict.fromkeys(sorted(by_hand), moved), **dict.fromkeys([start, *sorted(by_rule)], accounts)}
    owned = pl.concat(
        owners(some, rules, moves, products, day).with_columns(start_on=pl.lit(day)) for day, some in asked.items()
    )
    rows = owned.select(*UNIT, "person_id", "kind", "start_on").sort(*UNIT, "start_on", nulls_last=True)
    same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift().over(UNIT)) for c in ("person_id", "kind"))
    kept = rows.filter(~same | (pl.col("start_on") == start))
    return kept.with_columns(end_on=pl.col("start_on").shift(-1).over(UNIT).fill_null(end))


def _days(frame: pl.DataFrame) -> Iterator[date]:
    """The days on which something begins or ends."""
    for column in ("start_on", "end_on"):
        yield from frame[column].drop_nulls()


def differences(owned: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """One row per account (× product group) whose owner in the accounts table is not the one the rules name.

    `person_id` owns it there (null: nobody), `owner` by the rules; `potential_amount` is the account's. Gaps and
    overlaps name nobody and are told as such.
    """
    there = accounts.select("account_id", "name", "person_id", "potential_amount")
    named = owned.drop_nulls("person_id").rename({"person_id": "owner"}).join(there, on="account_id")
    other = named.filter(pl.col("owner").ne_missing(pl.col("person_id")))
    return other.select(*UNIT, "name", "person_id", "owner", "kind", "rule", "potential_amount").sort(
        UNIT, nulls_last=True
    )


def outside_territory(orders: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """One row per order outside its person's territory on the day of the order: another region, or none of their own.

    Columns: order_id, ordered_on, person_id, region, own_region (null: the person has no territory that day). Who holds
    a channel has it as territory.
    """
    told = orders.filter(~pl.col("is_cancelled")).drop_nulls(["person_id", "region"])
    own = people.select("person_id", "start_on", "end_on", own_region="region", own_channel="channel")
    rows = place(
        told.select("order_id", "ordered_on", "person_id", "region"), own, "ordered_on", ["own_region", "own_channel"]
    )
    is_free = pl.col("own_region").is_null() & pl.col("own_channel").is_null()
    out = rows.filter((is_free | (pl.col("own_region") != pl.col("region"))).fill_null(False))
    return out.drop("own_channel").sort("ordered_on", "order_id")


def without_territory(people: pl.DataFrame, sellers: Sequence[str], day: date) -> pl.DataFrame:
    """One row per seller at work on `day` who has neither a region nor a channel: person_id, name, role, team."""
    none = pl.col("region").is_null() & pl.col("channel").is_null()
    rows = on_day(people, day).filter(none & pl.col("person_id").is_in(list(sellers)))
    return rows.select("person_id", "name", "role", "team")
