"""From earned to paid: the situations of payments.yaml, and what holds over any sequence of pay periods."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import given

from revops.incentives.payments import Exchange, Facts, Item, NoRate, State, TakenBack, clawbacks, settle
from revops.incentives.plans import Plan
from revops.incentives.terms import Draw, PaymentCap

SITUATIONS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("payments.yaml").read_text(encoding="utf-8"))


def of(section: str) -> Any:
    rows = SITUATIONS[section]
    return pytest.mark.parametrize("case", rows, ids=[row["name"] for row in rows])


def plan(**terms: Any) -> Plan:
    return Plan.model_construct(**terms)


def in_sequence(terms: Plan, earned: Sequence[int], facts: Sequence[Facts] = ()) -> list[tuple[int, State]]:
    """What is paid in each period, and the state after it."""
    found, state = [], State()
    for number, amount in enumerate(earned, start=1):
        items, state = settle(amount, terms, state, facts[number - 1] if facts else Facts(number))
        found.append((amount + sum(item.amount for item in items), state))
    return found


@of("draws")
def test_draws(case: dict[str, Any]) -> None:
    terms = Draw(**{key: case[key] for key in ("kind", "amount", "periods", "recover_from") if key in case})
    found = in_sequence(plan(draw=terms), case["earned"])
    assert [paid for paid, _ in found] == case["paid"]
    assert [state.draw for _, state in found] == case["balance"]


@of("caps")
def test_caps_and_debts(case: dict[str, Any]) -> None:
    cap = PaymentCap(amount=case["amount"], carry=case["carry"]) if "amount" in case else None
    found = in_sequence(plan(payment_cap=cap), case["earned"])
    assert [paid for paid, _ in found] == case["paid"]
    assert [state.carried for _, state in found] == case["carried"]


@of("holds")
def test_holds(case: dict[str, Any]) -> None:
    facts = [
        Facts(orders=orders, collected={order: Fraction(str(share)) for order, share in shares.items()})
        for orders, shares in zip(case["earned"], case["collected"], strict=True)
    ]
    found = in_sequence(plan(hold="collected"), [sum(orders.values()) for orders in case["earned"]], facts)
    assert [paid for paid, _ in found] == case["paid"]
    assert [state.held_amount for _, state in found] == case["held"]


@of("vesting")
def test_vesting(case: dict[str, Any]) -> None:
    assert clawbacks.unvested(case["sold"], case["returned"], 12) == Fraction(str(case["share"]))


def test_without_vesting_all_is_taken_back_however_late() -> None:
    assert clawbacks.unvested(date(2020, 1, 1), date(2026, 1, 1), None) == 1


def test_a_part_that_comes_back_takes_its_part_of_what_was_paid() -> None:
    assert clawbacks.at_original(sold=Fraction(4_000), pay=Fraction(230), returned=Fraction(2_000)) == 115
    assert clawbacks.at_original(sold=Fraction(0), pay=Fraction(0), returned=Fraction(2_000)) == 0


def test_what_is_taken_back_comes_out_of_what_waits_first() -> None:
    """1,000 earned on an order of which half is paid: taking it back costs the 500 that were paid, not 1,000."""
    held = plan(hold="collected")
    first = Facts(orders={"A": 1_000}, collected={"A": Fraction(1, 2)})
    back = Facts(collected={"A": Fraction(1, 2)}, clawbacks=[TakenBack("A", Fraction(1_000))])
    found = in_sequence(held, [1_000, 2_000], [first, back])
    assert [paid for paid, _ in found] == [500, 1_500]
    assert found[1][1].held_amount == 0


def test_items_stand_in_the_order_of_operations_and_say_why() -> None:
    terms = plan(
        draw=Draw(kind="recoverable_guarantee", amount=100),
        hold="collected",
        payment_cap=PaymentCap(amount=80, carry=True),
    )
    facts = Facts(
        1,
        clawbacks=[TakenBack("B", Fraction(21, 2), {"how": "original"})],
        orders={"A": 40},
    )
    items, state = settle(60, terms, State(carried=-25, draw=7), facts)
    assert [(item.kind, item.amount) for item in items] == [
        ("draw", 40),
        ("clawback", -11),
        ("held", -40),
        ("carried_in", -25),
    ]
    assert items[0].figures == {
        "how": "recoverable_guarantee",
        "draw_amount": 100,
        "earned_amount": 60,
        "balance_amount": 47,
    }
    assert items[1].figures == {"how": "original", "order_id": "B"}
    assert items[2].figures == {"order_id": "A", "commission_amount": 40, "collected_share": 0}
    assert (state.draw, state.carried, state.held_amount) == (47, 0, 40)


def test_who_has_left_gets_no_advance_and_pays_back_what_is_owed() -> None:
    terms = plan(draw=Draw(kind="recoverable", amount=100, recover_from=9))
    items, state = settle(60, terms, State(draw=80), Facts(is_active=False))
    assert [(item.kind, item.amount) for item in items] == [("recovery", -60)]
    assert state.draw == 20


def test_an_order_is_settled_once_it_is_paid() -> None:
    _, state = settle(9, plan(hold="collected"), State(), Facts(orders={"A": 9}, collected={"A": Fraction(1)}))
    assert state.held == {}
    assert not state.is_open


RATES = Exchange("USD", {"GBP": [(date(2026, 1, 1), 1_250_000_000)], "EUR": [(date(2026, 2, 1), 1_100_000_000)]})


def test_pay_in_another_currency_is_rounded_once_more_to_its_minor_unit() -> None:
    paid = RATES.payable(1_00, "USD", "GBP", date(2026, 10, 31))
    assert (paid.currency, paid.amount, paid.rate) == ("GBP", 80, Fraction(4, 5))
    assert RATES.payable(1_234_00, "USD", "GBP", date(2026, 10, 31), 100).amount == 987_00
    assert RATES.payable(1_01, "USD", "GBP", date(2026, 10, 31)).amount == 81
    assert RATES.payable(7, "USD", "USD", date(2026, 10, 31)).amount == 7


def test_a_rate_holds_from_its_day_on_and_before_it_there_is_a_fault() -> None:
    assert RATES.rate("EUR", date(2026, 2, 1)) == Fraction(11, 10)
    with pytest.raises(NoRate) as error:
        RATES.rate("EUR", date(2026, 1, 31))
    assert str(error.value.problem("plan T, P1, 2026-01")) == (
        "plan T, P1, 2026-01: found no rate of EUR on 2026-01-31, expected a row of fx_rates for EUR that holds then. "
        "Next: add it; the payment waits."
    )


AMOUNT = st.integers(-(10**6), 10**6)
DRAWS = st.none() | st.builds(
    Draw,
    kind=st.sampled_from(["recoverable", "non_recoverable", "recoverable_guarantee", "non_recoverable_guarantee"]),
    amount=st.integers(0, 10**5),
    periods=st.none() | st.integers(1, 5),
    recover_from=st.integers(1, 5),
)
CAPS = st.none() | st.builds(PaymentCap, amount=st.integers(0, 10**6), carry=st.booleans())
ORDERS = st.dictionaries(st.sampled_from("ABCDE"), AMOUNT, max_size=5)
SHARES = st.dictionaries(st.sampled_from("ABCDE"), st.fractions(0, 1, max_denominator=12), max_size=5)
TAKEN = st.lists(st.builds(TakenBack, st.none() | st.sampled_from("ABC"), st.fractions(0, 10**5)), max_size=3)
PERIODS = st.lists(st.tuples(ORDERS, AMOUNT, SHARES, TAKEN), min_size=1, max_size=8)


@given(DRAWS, CAPS, st.sampled_from([None, "collected"]), PERIODS, st.sampled_from([1, 100]))
def test_pay_is_never_negative_and_nothing_is_lost_on_the_way(
    draw: Draw | None, cap: PaymentCap | None, hold: str | None, periods: Sequence[Any], step: int
) -> None:
    """Over any periods: earned + advanced − taken back = paid + carried + held + lost."""
    state, total, paid, lost, granted = State(), 0, 0, 0, 0
    for number, (orders, beside, shares, taken) in enumerate(periods, start=1):
        on_orders = {order: amount * step for order, amount in orders.items()}
        earned = sum(on_orders.values()) + beside * step
        facts = Facts(number, True, taken, on_orders, shares)
        items, state = settle(earned, plan(draw=draw, payment_cap=cap, hold=hold), state, facts, 0, step)
        sums = by_kind(items)
        now = earned + sum(sums.values())
        assert now >= 0
        assert now % step == 0
        paid += now
        total += earned + sums.get("clawback", 0)
        granted += sums.get("draw", 0) + sums.get("recovery", 0)
        lost -= sum(item.amount for item in items if item.kind == "payment_cap" and item.figures["how"] == "lost")
    assert total + granted == paid + state.carried + state.held_amount + lost
    owed = draw is not None and not draw.kind.startswith("non_")
    assert state.draw == (granted if owed else 0) >= 0


@given(ORDERS, SHARES, st.randoms())
def test_any_order_of_orders_settles_the_same(orders: Mapping[str, int], shares: Any, random: Any) -> None:
    shuffled = list(orders.items())
    random.shuffle(shuffled)
    one, other = (
        settle(sum(orders.values()), plan(hold="collected"), State(), Facts(orders=dict(rows), collected=shares))
        for rows in (orders.items(), shuffled)
    )
    assert one == other


def by_kind(items: Sequence[Item]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for item in items:
        sums[item.kind] = sums.get(item.kind, 0) + item.amount
    return sums
