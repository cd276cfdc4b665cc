"""Attainment learnt from its history: what was planted is found again, what is drawn follows the theory."""

from datetime import date
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.incentives.design.chance import Attained, Chance, fit
from revops.periods import add_months

START = date(2023, 11, 1)
REGIONS = ("North", "Central", "South")


def planted(people: int, months: int, within: float, across: float, seed: int = 5) -> list[Attained]:
    """A history of people around 100 % ± 10 % with a spread of 20 %, of three regions that go together as told."""
    random = np.random.default_rng(seed)
    company, region = random.standard_normal(months), random.standard_normal((months, 3))
    level = 1 + 0.1 * random.standard_normal(people)
    rows = []
    for who, at in product(range(people), range(months)):
        z = np.sqrt(across) * company[at] + np.sqrt(within - across) * region[at, who % 3]
        z += np.sqrt(1 - within) * random.standard_normal()
        share = float(level[who] + 0.2 * z)
        rows.append(Attained(f"P{who:03}", "D", REGIONS[who % 3], add_months(START, at), share))
    return rows


def attained(who: str, month: int, share: float) -> Attained:
    return Attained(who, "D", "North", add_months(START, month), share)


def people_of(rows: list[Attained]) -> list[tuple[str, str, str]]:
    return sorted({(row.person_id, row.group, row.region) for row in rows})


@pytest.mark.parametrize(("within", "across"), [(0.0, 0.0), (0.3, 0.0), (0.5, 0.2), (0.6, 0.6)])
def test_planted_correlations_are_recovered(within: float, across: float) -> None:
    rows = planted(24, 240, within, across)
    found = fit(rows, people_of(rows))
    assert found.within == pytest.approx(within, abs=0.06)
    assert found.across == pytest.approx(across, abs=0.06)
    assert found.spread == pytest.approx(0.2, abs=0.03)


def test_what_is_drawn_has_the_correlations_and_spreads_that_were_fitted() -> None:
    rows = planted(24, 240, 0.5, 0.2)
    found = fit(rows, people_of(rows))
    drawn = found.draw(20_000, 1, seed=1, kind="normal")[:, 0, :]
    together = np.corrcoef(drawn.T)
    north = [n for n, region in enumerate(found.regions) if region == "North"]
    south = [n for n, region in enumerate(found.regions) if region == "South"]
    inside = np.mean([together[a, b] for a in north for b in north if a < b])
    outside = np.mean([together[a, b] for a in north for b in south])
    assert inside == pytest.approx(found.within, abs=0.03)
    assert outside == pytest.approx(found.across, abs=0.03)
    assert drawn.std(axis=0) == pytest.approx(found.spread, abs=0.02)


def test_the_middle_of_a_linear_plan_is_its_pay_at_the_levels() -> None:
    """5 % of quotas of 100 each: P50 of a year is 12 × 5 % × 100 × Σ levels, its deviation that of a sum of normals."""
    rows = planted(24, 36, 0.4, 0.1)
    found = fit(rows, people_of(rows))
    cost = (0.05 * 100 * found.draw(20_000, 12, seed=3, kind="normal")).sum(axis=(1, 2))
    assert np.median(cost) == pytest.approx(12 * 5 * found.level.sum(), rel=0.003)
    same = np.array([[a == b for b in found.regions] for a in found.regions])
    together = np.where(same, found.within, found.across)
    np.fill_diagonal(together, 1.0)
    month = found.spread @ together @ found.spread
    expected = 5 * np.sqrt(12 * month + 144 * (found.doubt**2).sum())
    assert cost.std() == pytest.approx(expected, rel=0.03)


def test_little_history_is_drawn_to_the_plan_and_much_is_not() -> None:
    steady = [attained(f"P{n}", m, 0.9 + 0.01 * (m % 3)) for n in range(6) for m in range(24)]
    better = [attained("P9", m, 1.4 + 0.01 * (m % 3)) for m in range(24)]
    fresh = [attained("PX", 0, 2.0)]
    rows = [*steady, *better, *fresh]
    noisy = [
        Attained(r.person_id, r.group, r.region, r.month_on, r.share + 0.5 * (-1) ** r.month_on.month) for r in rows
    ]
    found = fit(noisy, [*people_of(noisy), ("new", "D", "North")])
    level = dict(zip(found.people, found.level, strict=True))
    assert level["new"] == pytest.approx(np.mean([level[f"P{n}"] for n in range(6)]), abs=0.35)
    assert 1.25 < level["P9"] < 1.45
    assert level["PX"] < 1.45, "one month of 150 % counts for little"


def test_without_any_history_everybody_is_at_the_quota() -> None:
    found = fit([], [("P1", "D", "North")])
    assert found.draw(3, 2, seed=1).tolist() == np.ones((3, 2, 1)).tolist()


def test_the_same_seed_draws_the_same_bytes_and_another_does_not() -> None:
    rows = planted(5, 12, 0.3, 0.1)
    one, other = (fit(turned, people_of(rows)).draw(50, 12, seed=7) for turned in (rows, rows[::-1]))
    assert one.tobytes() == other.tobytes()
    assert one.tobytes() != fit(rows, people_of(rows)).draw(50, 12, seed=8).tobytes()


def test_empirical_months_are_no_further_out_than_what_was_seen() -> None:
    rows = planted(5, 24, 0.3, 0.1)
    found = fit(rows, people_of(rows))
    z = (found.draw(2_000, 12, seed=2) - found.level) / found.spread
    assert found.doubt.max() / found.spread.max() < 0.5
    slack = 5 * (found.doubt / found.spread).max()
    assert found.quantiles[0] - slack <= z.min()
    assert z.max() <= found.quantiles[-1] + slack


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 11), st.floats(0, 3)), max_size=40))
def test_any_history_gives_a_model_that_can_be_drawn(cells: list[tuple[int, int, float]]) -> None:
    rows = [Attained(f"P{who}", "D", REGIONS[who % 3], add_months(START, at), share)
            for (who, at), share in {(w, m): s for w, m, s in cells}.items()]  # fmt: skip
    found: Chance = fit(rows, [(f"P{n}", "D", REGIONS[n % 3]) for n in range(5)])
    drawn = found.draw(10, 3, seed=1)
    assert np.isfinite(drawn).all()
    assert (drawn >= 0).all()
    assert 0 <= found.across <= found.within <= 0.95
