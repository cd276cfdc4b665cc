"""Who owns an account by rules: the most specific wins, then priority; moves by hand go before; gaps and overlaps."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.quota import territory as t
from revops.quota.territory.rules import NO_MOVES

DAY = date(2026, 7, 1)
DIMS = ["region", "size", "product_group"]

ACCOUNTS = pl.DataFrame(
    {
        "account_id": ["a1", "a2", "a3", "a4"],
        "region": ["North", "North", "South", None],
        "size": ["large", "small", "large", "large"],
        "person_id": ["An", "Bình", None, "Chi"],
    }
)


def rules(*rows):
    """Rules from (region, size, product group, owner[, priority[, start, end]]); None: any."""
    full = [(*row[:4], *(row[4:] + (None,) * 3)[:3], number) for number, row in enumerate(rows, 2)]
    schema = {
        **dict.fromkeys([*DIMS, "owner"], pl.String),
        "priority": pl.Int64,
        "start_on": pl.Date,
        "end_on": pl.Date,
    }
    return pl.DataFrame(full, schema={**schema, "rule": pl.Int64}, orient="row")


def moves(*rows):
    """Moves by hand from (account, product group, owner[, start, end])."""
    full = [(number, *row[:3], *(row[3:] + (None,) * 2)[:2], "why") for number, row in enumerate(rows, 2)]
    return pl.DataFrame(full, schema=NO_MOVES.schema, orient="row")


def owned(given_rules, given_moves=NO_MOVES, day=DAY):
    rows = t.owners(ACCOUNTS, given_rules, given_moves, ["Fans", "Water"], day)
    told = rows.select("account_id", "product_group", "kind", "person_id").iter_rows()
    return {(account, group) if group else account: (kind, who) for account, group, kind, who in told}


EVERYBODY = (None, None, None, "Zed")


@pytest.mark.parametrize(
    ("situation", "given", "expected"),
    [
        ("a rule that names nothing covers all", [EVERYBODY], {"a1": "Zed", "a2": "Zed", "a3": "Zed", "a4": "Zed"}),
        (
            "one named dimension goes before none, and two before one",
            [EVERYBODY, ("North", None, None, "Nam"), ("North", "large", None, "Lan")],
            {"a1": "Lan", "a2": "Nam", "a3": "Zed", "a4": "Zed"},
        ),
        (
            "a specific rule wins whatever the priority of the other",
            [("North", None, None, "Nam", 1), ("North", "large", None, "Lan", 9)],
            {"a1": "Lan", "a2": "Nam", "a3": None, "a4": None},
        ),
        (
            "of two as specific the lower number wins, a blank comes last",
            [("North", None, None, "Nam", 2), (None, "large", None, "Lan", 1), ("South", None, None, "Sen")],
            {"a1": "Lan", "a2": "Nam", "a3": "Lan", "a4": "Lan"},
        ),
        (
            "a missing value matches only rules that do not ask for it",
            [("North", None, None, "Nam"), ("South", None, None, "Sen")],
            {"a1": "Nam", "a2": "Nam", "a3": "Sen", "a4": None},
        ),
        (
            "two rules of one rank for one person are no overlap",
            [("North", None, None, "Nam"), (None, "large", None, "Nam")],
            {"a1": "Nam", "a2": "Nam", "a3": "Nam", "a4": "Nam"},
        ),
    ],
)
def test_the_owner_by_rules(situation, given, expected):
    assert {account: who for account, (_, who) in owned(rules(*given)).items()} == expected, situation


def test_without_rules_the_accounts_own_owner_holds_and_a_move_still_goes_before():
    got = owned(rules(), moves(("a1", None, "Lan")))
    assert got == {"a1": ("override", "Lan"), "a2": ("account", "Bình"), "a3": ("gap", None), "a4": ("account", "Chi")}


def test_a_product_group_in_a_rule_gives_one_owner_for_each():
    got = owned(rules(EVERYBODY, (None, None, "Water", "Wu")))
    assert (got["a1", "Fans"], got["a1", "Water"]) == (("rule", "Zed"), ("rule", "Wu"))
    assert len(got) == 8


def test_a_move_of_a_product_group_goes_before_a_move_of_the_account():
    got = owned(rules(EVERYBODY), moves(("a1", None, "Lan"), ("a1", "Water", "Wu")))
    assert (got["a1", "Fans"], got["a1", "Water"], got["a2", "Fans"]) == (
        ("override", "Lan"), ("override", "Wu"), ("rule", "Zed"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "owner"),
    [(date(2026, 6, 30), "An"), (date(2026, 7, 1), "Bo"), (date(2026, 12, 31), "Bo"), (date(2027, 1, 1), None)],
)
def test_rules_hold_from_their_first_day_up_to_their_end(day, owner):
    given = rules(
        ("North", None, None, "An", None, None, date(2026, 7, 1)),
        ("North", None, None, "Bo", None, date(2026, 7, 1), date(2027, 1, 1)),
    )
    assert owned(given, day=day)["a1"][1] == owner


@pytest.mark.parametrize(("day", "owner"), [(date(2026, 6, 30), "Zed"), (DAY, "Lan"), (date(2026, 8, 1), "Zed")])
def test_moves_hold_from_their_first_day_up_to_their_end(day, owner):
    assert owned(rules(EVERYBODY), moves(("a1", None, "Lan", DAY, date(2026, 8, 1))), day)["a1"][1] == owner


# --- gaps and overlaps ------------------------------------------------------------------------------------------------


def test_gaps_are_counted_and_told():
    rows = t.owners(ACCOUNTS, rules(("North", None, None, "Nam")), NO_MOVES, [], DAY)
    assert (t.has_gaps(rows), t.count_gaps(rows)) == (True, 2)
    assert str(next(t.scan_gaps(rows))) == (
        "territory of account a3: found no rule that covers it, expected one owner. Next: add a rule or a move by hand."
    )


def test_overlaps_are_counted_and_told_and_nobody_is_chosen():
    rows = t.owners(ACCOUNTS, rules(("North", None, None, "Nam"), (None, "large", None, "Lan")), NO_MOVES, [], DAY)
    assert (t.has_overlaps(rows), t.count_overlaps(rows)) == (True, 1)
    assert str(next(t.scan_overlaps(rows))) == (
        "territory of account a1: found rules of one rank for Lan, Nam, expected one owner. "
        "Next: give one of the rules a lower priority number."
    )
    assert rows.filter(account_id="a1")["person_id"].to_list() == [None]


def test_an_overlap_that_priority_or_a_move_decides_is_none():
    given = rules(("North", None, None, "Nam", 1), (None, "large", None, "Lan", 2))
    rows = t.owners(ACCOUNTS, given, NO_MOVES, [], DAY)
    assert not t.has_overlaps(rows)
    assert rows.filter("is_by_priority")["account_id"].to_list() == ["a1"]
    undecided = rules(("North", None, None, "Nam"), (None, "large", None, "Lan"))
    assert not t.has_overlaps(t.owners(ACCOUNTS, undecided, moves(("a1", None, "Zed")), [], DAY))


# --- whatever comes ---------------------------------------------------------------------------------------------------

RULE = st.tuples(
    st.sampled_from(["North", "South", None]), st.sampled_from(["large", "small", None]),
    st.sampled_from(["Fans", None]), st.sampled_from(["An", "Bo"]), st.sampled_from([1, 2, None]),
)  # fmt: skip


def plainly(account, group, given):
    """The same rule, pair by pair."""
    place = {"region": account["region"], "size": account["size"], "product_group": group}
    fits = [r for r in given if all(want is None or want == place[d] for d, want in zip(DIMS, r[:3], strict=True))]
    ranks = [(-sum(want is not None for want in r[:3]), r[4] or 99) for r in fits]
    return {r[3] for r, rank in zip(fits, ranks, strict=True) if rank == min(ranks)}


@given(st.lists(RULE, min_size=1, max_size=6), st.randoms())
def test_every_account_is_owned_or_a_gap_or_an_overlap_and_the_order_of_rules_does_not_matter(given, random):
    rows = t.owners(ACCOUNTS, rules(*given), NO_MOVES, ["Fans", "Water"], DAY)
    units = ACCOUNTS.height * (2 if any(r[2] for r in given) else 1)
    assert rows.height == units == rows["person_id"].count() + t.count_gaps(rows) + t.count_overlaps(rows)
    places = {row["account_id"]: row for row in ACCOUNTS.iter_rows(named=True)}
    for row in rows.iter_rows(named=True):
        best = plainly(places[row["account_id"]], row["product_group"], given)
        assert row["person_id"] == (best.pop() if len(best) == 1 else None)
    shuffled = random.sample(given, len(given))
    columns = ["account_id", "product_group", "kind", "person_id"]
    again = t.owners(ACCOUNTS.reverse(), rules(*shuffled), NO_MOVES, ["Water", "Fans"], DAY)
    assert again.select(columns).equals(rows.select(columns))


def test_a_hundred_thousand_accounts_meet_five_hundred_rules():
    count, regions = 100_000, [f"r{i}" for i in range(60)]
    many = pl.DataFrame(
        {
            "account_id": [f"a{i:06}" for i in range(count)],
            "region": [regions[i % 60] for i in range(count)],
            "size": [["large", "small"][i % 2] for i in range(count)],
            "person_id": ["x"] * count,
        }
    )
    given = rules(
        *((region, None, None, f"p{i}") for i, region in enumerate(regions)),
        *((region, size, None, f"q{i}") for i, region in enumerate(regions) for size in ("large", "small")),
        *((region, None, group, f"s{i}") for i, region in enumerate(regions) for group in "abcde"),
        *((None, None, None, f"z{i}", i + 1) for i in range(20)),
    )
    assert given.height == 500
    rows = t.owners(many, given, NO_MOVES, list("abcde"), DAY)
    assert rows.height == 500_000
    assert t.count_overlaps(rows) == 500_000  # a size and a product group are as specific, and no priority decides
