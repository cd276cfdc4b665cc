"""Sheets of rules and moves, ownership over time, and where rules, accounts and orders tell different stories."""

from datetime import date

import polars as pl
import pytest
from tests.quota.test_rules import ACCOUNTS, DAY, EVERYBODY, moves, rules

from revops import quota
from revops.company import Company, Territory
from revops.problems import InputError
from revops.quota import territory as t
from revops.workspace import open_workspace

HEAD = "region,size,owner,priority,start_on,end_on\n"


def company(tmp_path, **files):
    """A company whose territory names these sheets, written as given."""
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    settings = Territory(dimensions=["region"], **{name: f"{name}.csv" for name in files})
    return Company(name="A", currency="VND", money_decimals=0, territory=settings)


def read(tmp_path, **files):
    given = company(tmp_path, **files)
    return t.read_territory(tmp_path, given, t.read_columns(tmp_path, given))


# --- the sheets -------------------------------------------------------------------------------------------------------


def test_blank_and_star_are_any_and_days_are_read_as_people_write_them(tmp_path):
    got, none = read(tmp_path, rules=HEAD + "North,*,An,1,2026-01-01,31/12/2026\n*,,Bo,,,\n")
    columns = ["rule", "region", "size", "owner", "priority", "start_on", "end_on"]
    assert got.select(columns).rows() == [
        (2, "North", None, "An", 1, date(2026, 1, 1), date(2026, 12, 31)),
        (3, None, None, "Bo", None, None, None),
    ]
    assert none.height == 0


def test_a_dimension_of_another_sheet_stands_in_rules(tmp_path):
    got, _ = read(tmp_path, accounts="Mã KH,Province\na1,Huế\n", rules="province,owner\nHuế,An\n")
    assert got.select("province", "owner").rows() == [("Huế", "An")]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"rules": HEAD + "North,,,1,,\n"}, "rules.csv, row 2, owner: found nothing, expected a text"),
        ({"rules": HEAD + "North,,An,first,,\n"}, "row 2, priority: found first, expected a whole number, 1 first"),
        ({"rules": HEAD + "North,,An,1,soon,\n"}, "row 2, start_on: found soon, expected a day"),
        ({"rules": HEAD + "N,,An,1,03/04/2026,\n"}, "rules.csv: found 03/04/2026, which can be read in two ways"),
        ({"rules": HEAD + "N,,An,1,2026-02-01,2026-02-01\n"}, "row 2: found an end before the start"),
        ({"rules": "regoin,owner\nNorth,An\n"}, "found a column regoin (did you mean region?)"),
        ({"rules": "region,size\nNorth,large\n"}, "rules.csv: found no column owner"),
        (
            {"rules": HEAD + "North,,An,,,2026-03-01\nNorth,,Bo,,2026-02-28,\n"},
            "rules.csv, row 3: found days that overlap those of row 2",
        ),
        (
            {"overrides": "account,owner,start_on,end_on,reason\na1,An,,,x\na1,Bo,2026-01-01,,y\n"},
            "overrides.csv, row 3: found days that overlap those of row 2",
        ),
        ({"overrides": "account,owner,reason\na1,An,\n"}, "overrides.csv, row 2, reason: found nothing"),
        ({"accounts": "account,area\na1,x\na1,y\n"}, "accounts.csv: found a1 in several rows"),
    ],
)
def test_a_sheet_that_is_wrong_is_refused(tmp_path, files, told):
    with pytest.raises(InputError) as error:
        read(tmp_path, **files)
    assert told in str(error.value)


def test_days_that_touch_do_not_overlap(tmp_path):
    got, _ = read(tmp_path, rules=HEAD + "North,,An,,,2026-03-01\nNorth,,Bo,,2026-03-01,\n")
    assert got.height == 2


def test_a_sheet_that_is_not_there_is_refused(tmp_path):
    given = Company(name="A", currency="VND", money_decimals=0, territory=Territory(rules="no.csv"))
    with pytest.raises(InputError, match=r"territory.rules: found no.csv, no such file"):
        t.check_territory(tmp_path, given)


# --- over time --------------------------------------------------------------------------------------------------------


def test_stretches_of_one_owner_follow_each_other_through_the_year():
    got = t.spans(
        ACCOUNTS,
        rules(("North", None, None, "An", None, None, DAY), ("North", None, None, "Bo", None, DAY)),
        moves(("a1", None, "Lan", date(2026, 3, 1), date(2026, 4, 1))),
        [],
        date(2026, 1, 1),
        date(2027, 1, 1),
    )
    assert got.filter(account_id="a1").select("person_id", "start_on", "end_on").rows() == [
        ("An", date(2026, 1, 1), date(2026, 3, 1)),
        ("Lan", date(2026, 3, 1), date(2026, 4, 1)),
        ("An", date(2026, 4, 1), DAY),
        ("Bo", DAY, date(2027, 1, 1)),
    ]
    days = got.group_by("account_id").agg((pl.col("end_on") - pl.col("start_on")).dt.total_days().sum())
    assert days["end_on"].to_list() == [365] * 4
    assert got.filter(account_id="a3").select("person_id", "kind").rows() == [(None, "gap")]


