"""Periods one after another: what orders earned, what returns take back, what waits for money, who has left."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.company import Company
from revops.incentives import credits, payouts
from revops.incentives.book import Book, quotas_of
from revops.incentives.payments.ledger import kept, ledger_of
from revops.incentives.payments.till import payable
from revops.incentives.payouts import PersonMonth
from revops.incentives.plan_files import load_plans
from revops.incentives.plans import Plan
from revops.money import RATE_SCALE
from revops.problems import InputError

from .frames import movements, people, quotas, splits

OCT, NOV, DEC, JAN = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)
MONTHS = (OCT, NOV, DEC)
TIERS = [{"from": 0, "to": 1, "rate": "5%"}, {"from": 1, "to": None, "rate": "8%"}]
QUOTA = quotas(("P1", OCT, NOV, 100_000), ("P1", NOV, DEC, 100_000), ("P1", DEC, JAN, 100_000))
SHARES = {"order_id": pl.String, "paid_on": pl.Date, "share": pl.Int64}


def plan(component: dict[str, Any] | None = None, **terms: Any) -> Plan:
    part = {"name": "c", "credit": "direct", "scale": "marginal", "bounds": "quota", "tiers": TIERS, "note": "n"}
    base = {"plan": "T", "title": "t", "roles": ["representative"], "effective_from": "2026-01-01", "quota": "revenue"}
    part |= component or {}
    told = {**base, "measure": "net_revenue", "period": "month", "components": [part], "source": "s"}
    return Plan.model_validate({**told, "checked_on": "2026-01-01", **terms})


def book_of(
    moved: pl.DataFrame,
    terms: Plan,
    shares: Sequence[tuple[str, date, float]] = (),
    who: pl.DataFrame | None = None,
    quota: pl.DataFrame = QUOTA,
) -> Book:
    who = people({"person_id": "P1"}) if who is None else who
    basis = terms.components[0].basis
    lines = credits.counted(credits.credit_lines(moved, who, splits(), [terms], basis), who, [terms])
    measures: dict[Any, list[Any]] = {}
    for *key, day, amount in credits.daily(credits.measured(lines, [terms])).rows():
        measures.setdefault(tuple(key), []).append((day, amount))
    rows = [(order, day, round(share * RATE_SCALE)) for order, day, share in shares]
    ledger = ledger_of(lines, [terms], pl.DataFrame(rows, schema=SHARES, orient="row"))
    return Book([terms], who, quotas_of(quota), {}, measures, {}, "VND", 0, ledger=ledger)


def run(*given: Any, months: Sequence[date] = MONTHS, **more: Any) -> list[PersonMonth]:
    return payouts.run(book_of(*given, **more), months)


def paid(months: list[PersonMonth]) -> list[int | None]:
    return [month.paid for month in months]


def kinds(month: PersonMonth) -> list[tuple[str, int]]:
    return [(item.kind, item.amount) for item in month.payment.items] if month.payment else []


def sale(amount: int, day: date = date(2026, 10, 5), order: str = "O1", **more: Any) -> dict[str, Any]:
    return {
        "movement_id": f"{order}-1",
        "order_id": order,
        "line_id": f"{order}-1",
        "net_amount": amount,
        "moved_on": day,
        **more,
    }


def back(amount: int, day: date, order: str = "O1", **more: Any) -> dict[str, Any]:
    told = {"movement_id": f"R{order}{day}", "order_id": order, "line_id": f"{order}-1", "kind": "return"}
    return {**told, "net_amount": -amount, "moved_on": day, **more}


ORIGINAL, RECOMPUTED = {"by": "original"}, {"by": "recomputed"}
DEAL = [sale(4_000), sale(20_000, date(2026, 11, 6), "O2")]


def test_at_the_original_rate_a_sale_of_4000_at_5_percent_takes_back_200() -> None:
    months = run(movements(*DEAL, back(4_000, date(2026, 11, 20))), plan(clawback=ORIGINAL))
    assert paid(months) == [200, 800, 0]
    assert kinds(months[1]) == [("clawback", -200)]
    assert months[1].payment is not None
    assert dict(months[1].payment.items[0].figures) == {
        "how": "original", "order_id": "O1", "month_on": OCT, "credit_amount": 4_000, "rate_rate": pytest.approx(0.05),
        "kept_share": 1,
    }  # fmt: skip


BIG = [sale(110_000), sale(10_000, date(2026, 10, 6), "O2")]


@pytest.mark.parametrize(("terms", "taken"), [(RECOMPUTED, -800), (ORIGINAL, -800)])
def test_recomputed_without_the_return_6600_become_5800(terms: dict[str, Any], taken: int) -> None:
    """The last 10,000 were paid 8 %: both ways take 800."""
    months = run(movements(*BIG, back(10_000, date(2026, 11, 20), "O2")), plan(clawback=terms))
    assert months[0].paid == 6_600
    assert kinds(months[1]) == [("clawback", taken), ("carried_out", -taken)]


@pytest.mark.parametrize(("terms", "taken"), [(RECOMPUTED, -800), (ORIGINAL, -500)])
def test_the_two_ways_differ_where_the_sale_stood_in_a_lower_tier(terms: dict[str, Any], taken: int) -> None:
    """10,000 of the first order come back: its own lines were paid 5 %, the month without it loses 8 %."""
    first = [sale(10_000), sale(110_000, date(2026, 10, 6), "O2")]
    months = run(movements(*first, back(10_000, date(2026, 11, 20))), plan(clawback=terms))
    assert kinds(months[1])[0] == ("clawback", taken)


def test_a_recomputed_clawback_tells_what_the_period_was_and_is() -> None:
    months = run(movements(*BIG, back(10_000, date(2026, 11, 20), "O2")), plan(clawback=RECOMPUTED))
    figures = months[1].payment.items[0].figures if months[1].payment else {}
    assert (figures["before_amount"], figures["after_amount"], figures["month_on"]) == (6_600, 5_800, OCT)


def test_returns_one_after_another_are_each_taken_from_what_is_left() -> None:
    """120,000 less 15,000 and 15,000: 6,600 → 5,400 → 4,500."""
    moved = movements(sale(120_000), back(15_000, date(2026, 11, 20)), back(15_000, date(2026, 12, 20)))
    months = run(moved, plan(clawback=RECOMPUTED))
    assert [kinds(month)[-2:] for month in months[1:]] == [
        [("clawback", -1_200), ("carried_out", 1_200)],
        [("carried_in", -1_200), ("carried_out", 2_100)],
    ]


def test_a_return_in_the_month_of_its_sale_lowers_the_pay_and_not_the_measure() -> None:
    months = run(movements(sale(120_000), back(10_000, date(2026, 10, 20))), plan(clawback=RECOMPUTED), months=(OCT,))
    assert float(months[0].attainment or 0) == 1.2
    assert (months[0].paid, kinds(months[0])) == (5_800, [("clawback", -800)])


@pytest.mark.parametrize(
    ("day", "taken"), [(date(2026, 11, 4), -200), (date(2026, 11, 5), -150), (date(2026, 12, 5), -100)]
)
def test_pay_vests_month_by_month(day: date, taken: int) -> None:
    """Sold on 5 October for 200, four months: three quarters are taken back after one whole month."""
    months = run(movements(sale(4_000), back(4_000, day)), plan(clawback={"by": "original", "months": 4}))
    assert [item for month in months for item in kinds(month) if item[0] == "clawback"] == [("clawback", taken)]


def test_a_return_that_names_no_line_reverses_its_order() -> None:
    moved = movements(sale(3_000), sale(1_000, line_id="O1-2", movement_id="O1-2"), back(2_000, NOV, line_id=None))
    assert kinds(run(moved, plan(clawback=ORIGINAL))[1])[0] == ("clawback", -100)


def test_a_sale_before_the_plan_was_paid_by_nobody_and_takes_nothing() -> None:
    moved = movements(sale(4_000, date(2026, 9, 5)), back(4_000, NOV))
    assert kinds(run(moved, plan(clawback=ORIGINAL, effective_from="2026-10-01"))[1]) == []


def test_what_a_cap_left_is_all_that_can_be_taken_back() -> None:
    capped = plan({"cap": {"amount": 3_300}}, clawback=ORIGINAL)
    months = run(movements(*BIG, back(110_000, NOV), back(10_000, NOV, "O2")), capped)
    assert months[0].paid == 3_300
    assert sum(amount for kind, amount in kinds(months[1]) if kind == "clawback") == -3_300


def test_a_year_that_is_recomputed_loses_its_last_tier() -> None:
    """One window of the year: 60,000 and 60,000 on a quota of 100,000 are 6,600; without 10,000 of October 5,800."""
    moved = movements(sale(60_000), sale(60_000, date(2026, 11, 6), "O2"), back(10_000, date(2026, 12, 20)))
    year = quotas(("P1", date(2026, 1, 1), JAN, 100_000))
    months = run(moved, plan({"window": "year"}, clawback=RECOMPUTED), quota=year)
    assert paid(months) == [3_000, 3_600, 0]
    assert kinds(months[2])[0] == ("clawback", -800)


HOLD = {"hold": "collected"}


def test_half_of_an_order_collected_releases_half_of_its_pay() -> None:
    months = run(
        movements(sale(10_000)), plan(**HOLD), [("O1", date(2026, 10, 20), 0.5), ("O1", date(2026, 12, 31), 1)]
    )
    assert paid(months) == [250, 0, 250]
    assert [kinds(month) for month in months] == [[("held", -250)], [], [("released", 250)]]
    assert [month.state.held_amount for month in months] == [250, 250, 0]


def test_money_of_the_last_day_counts_and_of_the_next_does_not() -> None:
    for day, amount in ((date(2026, 10, 31), 500), (NOV, 0)):
        assert run(movements(sale(10_000)), plan(**HOLD), [("O1", day, 1)], months=(OCT,))[0].paid == amount


def test_each_order_waits_for_its_own_money() -> None:
    """60,000, 40,000 and 20,000 earn 3,000, 2,000 and 1,600; a cap of 3,300 leaves half of each."""
    moved = movements(sale(60_000), sale(40_000, date(2026, 10, 6), "O2"), sale(20_000, date(2026, 10, 7), "O3"))
    shares = [("O1", date(2026, 10, 9), 1.0), ("O3", date(2026, 11, 9), 1.0)]
    assert paid(run(moved, plan(**HOLD), shares)) == [3_000, 1_600, 0]
    assert paid(run(moved, plan({"cap": {"amount": 3_300}}, **HOLD), shares)) == [1_500, 800, 0]


@pytest.mark.parametrize(("scale", "held"), [("marginal", [3_000, 3_600]), ("whole", [4_800, 4_800])])
def test_in_a_window_of_several_periods_an_order_waits_with_what_each_period_added(scale: str, held: list[int]) -> None:
    """60,000 and 60,000 on a year's quota of 100,000; on a whole scale the second brings the first to 8 % too."""
    moved = movements(sale(60_000), sale(60_000, date(2026, 11, 6), "O2"))
    year = plan({"window": "year", "scale": scale}, **HOLD)
    months = run(moved, year, [("O1", DEC, 1.0)], quota=quotas(("P1", date(2026, 1, 1), JAN, 100_000)))
    assert paid(months) == [0, 0, held[0]]
    assert {order: one.amount for order, one in months[1].state.held.items()} == dict(
        zip(("O1", "O2"), held, strict=True)
    )


