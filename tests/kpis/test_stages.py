"""Stages: who moves on, how long it takes, where deals are lost; worked examples and both sides of each bound."""

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.kpis.pipeline import stages

from .deals import APR, CREATED, JAN, JUL, JUN, MAR, STAGES, deal, deals, history, stays, visit
from .small import D


def funnel_of(reached):
    """Deals that are all closed: so many reached each stage, the last of them won."""
    rows, seen = [], []
    for depth, (here, further) in enumerate(zip(reached, [*reached[1:], 0], strict=True)):
        for i in range(here - further):
            name, won = f"{depth}-{i}", depth == len(STAGES)
            rows.append(deal(name, won=won, stage="Closed", created=MAR))
            seen += [visit(name, s, D(2026, 3, 1 + k), D(2026, 3, 2 + k)) for k, s in enumerate(STAGES[: depth + 1])]
    return history(*seen), deals(*rows)


def test_of_100_that_come_60_24_and_12_move_on():
    table = stages.stage_table(*funnel_of([100, 60, 24, 12, 12]), STAGES, MAR, APR)
    assert table["entered"].to_list() == [100, 60, 24, 12, 12]
    assert table["conversion"].to_list() == [0.6, 0.4, 0.5, 1.0, None]
    assert table["dropped"].to_list() == [40, 36, 12, 0, None]
    assert table["lost"].to_list() == table["dropped"].to_list()


def row_of(seen, rows, stage="Offer", start=MAR, end=APR):
    table = stages.stage_table(history(*seen), deals(*rows), STAGES, start, end)
    return table.filter(pl.col("stage") == stage).row(0, named=True)


def test_open_deals_stand_apart_and_change_no_share():
    closed = [deal("w", won=True, created=MAR), deal("l", won=False, created=MAR)]
    open_ = [deal(f"o{i}", created=MAR, stage="Qualified") for i in range(8)]
    row = row_of([], [*closed, *open_], "Qualified")
    assert (row["entered"], row["moved"], row["dropped"], row["still"], row["conversion"]) == (10, 1, 1, 8, 0.5)


def test_a_stage_nobody_left_has_no_conversion_rather_than_0():
    assert row_of([], [deal("o", created=MAR)], "Qualified")["conversion"] is None


@pytest.mark.parametrize(
    ("seen", "won", "stage", "fate"),
    [
        ([("Qualified", 1), ("Offer", 5)], None, "Demo", "moved"),
        ([("Qualified", 1), ("Offer", 5)], None, "Offer", "open"),
        ([("Qualified", 1), ("Offer", 5)], False, "Offer", "lost"),
        ([("Qualified", 1), ("Offer", 5), ("Qualified", 9)], False, "Offer", "lost"),
        ([("Qualified", 1), ("Offer", 5), ("Qualified", 9)], False, "Qualified", "moved"),
        ([("Qualified", 1)], True, "Contract", "moved"),
        ([("Qualified", 1)], True, "Qualified", "moved"),
        ([("Qualified", 1)], False, "Qualified", "lost"),
        ([], False, "Qualified", "lost"),
    ],
    ids=[
        "a skipped stage counts as passed", "still there", "lost from the furthest", "not from the last row",
        "back is no loss of the earlier", "won from the first passes all", "won counts as moved",
        "lost from the first", "without history from the first",
    ],
)  # fmt: skip
def test_the_fate_of_a_deal_at_a_stage(seen, won, stage, fate):
    rows = [visit("d", name, D(2026, 3, day), D(2026, 3, day + 2)) for name, day in seen]
    found = stages.stays(history(*rows), deals(deal("d", won=won, created=MAR)), STAGES, APR)
    here = found.filter(pl.col("stage") == stage).row(0, named=True)
    assert [name for name in ("moved", "lost", "open") if here[name]] == [fate]


def test_an_open_deal_without_history_came_to_its_stage_when_it_was_created():
    found = stages.stays(history(), deals(deal("d", stage="Demo")), STAGES, APR)
    assert found.select("stage", "entered_on", "open").rows() == [("Qualified", CREATED, 0), ("Demo", CREATED, 1)]