# --- different stories ------------------------------------------------------------------------------------------------


def test_who_should_hand_over_by_the_rules_is_listed():
    named = ACCOUNTS.with_columns(name=pl.col("account_id"), potential_amount=pl.lit(5, pl.Int64))
    owned = t.owners(named, rules(("North", None, None, "An"), ("South", None, None, "Sen")), moves(), [], DAY)
    assert t.differences(owned, named).select("account_id", "person_id", "owner", "rule").rows() == [
        ("a2", "Bình", "An", 2),
        ("a3", None, "Sen", 3),
    ]


def test_values_and_accounts_that_are_not_there_are_told(tmp_path):
    given = company(tmp_path, rules="", overrides="")
    told = t.scan_unknown(rules(("Nort", None, None, "An")), moves(("a9", None, "An")), ACCOUNTS, given)
    assert [str(problem) for problem in told] == [
        "rules.csv, row 2, region: found Nort (did you mean North?), expected a value that an account has. "
        "Next: correct the rule.",
        "overrides.csv, row 2: found a9, expected an account of the accounts table. Next: correct the account.",
    ]


PEOPLE = pl.DataFrame(
    {
        "person_id": ["An", "Bo", "Cao"],
        "name": ["An", "Bo", "Cao"],
        "role": ["rep", "rep", "manager"],
        "team": ["S"] * 3,
        "start_on": [date(2020, 1, 1)] * 3,
        "end_on": pl.Series([None] * 3, dtype=pl.Date),
        "left_on": [None, date(2026, 6, 1), None],
        "region": ["North", "South", None],
        "channel": pl.Series([None] * 3, dtype=pl.String),
    }
)


def test_an_owner_who_left_is_told():
    owned = t.owners(ACCOUNTS, rules((*EVERYBODY[:3], "Bo")), moves(), [], DAY)
    assert str(next(t.scan_absent(owned, PEOPLE, DAY))).startswith(
        "territories, owner Bo: found nobody at work on 2026-07-01 (accounts: 4)"
    )
    assert not list(t.scan_absent(owned, PEOPLE, date(2026, 5, 31)))


@pytest.mark.parametrize(
    ("person", "region", "channel", "is_outside"),
    [
        ("An", "North", None, False),
        ("An", "South", None, True),
        ("An", None, None, False),
        ("Cao", "North", None, True),
        ("Cao", "North", "web", False),
        (None, "North", None, False),
    ],
)
def test_an_order_outside_its_persons_territory(person, region, channel, is_outside):
    people = PEOPLE.with_columns(channel=pl.lit(channel, pl.String))
    orders = pl.DataFrame(
        {"order_id": ["1"], "ordered_on": [DAY], "person_id": [person], "region": [region], "is_cancelled": [False]},
        schema_overrides={"person_id": pl.String, "region": pl.String},
    )
    assert t.outside_territory(orders, people).height == is_outside
    assert t.outside_territory(orders.with_columns(is_cancelled=pl.lit(True)), people).height == 0


def test_sellers_without_a_territory_are_listed():
    assert t.without_territory(PEOPLE, ["An", "Cao"], DAY)["person_id"].to_list() == ["Cao"]
    assert t.without_territory(PEOPLE, ["An"], DAY).height == 0


# --- two companies ----------------------------------------------------------------------------------------------------


@pytest.mark.aw
def test_adventure_works_has_676_orders_outside_and_three_managers_without_territory(aw_loaded):
    desk = quota.open_desk(open_workspace("03_quota", "tests/adventureworks", "2014-05", build=str(aw_loaded)))
    outside = t.outside_territory(desk.ws.read("orders"), desk.people)
    assert outside.height == 676
    counts = dict(outside.group_by("person_id").len().iter_rows())
    assert counts == {"274": 48, "275": 194, "276": 116, "277": 183, "280": 31, "281": 49, "285": 16, "287": 39}
    sellers = desk.days["person_id"].drop_nulls().unique().to_list()
    without = t.without_territory(desk.people, sellers, desk.as_of)
    assert without.filter(role="manager")["person_id"].to_list() == ["274", "285", "287"]
    assert without.filter(role="representative")["person_id"].to_list() == ["280"]  # the history ends, the sales do not
    assert desk.owned["kind"].unique().to_list() == ["account"]