def test_an_order_in_a_channel_that_shows_no_payments_stops_the_payment() -> None:
    moved = movements(sale(10_000), sale(10_000, order="O2", channel="Web shop"))
    months = run(moved, plan(**HOLD), [("O1", NOV, 1)], months=(OCT,))
    assert [str(problem) for problem in months[0].problems] == [
        "plan T, P1, 2026-10: found order O2 in a channel without invoices and payments, expected payments of the "
        "orders that pay is held for. Next: add a source of payments; the payment waits."
    ]
    assert (months[0].paid, months[0].state.held) == (None, {})


def test_who_has_left_is_paid_when_the_customer_pays() -> None:
    gone = people({"person_id": "P1", "left_on": NOV})
    months = run(movements(sale(10_000)), plan(**HOLD), [("O1", date(2026, 12, 9), 1)], gone)
    assert [(month.month_on, month.paid) for month in months] == [(OCT, 0), (NOV, 0), (DEC, 500)]


def test_draws_count_from_hiring() -> None:
    hired = people({"person_id": "P1", "start_on": date(2026, 11, 9), "hired_on": date(2026, 11, 9)})
    draw = {"kind": "recoverable_guarantee", "amount": 1_000, "periods": 1}
    months = run(movements(sale(30_000, date(2026, 12, 9))), plan(draw=draw), who=hired)
    assert [kinds(month) for month in months] == [[("draw", 1_000)], [("recovery", -500)]]
    assert [month.state.draw for month in months] == [1_000, 500]


