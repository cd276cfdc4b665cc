"""What became of the last findings, and customers, sales and market together: as frames and as the page says it."""

from datetime import timedelta

import polars as pl
import pytest

from revops.kpis.contracts import KeptFindings
from revops.kpis.findings import Finding, Found, follow, themes, to_keep
from revops.kpis.findings.followed import status
from revops.kpis.findings.rules import defaults
from revops.kpis.findings.themes import advice
from revops.money import RATE_SCALE

from .small import D, company, line, order, spans, table, world

TODAY = D(2026, 3, 31)
FANS = {"product_group": "Fans", "channel": "Web", "region": None}


def found(amount, where=FANS, watch="sales", looks=()):
    rule = defaults().rules["review_mix"]
    item = Finding(
        watch,
        amount,
        "vs_plan",
        where,
        {"share": -0.1},
        50,
        True,
        (),
        "review_mix",
        rule,
        "product-table",
        "net_revenue",
    )
    return Found([item], [item, *looks])


def kept(found, period="2026-02", done=None):
    rows = to_keep(found, {"default": "p1"}, D(2026, 2, 28))
    more = {"period": pl.lit(period), "made_on": pl.lit(D(2026, 2, 28)), "done": pl.lit(done, dtype=pl.String)}
    return KeptFindings.validate(rows.with_columns(**more).select(KeptFindings.column_names()))


@pytest.mark.parametrize(
    ("then", "now", "became"),
    [
        (-1000, -1200, "same"),
        (-1000, -1201, "larger"),
        (-1000, -800, "same"),
        (-1000, -799, "smaller"),
        (-1000, -100, "smaller"),
        (-1000, -99, "gone"),
        (-1000, 1000, "gone"),
        (-1000, None, "gone"),
        (1000, 1201, "larger"),
    ],
)
def test_what_became_of_a_finding(then, now, became):
    assert status(then, now, 100) == became


def test_the_same_place_is_measured_again_though_it_is_no_finding_any_more():
    look = Finding("sales", -300, "vs_plan", FANS, is_sure=False)
    (row,) = follow(kept(found(-1000)), Found([], [look]), "2026-02", 100).to_dicts()
    assert (row["key"], row["then_amount"], row["now_amount"], row["status"]) == (
        "sales · product_group Fans · channel Web", -1000, -300, "smaller",
    )  # fmt: skip
    assert (row["owner"], row["due_on"]) == ("p1", D(2026, 3, 6))


def test_a_place_that_nothing_is_told_of_any_more_is_gone_and_its_money_unknown():
    (row,) = follow(kept(found(-1000)), Found([], []), "2026-02", 100).to_dicts()
    assert (row["now_amount"], row["status"]) == (None, "gone")


def test_only_the_period_before_is_followed_and_what_people_wrote_stays_with_it():
    rows = pl.concat([kept(found(-1000), "2026-01"), kept(found(-500), "2026-02", "vouchers funded")])
    (row,) = follow(rows, found(-500), "2026-02", 100).to_dicts()
    assert (row["then_amount"], row["status"], row["done"]) == (-500, "same", "vouchers funded")


def test_the_key_tells_places_apart_and_stays_the_same():
    keys = {
        Finding("sales", -1, "vs_plan", where).key for where in (FANS, FANS | {"region": "North"}, {"channel": "Web"})
    }
    assert len(keys) == 3
    assert Finding("sales", 5, "vs_usual", dict(FANS)).key in keys


# --- themes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sales", "buyers", "pace", "hurt", "said"),
    [
        (-0.01, -0.01, 0.0, False, "turn"),
        (-0.01, 0.01, 0.0, False, "hold"),
        (0.10, 0.10, 0.04, True, "repair"),
        (0.01, 0.10, 0.04, False, "defend"),
        (0.02, 0.10, 0.04, False, "hold"),
        (0.07, 0.10, 0.04, False, "invest"),
        (0.07, 0.00, 0.04, False, "price"),
        (0.07, None, 0.04, False, "invest"),
        (0.07, 0.10, None, False, "hold"),
    ],
)
def test_what_sales_buyers_and_market_advise_together(sales, buyers, pace, hurt, said):
    assert advice(sales, buyers, pace, hurt) == said


PRODUCTS = table(
    "products", [{"product_id": name.lower(), "product_group": name, "name": name} for name in ("Fans", "Pots")]
)


def two_years(fans, pots, buyers=1):
    """Orders of 24 months: the last twelve bring `fans` and `pots` times as much as the twelve before."""
    heads, lines = [], []
    for n in range(24):
        for name, growth in (("fans", fans), ("pots", pots)):
            for buyer in range(buyers if n >= 12 else 1):
                key = f"{name}{n}-{buyer}"
                heads.append(
                    order(key, D(2024, 4, 5) + timedelta(days=round(n * 30.44)), customer_id=f"{name}{n % 12}-{buyer}")
                )
                lines.append(
                    line(key, round(1000 * (growth if n >= 12 else 1) / (buyers if n >= 12 else 1)), product=name)
                )
    return {"orders": heads, "order_lines": lines, "products": PRODUCTS}


def test_a_theme_is_held_against_its_market_and_ranked_by_the_revenue_that_moved():
    facts = world(TODAY, company(), **two_years(1.3, 0.8, buyers=2))
    rows = themes(facts, spans("2026-03"), Found([], []), {"Fans": RATE_SCALE // 10})
    got = {row["name"]: row for row in rows.to_dicts()}
    assert list(got)[0] == "Fans"
    assert (got["Fans"]["sales"], got["Fans"]["market"], got["Fans"]["advice"]) == (pytest.approx(0.3), 0.1, "invest")
    assert got["Fans"]["buyers"] == 1.0
    assert got["Fans"]["moved_amount"] == 3600
    assert (got["Pots"]["market"], got["Pots"]["advice"]) == (None, "defend")


def test_findings_of_a_theme_come_with_it_and_are_told_once():
    facts = world(TODAY, company(), **two_years(1.3, 1.0))
    rows = themes(facts, spans("2026-03"), found(-500), {})
    told = [row for row in rows.to_dicts() if row["findings"]]
    assert [(row["name"], row["advice"]) for row in told] == [("Fans", "repair")]


def test_without_two_years_there_is_no_trend():
    rows = two_years(1.3, 1.0)
    young = {"orders": rows["orders"][2:], "order_lines": rows["order_lines"][2:]}
    assert themes(world(TODAY, company(), **young), spans("2026-03"), Found([], []), {}).is_empty()


def test_no_advice_is_given_more_than_twice():
    groups = ("Fans", "Pots", "Pans")
    products = table("products", [{"product_id": name, "product_group": name, "name": name} for name in groups])
    heads, lines = [], []
    for n in range(24):
        for rank, name in enumerate(groups):
            heads.append(order(f"{name}{n}", D(2024, 4, 5) + timedelta(days=round(n * 30.44)), customer_id=name))
            lines.append(line(f"{name}{n}", 1000 - (n >= 12) * 100 * (rank + 1), product=name))
    facts = world(TODAY, company(), orders=heads, order_lines=lines, products=products)
    rows = themes(facts, spans("2026-03"), Found([], []), dict.fromkeys(groups, 0))
    assert rows.filter(pl.col("advice") == "defend")["name"].to_list() == ["Pans", "Pots"]
    assert "Fans" not in rows["name"]
