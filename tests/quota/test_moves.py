"""What a proposal changes, account by account and person by person."""

import polars as pl
from tests.quota.proposals import case, people, sold

from revops.quota.territory.moves import moves, shares
from revops.quota.territory.solve import Placement, propose

DEALS = pl.DataFrame({"account_id": ["a1", "a1", "a0", None], "amount": [70, 50, 5, 9]})


def _found() -> Placement:
    """p has 600 of 1,000, q 300, nobody 100: a1 goes from p to q, a3 to p."""
    return propose(case(sold("ppq.", [400, 200, 300, 100]), people("p", "q", name=["Lan", "Hùng"]), moving=0.05))


def test_each_move_says_from_whom_to_whom_what_it_carries_and_where_both_stand() -> None:
    rows = moves(_found(), DEALS)
    assert rows.select("account_id", "person_id", "new_person_id", "sales_amount", "pipeline_amount").rows() == [
        ("a1", "p", "q", 200, 120),
        ("a3", None, "p", 100, 0),
    ]
    assert rows.select("load", "from_before", "from_after", "to_before", "to_after").rows() == [
        (40.0, 120.0, 100.0, 60.0, 100.0),
        (20.0, None, None, 120.0, 100.0),
    ]


def test_shares_before_and_after_differ_by_the_moves() -> None:
    rows = shares(_found())
    assert rows.select("name", "accounts", "new_accounts", "sales_amount", "new_sales_amount").rows() == [
        ("Lan", 2, 2, 600, 500),
        ("Hùng", 1, 2, 300, 500),
    ]
    assert rows.select("alignment_index", "new_alignment_index", "fair").rows() == [
        (120.0, 100.0, 100.0),
        (60.0, 100.0, 100.0),
    ]


def test_where_nothing_moves_there_are_no_rows() -> None:
    found = propose(case(sold("pq", [10, 10]), people("p", "q")))
    assert moves(found, DEALS).height == 0