def test_a_missing_rate_of_the_pay_currency_stops_the_payment_and_leaves_the_balance() -> None:
    months = run(
        movements(sale(10_000)), plan(pay_currency="USD", draw={"kind": "recoverable", "amount": 5}), months=(OCT,)
    )
    assert str(months[0].problems[0]).startswith("plan T, P1, 2026-10: found no rate of USD on 2026-10-31")
    assert months[0].state.draw == 0


def test_pay_leaves_in_the_currency_of_the_plan_at_the_rate_of_the_periods_last_day() -> None:
    terms = plan(pay_currency="USD")
    rates = {"USD": [(OCT, 25_000 * RATE_SCALE), (NOV, 26_000 * RATE_SCALE)]}
    book = Book([terms], people(), {}, {}, {}, {}, "VND", 2, rates_abroad=rates)
    assert [payable(book, terms, month, 2_600_000_00).amount for month in (OCT, NOV)] == [104_00, 100_00]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 90_000), st.integers(1, 60), st.integers(0, 91), st.integers(0, 100)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([None, ORIGINAL, RECOMPUTED, {"by": "original", "months": 3}]),
    st.booleans(),
    st.randoms(),
)
def test_over_all_periods_what_is_earned_is_paid_carried_or_held(
    deals: list[tuple[int, int, int, int]], clawback: dict[str, Any] | None, is_held: bool, random: Any
) -> None:
    """Sold on one day, returned by a part on a later one, paid for on a third; in any order of rows."""
    rows, shares = [], []
    for n, (amount, sold, later, percent) in enumerate(deals):
        order, day = f"O{n}", date.fromordinal(OCT.toordinal() + sold - 1)
        rows.append(sale(amount, day, order))
        when = date.fromordinal(min(day.toordinal() + later, JAN.toordinal() - 1))
        if returned := amount * percent // 100:
            rows.append(back(returned, when, order))
        shares.append((order, when, percent / 100))
    terms = plan(clawback=clawback, hold="collected" if is_held else None)
    months = run(movements(*rows), terms, shares)
    random.shuffle(rows)
    assert run(movements(*rows), terms, shares) == months
    total = sum(month.payment.earned for month in months if month.payment)
    taken = sum(amount for month in months for kind, amount in kinds(month) if kind == "clawback")
    assert all(month.paid is not None and month.paid >= 0 for month in months)
    last = months[-1].state
    assert total + taken == sum(month.paid or 0 for month in months) + last.carried + last.held_amount


