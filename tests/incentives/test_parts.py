"""Credits made month by month are those made at once: shares, returns of other months, sums, lines of a span."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from revops.incentives import credits
from revops.incentives.crediting import Crediting
from revops.workspace import open_workspace

from . import frames

from .test_parity import END, PEOPLE, PLANS, RATES, START, sales, SPLITS  # isort: skip

DAY = {"orders": "ordered_on", "returns": "returned_on"}


def crediting(folder: Path, by_month: bool, *, is_abroad: bool = False) -> Crediting:
    """The sales of a small company, in one file a table or in one a month."""
    tables, known = folder / "tables", sales()
    tables.mkdir(parents=True)
    (folder / "company.yaml").write_text("name: Parts\ncurrency: VND\nmoney_decimals: 0\n", "utf-8")
    pl.DataFrame({"source": []}).write_parquet(tables / "import_log.parquet")
    heads = known["orders"].select("order_id", month=pl.col("ordered_on").dt.strftime("%Y-%m"))
    for name, rows in known.items():
        if not by_month or name not in ("orders", "order_lines", "returns"):
            rows.write_parquet(tables / f"{name}.parquet")
            continue
        (tables / name).mkdir()
        if name in DAY:
            months = rows.with_columns(month=pl.col(DAY[name]).dt.strftime("%Y-%m"))
        else:
            months = rows.join(heads, on="order_id")
        for (month,), part in months.group_by("month"):
            part.drop("month").write_parquet(tables / name / f"{month}.parquet")
    rates = [{"currency": c, "start_on": day, "rate": 40 * rate} for c, known in RATES.items() for day, rate in known]
    frames.frame("fx_rates", rates).write_parquet(tables / "fx_rates.parquet")
    ws = open_workspace("04_incentives", folder, "2026-12", build=str(folder))
    plans = [plan for plan in PLANS if is_abroad or plan.currency is None]
    return Crediting(ws, plans, PEOPLE, SPLITS, END)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return [crediting(tmp_path_factory.mktemp(name) / "c", name == "months") for name in ("whole", "months")]


def test_the_sums_of_all_parts_are_those_of_the_whole(both) -> None:
    whole, months = (one.sums for one in both)
    assert set(whole) == set(months) >= {"daily", "direct", "sold"}
    for name in ("daily", "direct"):
        assert sorted(whole[name].rows()) == sorted(months[name].rows())


@pytest.mark.parametrize("month", [10, 11, 12])
def test_the_lines_and_events_of_a_span_are_those_of_the_whole(both, month) -> None:
    span = date(2026, month, 1), date(2026 + month // 12, month % 12 + 1, 1)
    whole, months = (one.counted(span).sort("plan", "component", *credits.KEY) for one in both)
    assert whole.height
    assert whole.rows() == months.rows()
    assert both[0].lines(span).rows() == both[1].lines(span).rows()
    assert both[0].events(span).rows() == both[1].events(span).rows()


@pytest.mark.parametrize("by_month", [False, True])
def test_the_lines_of_all_months_sum_to_what_the_measures_count_also_in_a_foreign_currency(tmp_path, by_month) -> None:
    """A line that came back in another month is rounded as the measures round it."""
    one = crediting(tmp_path / "c", by_month, is_abroad=True)
    spans = [(date(2026, month, 1), date(2026 + month // 12, month % 12 + 1, 1)) for month in (10, 11, 12)]
    keys = ["person_id", "plan", "component", "moved_on"]
    lines = pl.concat([one.counted(span) for span in spans])
    sums = lines.group_by(keys).agg(pl.col("credit_amount").sum())
    assert sums.filter(plan="experts").height
    assert sorted(sums.rows()) == sorted(one.sums["daily"].select(*keys, "credit_amount").rows())


def test_the_extent_is_known_without_lines(both) -> None:
    assert both[0].extent == both[1].extent
    assert both[0].extent[1] >= START


def test_who_has_a_share_that_is_faulty_is_stopped_in_every_month_of_the_order(both) -> None:
    stopped = [one.stopped() for one in both]
    assert stopped[0] == stopped[1]
    assert {person for person, _ in stopped[0]} == {"P1"}