@pytest.mark.parametrize(("entered", "counts"), [(D(2026, 2, 28), 0), (MAR, 1), (D(2026, 3, 31), 1), (APR, 0)])
def test_a_visit_belongs_to_the_span_in_which_the_deal_came(entered, counts):
    row = row_of([visit("d", "Offer", entered)], [deal("d", stage="Offer", created=D(2026, 1, 1))], end=APR)
    assert row["entered"] == counts


def test_days_of_all_visits_to_a_stage_count_together():
    seen = [visit("d", "Offer", MAR, D(2026, 3, 4)), visit("d", "Demo", D(2026, 3, 4), D(2026, 3, 9))]
    seen.append(visit("d", "Offer", D(2026, 3, 9), D(2026, 3, 14)))
    row = row_of(seen, [deal("d", won=False, close=D(2026, 3, 14), created=MAR)])
    assert (row["ended"], row["days_median"]) == (1, 8)


def test_a_deal_that_stands_there_counts_as_running_not_as_gone_and_not_as_nothing():
    seen, closed = stays([10] * 3)
    standing = [visit(f"s{i}", "Offer", MAR) for i in range(2)]
    still = [deal(f"s{i}", stage="Offer", created=MAR) for i in range(2)]
    row = row_of(seen + standing, closed + still)
    assert (row["ended"], row["running"], row["days_median"], row["days_p90"]) == (3, 2, 10, None)
    assert (row["open"], row["open_amount"], row["open_days"]) == (2, 200, 30.0)


def test_a_visit_that_ends_before_it_begins_is_no_visit():
    seen = [visit("d", "Offer", D(2026, 3, 9), D(2026, 3, 4))]
    assert row_of(seen, [deal("d", won=False, created=MAR)])["ended"] == 0


def test_what_was_passed_over_took_no_days():
    seen = [visit("d", "Contract", D(2026, 3, 5), D(2026, 3, 9))]
    row = row_of(seen, [deal("d", won=True, created=MAR)])
    assert (row["entered"], row["moved"], row["ended"], row["days_median"]) == (1, 1, 0, None)


def test_lost_value_is_that_of_deals_closed_in_the_span_whenever_they_came():
    seen, closed = stays([70, 5], D(2026, 1, 10), amount=500)
    row = row_of(seen, closed)
    assert (row["entered"], row["lost"], row["lost_amount"]) == (0, 1, 500)


def jam(days, lost, count=20, past=10):
    """Offer takes `days` now and `past` before; Demo always 10; each loses so much a deal."""
    parts = [
        stays([past] * count, D(2025, 6, 1), "Offer"),
        stays([days] * count, JUN, "Offer", 50, amount=lost[0]),
        stays([10] * count, D(2025, 6, 1), "Demo"),
        stays([10] * count, JUN, "Demo", 50, amount=lost[1]),
    ]
    seen, rows = ([row for part in parts for row in part[side]] for side in (0, 1))
    return stages.stage_table(history(*seen), deals(*rows), STAGES, JUN, JUL)


def test_the_bottleneck_is_slower_than_its_own_past_and_loses_most():
    slow = jam(16, (500, 100)).filter("is_bottleneck").row(0, named=True)
    assert (slow["stage"], slow["days_median"], slow["baseline_days"]) == ("Offer", 16, 10)
    assert slow["lost_amount"] == 20 * 500
    assert jam(16, (500, 100))["is_bottleneck"].sum() == 1


@pytest.mark.parametrize(("count", "luck"), [(19, True), (20, False)])
def test_under_20_stays_a_bottleneck_could_be_luck(count, luck):
    assert jam(16, (500, 100), count).filter("is_bottleneck")["could_be_luck"].to_list() == [luck]


def test_a_stage_that_most_deals_have_not_left_is_no_fast_one():
    seen, rows = stays([10] * 20, D(2025, 6, 1), "Offer")
    more, standing = stays([9, 9], JUN, "Offer", 50, amount=900)
    for i in range(5):
        more.append(visit(f"s{i}", "Offer", JUN))
        standing.append(deal(f"s{i}", stage="Offer", created=JUN))
    table = stages.stage_table(history(*seen, *more), deals(*rows, *standing), STAGES, JUN, JUL)
    slow = table.filter("is_bottleneck").row(0, named=True)
    assert (slow["stage"], slow["days_median"], slow["days_longest"]) == ("Offer", None, 29)


