"""What was closed stands; what changes is paid later, as a line that names both versions, and never twice."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from revops.incentives.payments import Facts, State, settle
from revops.incentives.plans import Plan
from revops.incentives.terms import PaymentCap

from .months import DEC, NOV, OCT, SEP, Books, items, month, paid, stopped


@pytest.fixture
def books() -> Books:
    """September is closed at 6,600."""
    made = Books()
    made.close([month(SEP, 6_600)])
    return made


def test_a_late_order_makes_version_2_and_its_difference_is_paid_in_the_open_period(books: Books) -> None:
    found = books.settle([month(SEP, 7_000), month(OCT, 1_000)])
    item = next(p for p in found.months if p.month_on == OCT).payment.items[-1]
    assert (item.kind, item.amount) == ("adjustment", 400)
    assert item.figures == {
        "month_on": SEP, "before_version": 1, "version": 2, "before_amount": 6_600, "after_amount": 7_000,
    }  # fmt: skip
    assert paid(found, OCT) == 1_400


def test_the_closed_month_stays_as_it_was_paid(books: Books) -> None:
    found = books.settle([month(SEP, 7_000), month(OCT, 1_000)])
    assert (paid(found, SEP), items(found, SEP)) == (6_600, [("closed", -400)])


def test_the_same_inputs_again_pay_nothing_more(books: Books) -> None:
    found = books.settle([month(SEP, 6_600), month(OCT, 1_000)])
    assert (paid(found, OCT), items(found, OCT), found.changes) == (1_000, [], [])


def test_a_difference_is_paid_once(books: Books) -> None:
    books.close([month(SEP, 7_000), month(OCT, 1_000)])
    again = books.settle([month(SEP, 7_000), month(OCT, 1_000), month(NOV, 500)])
    assert (paid(again, NOV), items(again, NOV)) == (500, [])


def test_a_third_version_starts_from_the_second(books: Books) -> None:
    books.close([month(SEP, 7_000), month(OCT, 1_000)])
    found = books.settle([month(SEP, 6_900), month(OCT, 1_000), month(NOV, 500)])
    change = found.changes[0]
    assert (change.before.version, change.version, change.difference) == (2, 3, -100)
    assert paid(found, NOV) == 400


def test_the_next_version_counts_what_came_before_its_correction(books: Books) -> None:
    """October came to 1,000 and paid 1,400; it is compared by the 1,000."""
    books.close([month(SEP, 7_000), month(OCT, 1_000)])
    found = books.settle([month(SEP, 7_000), month(OCT, 1_100), month(NOV, 0)])
    assert (paid(found, NOV), paid(found, OCT)) == (100, 1_400)


@pytest.mark.parametrize(
    ("open_pay", "difference", "now", "owed", "next_pay"),
    [
        (600, -600, 0, 0, 500),
        (600, -601, 0, -1, 499),
        (600, -2_000, 0, -1_400, 0),
        (600, -599, 1, 0, 500),
    ],
)
def test_pay_is_never_negative_and_the_rest_is_owed(books, open_pay, difference, now, owed, next_pay) -> None:
    months = [month(SEP, 6_600 + difference), month(OCT, open_pay)]
    found = books.close(months)
    assert (paid(found, OCT), found.versions["owed_out_amount"].sum()) == (now, owed)
    assert paid(books.settle([*months, month(NOV, 500)]), NOV) == next_pay


def test_the_difference_stands_outside_the_caps_of_the_open_period(books: Books) -> None:
    """25,000 under a payment cap of 20,000 that carries: 20,000, the 400 of September, and 5,000 next time."""
    plan = Plan.model_construct(payment_cap=PaymentCap(amount=20_000, carry=True))
    capped, state = settle(25_000, plan, State(), Facts())
    open_pay = 25_000 + sum(item.amount for item in capped)
    found = books.settle([month(SEP, 7_000), month(OCT, open_pay)])
    assert (paid(found, OCT), state.carried) == (20_400, 5_000)


def test_who_is_stopped_waits_with_all_differences(books: Books) -> None:
    found = books.close([month(SEP, 7_000), stopped(OCT)])
    assert paid(found, OCT) is None
    assert found.versions.filter(month_on=SEP).is_empty()
    later = books.settle([month(SEP, 7_000), month(OCT, 1_000), month(NOV, 0)])
    assert items(later, NOV) == [("adjustment", 400), ("adjustment", 1_000)]


def test_who_has_left_is_still_paid_a_difference(books: Books) -> None:
    found = books.settle([month(SEP, 7_000), month(OCT, 50, "Bình")])
    gone = next(p for p in found.months if (p.person_id, p.month_on) == ("An", OCT))
    assert (gone.name, gone.plan, gone.paid) == ("An", None, 400)


def test_where_everybody_has_left_differences_are_still_paid(books: Books) -> None:
    assert paid(books.settle([month(SEP, 7_000)], OCT), OCT) == 400


def test_who_has_left_and_owes_is_remembered() -> None:
    books, others = Books(), [month(on, 50, "Bình") for on in (SEP, OCT, NOV, DEC)]
    books.close([month(SEP, 6_600), *others[:1]])
    books.close([month(SEP, 6_000), *others[:2]])
    books.close([month(SEP, 6_000), *others[:3]])
    found = books.settle([month(SEP, 6_700), *others])
    assert (paid(found, DEC), items(found, DEC)) == (100, [("adjustment", 700), ("owed_in", -600)])


def test_who_was_not_there_at_closing_is_paid_from_nothing(books: Books) -> None:
    found = books.settle([month(SEP, 6_600), month(SEP, 300, "Bình"), month(OCT, 0), month(OCT, 0, "Bình")])
    assert items(found, OCT, "Bình") == [("adjustment", 300)]
    assert found.changes[0].before.amount == 0


NO_PAYMENT = "no payment to compare with"
LOST = (
    "closed 2026-09, An: found {why}, expected what it was computed from; version 1 of 6600 stands and nothing is paid "
    "for it. Next: restore what is missing, or correct the payment by revops adjust."
)


@pytest.mark.parametrize(
    ("september", "why"),
    [
        ([stopped(SEP)], "no quota"),
        ([month(SEP, None)], "no payment to compare with"),
        ([], "no payment to compare with"),
    ],
)
def test_what_can_no_longer_be_computed_stands_and_says_so(books: Books, september, why) -> None:
    found = books.close([*september, month(OCT, 1_000)])
    assert [str(fault) for fault in found.faults] == [LOST.format(why=why)]
    assert (paid(found, SEP), paid(found, OCT)) == (6_600, 1_000)
    later = books.settle([month(SEP, 7_000), month(OCT, 1_000), month(NOV, 0)])
    assert (paid(later, NOV), later.faults) == (400, [])


def test_a_month_that_never_paid_and_still_does_not_is_no_fault() -> None:
    books = Books()
    books.close([month(SEP, None), month(SEP, 5, "Bình")])
    assert books.settle([month(SEP, 5, "Bình"), month(OCT, 1, "Bình")]).faults == []


def test_months_before_closing_began_are_not_compared() -> None:
    books = Books()
    books.close([month(SEP, 5), month(OCT, 10)])
    found = books.settle([month(SEP, 999), month(OCT, 10), month(NOV, 1)])
    assert (paid(found, SEP), paid(found, NOV), found.changes) == (999, 1, [])


def test_with_a_month_between_the_difference_is_paid_there(books: Books) -> None:
    found = books.settle([month(SEP, 7_000), month(OCT, 1_000), month(NOV, 500)])
    assert (paid(found, OCT), paid(found, NOV)) == (1_400, 500)


def test_a_run_of_a_closed_month_shows_what_waits_and_pays_nothing(books: Books) -> None:
    found = books.settle([month(SEP, 7_000)])
    assert (paid(found, SEP), [change.difference for change in found.changes]) == (6_600, [400])


@pytest.mark.parametrize(("amount", "now", "owed"), [(500, 1_500, 0), (-400, 600, 0), (-1_300, 0, -300)])
def test_an_adjustment_by_hand_is_a_line_of_its_own(amount: int, now: int, owed: int) -> None:
    books = Books()
    books.adjust(SEP, amount)
    found = books.close([month(SEP, 1_000)])
    assert (paid(found, SEP), items(found, SEP)[0]) == (now, ("manual", amount))
    assert found.versions["owed_out_amount"].to_list() == [owed]
    later = books.settle([month(SEP, 1_000), month(OCT, 1_000)])
    assert (paid(later, OCT), later.changes) == (1_000 + owed, [])


def test_an_adjustment_of_who_is_stopped_waits() -> None:
    books = Books()
    books.adjust(SEP, 500)
    books.close([stopped(SEP)])
    assert paid(books.settle([month(SEP, 40), month(OCT, 1)]), OCT) == 541


def test_what_was_paid_and_is_owed_is_what_was_earned(books: Books) -> None:
    """Paid 6,600 and 400 + 1,000 − 500; October's further 900 wait while November's payment is stopped."""
    books.adjust(OCT, -500)
    books.close([month(SEP, 7_000), month(OCT, 1_000)])
    found = books.settle([month(SEP, 7_000), month(OCT, 1_900), stopped(NOV)])
    assert (found.left, found.right) == (7_500, 7_500)


def test_each_month_that_is_paid_balances(books: Books) -> None:
    books.adjust(OCT, -50)
    rows = books.settle([month(SEP, 5_000), month(OCT, 1_000)]).versions
    own = rows.filter(month_on=OCT).row(0, named=True)
    differences = (rows["after_amount"] - rows["before_amount"]).sum()
    assert differences + own["adjusted_amount"] + own["owed_in_amount"] == own["paid_amount"] + own["owed_out_amount"]


AMOUNTS = st.integers(-3_000, 6_000)
EVENTS = st.lists(st.tuples(st.integers(0, 3), AMOUNTS, st.integers(0, 3), st.sampled_from(["An", "Bình"])), max_size=9)
MONTHS = [SEP, OCT, NOV, DEC]


def computed(events, arrived: int, through: int):
    """Every month from what has arrived, with its own debts carried: what it came to before corrections."""
    months = []
    for person in ("An", "Bình"):
        state = State()
        for number in range(through + 1):
            earned = sum(a for m, a, late, who in events if who == person and m == number and m + late <= arrived)
            found, state = settle(earned, Plan.model_construct(), state, Facts())
            months.append(month(MONTHS[number], earned + sum(item.amount for item in found), person))
    return months


@given(EVENTS, st.sets(st.integers(0, 2)))
def test_whatever_arrives_when_all_periods_together_pay_what_is_earned(events, held) -> None:
    """Closed month by month, some with everybody stopped; then everything has arrived and one more month is closed."""
    books = Books()
    for number in range(len(MONTHS)):
        arrived = number if number < len(MONTHS) - 1 else 99
        months = computed(events, arrived, number)
        if number in held:
            months = [stopped(p.month_on, p.person_id) if p.month_on == MONTHS[number] else p for p in months]
        found = books.close(months)
        assert found.left == found.right
    every = books.every("")
    own = every.filter(every["before_version"].is_null())
    final = sum(p.payment.paid for p in computed(events, 99, len(MONTHS) - 1))
    owed = own.filter(month_on=DEC)["owed_out_amount"].sum()
    assert own["paid_amount"].sum() + owed == final
    assert own["paid_amount"].min() >= 0
    assert all(p.paid >= 0 for p in found.months if p.paid is not None)


@given(EVENTS)
def test_closing_and_replaying_the_same_inputs_gives_nothing(events) -> None:
    books = Books()
    for number in range(len(MONTHS)):
        found = books.close(computed(events, 99, number))
        assert found.changes == []
        assert [items(found, MONTHS[number], who) for who in ("An", "Bình")] == [[], []]


HOME, ABROAD = (Plan.model_construct(plan=name, currency=code) for name, code in (("A", None), ("B", "USD")))


@pytest.mark.parametrize(("plan", "paid_now"), [(HOME, 1_400), (ABROAD, None), (None, 1_400)])
def test_a_difference_is_paid_in_the_currency_of_its_own_month_or_not_at_all(
    books: Books, plan: Plan | None, paid_now: int | None
) -> None:
    """Also where the person is on no plan any more: the payment is of the plan that the correction comes from."""
    months = [replace(month(SEP, 7_000), plan=HOME), replace(month(OCT, 1_000), plan=plan)]
    found = books.settle(months)
    assert paid(found, OCT) == paid_now
    assert found.left == found.right
    last = found.months[-1]
    refused = (
        "plan B, An, 2026-10: found corrections in VND of a payment in USD, expected one currency. Next: give the "
        "plans one currency, or correct the closed month by what changed it; the payment waits."
    )
    assert [str(problem) for problem in last.problems] == ([] if paid_now else [refused])
    assert last.plan is (plan or HOME)
    assert found.versions["fault"].null_count() == (0 if paid_now is None else 2)


def test_who_has_left_is_corrected_by_the_plan_of_then(books: Books) -> None:
    found = books.settle([replace(month(SEP, 7_000), plan=ABROAD), month(OCT, 5, "Binh")])
    now = {p.person_id: (p.plan, p.paid) for p in found.months if p.month_on == OCT}
    assert now == {"An": (ABROAD, 400), "Binh": (None, 5)}


def test_what_a_leaver_was_paid_later_and_was_not_due_is_owed() -> None:
    """A payment cap let 300 of September wait for October; a late return leaves nothing that waits."""
    books = Books()
    books.close([replace(month(SEP, 700), state=State(carried=300))])
    books.close([month(SEP, 700), month(OCT, 300)])
    found = books.settle([month(SEP, 500), month(NOV, 5, "Binh")])
    assert [(c.month_on, c.difference, c.problem) for c in found.changes] == [(SEP, -200, None), (OCT, -300, None)]
    assert (paid(found, OCT), paid(found, NOV)) == (300, 0)
    assert found.left == found.right
    waits = replace(month(SEP, 500), state=State(carried=300))
    assert books.settle([waits, month(NOV, 5, "Binh")]).changes[1].problem is not None