def test_a_pay_currency_finer_than_the_companys_amounts_is_refused(tmp_path: Path) -> None:
    text = (
        "{plan: T, title: t, roles: [r], effective_from: 2026-01-01, measure: net_revenue, period: month, source: s, "
        "checked_on: 2026-01-05, pay_currency: USD, "
        "components: [{name: c, credit: direct, scale: whole, rate: 5%, note: n}]}"
    )
    (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
    company = Company.model_validate({"name": "X", "currency": "VND", "money_decimals": 0, "plans": ["t.yaml"]})
    with pytest.raises(InputError, match="USD, which has 2 decimals, where amounts have 0, expected money_decimals: 2"):
        load_plans(tmp_path, company)


def test_lines_are_kept_of_every_plan_that_somebody_had_who_is_held_or_clawed_back() -> None:
    """An older plan, or the one of another role, may have paid what is returned now."""
    old, new = plan(plan="A", effective_to="2026-01-02"), plan(plan="B", clawback=ORIGINAL)
    every = [old, new, plan(plan="C", roles=["director"]), plan(plan="D", roles=["dealer"])]
    who = people({"person_id": "P1"}, {"person_id": "P1", "role": "dealer"}, {"person_id": "P2", "role": "director"})
    assert kept(every, who) == ["A", "B", "D"]
    assert kept([old], who) == []