@pytest.mark.parametrize(("days", "side"), [(12, "within"), (13, "beyond")], ids=["at the line", "beyond it"])
def test_wins_beyond_the_stall_line_and_within_it(days, side):
    moved = [visit(f"m{i}", "Offer", MAR, D(2026, 3, 1 + n)) for i, n in enumerate([4, 8, 12])]
    seen = [*moved, visit("x", "Offer", MAR, D(2026, 3, 1 + days))]
    won = [deal(f"m{i}", won=True, close=D(2026, 3, 20), created=JAN) for i in range(3)]
    row = row_of(seen, [*won, deal("x", won=False, close=D(2026, 3, 1 + days), created=JAN)])
    assert (row["line_days"], row["line_visits"]) == (12, 3)
    assert row[f"{side}_closed"] == (4 if side == "within" else 1)
    assert (row["within_won"], row["beyond_won"]) == (3, 0)


def test_a_deal_that_is_still_open_further_on_is_no_closed_one_beyond_or_within_the_line():
    moved = [visit(f"m{i}", "Offer", MAR, D(2026, 3, 9)) for i in range(2)]
    row = row_of(moved, [deal("m0", won=True, created=JAN), deal("m1", stage="Contract", created=JAN)])
    assert (row["line_visits"], row["within_closed"], row["within_won"], row["beyond_closed"]) == (1, 1, 1, 0)


def test_a_company_without_a_funnel_or_without_deals_has_no_rows_or_empty_ones():
    assert stages.stage_table(history(), deals(deal("d")), [], MAR, APR).is_empty()
    table = stages.stage_table(history(), deals(), STAGES, MAR, APR)
    assert table["entered"].to_list() == [0] * 5
    assert not table["is_bottleneck"].any()


VISITS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(1, 28), st.integers(0, 30) | st.none()),
    max_size=14,
    unique_by=lambda row: row[:3],
)


@given(VISITS, st.lists(st.sampled_from([None, True, False]), min_size=6, max_size=6))
def test_each_deal_that_came_moved_was_lost_or_is_open(seen, fates):
    rows = [
        visit(
            f"d{d}", STAGES[s], D(2026, 3, day), None if n is None else D.fromordinal(D(2026, 3, day).toordinal() + n)
        )
        for d, s, day, n in seen
    ]
    found = [deal(f"d{i}", won=won, close=D(2026, 5, 1), created=MAR) for i, won in enumerate(fates)]
    made = stages.stays(history(*rows), deals(*found), STAGES, JUL)
    assert (made["entered"] == made["moved"] + made["lost"] + made["open"]).all()
    assert made.select("opportunity_id", "index").is_unique().all()
    table = stages.stage_table(history(*rows), deals(*found), STAGES, MAR, JUL)
    assert table["lost"].drop_nulls().sum() == fates.count(False)
    assert table["entered"][-1] == fates.count(True)
    cube = stages.stage_cube(made, MAR, JUL)
    assert (cube["deals"].sum(), cube["amount"].sum()) == (made.height, made["amount"].sum())


def test_duckdb_says_the_same():
    seen, rows = funnel_of([12, 9, 5, 2, 1])
    with duckdb.connect() as connection:
        connection.register("h_", seen.to_arrow())
        connection.register("d_", rows.to_arrow())
        h, d = (connection.sql(f"select * from {name}") for name in ("h_", "d_"))
        stood = stages.stays(h, d, STAGES, APR)
        both = [(stood.pl(), stages.stays(seen, rows, STAGES, APR))]
        both.append((stages.stage_cube(stood, MAR, APR).pl(), stages.stage_cube(both[0][1], MAR, APR)))
    for other, expected in both:
        assert dict(other.schema) == dict(expected.schema)
        assert sorted(map(str, other.rows())) == sorted(map(str, expected.rows()))
