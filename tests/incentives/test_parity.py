"""The same credits and pay lines on every engine: polars, streaming polars, DuckDB and Spark."""

from datetime import date, timedelta
from fractions import Fraction

import duckdb
import polars as pl
import pytest
from tests.kpis.test_parity import spark as spark  # noqa: PLC0414  (a fixture)

from revops.incentives import credits, events, exchange, lines, sold
from revops.incentives.earnings import payouts_of
from revops.incentives.plans import Plan
from revops.incentives.windows import Stretch, Sum

from . import frames

ENGINES = ("streaming polars", "DuckDB", "Spark")
START, END = date(2026, 10, 1), date(2027, 1, 1)
TIERS = [{"from": 0, "to": 5_000, "rate": "1%"}, {"from": 5_000, "to": None, "rate": "1.7%"}]
HUGE = {"curve": [("0%", "0%"), ("33%", "7.77777777%"), ("100%", "100%")], "target": 10_000_000}


def plan(name: str, role: str, *parts: dict, **more) -> Plan:
    base = {"name": "c", "scale": "marginal", "bounds": "amount", "tiers": TIERS, "note": "n"}
    told = [part if "curve" in part else base | part for part in parts]
    return Plan.model_validate(
        {
            "plan": name,
            "title": name,
            "roles": [role],
            "effective_from": "2020-01-01",
            "measure": "net_revenue",
            "quota": "revenue",
            "period": "quarter",
            "source": "s",
            "checked_on": "2026-01-05",
            "components": told,
        }
        | more
    )


SPIFF = {
    "key": "fans",
    "name": "Fans",
    "start_on": "2026-10-05",
    "end_on": "2026-12-01",
    "at_least": 2,
    "pay": 5,
    "every": "time",
    "where": {"product_group": "Fans"},
}
PLANS = [
    plan(
        "reps",
        "representative",
        {"credit": "direct"},
        {"credit": "direct", "where": {"product_group": ["Fans"]}},
        {"name": "huge", "credit": "direct", "note": "n", **HUGE},
        spiffs=[SPIFF],
    ),
    plan("bosses", "region_manager", {"credit": "rollup", "factor": "33.3%"}),
    plan("webs", "channel_manager", {"credit": "channel", "scale": "whole"}),
    plan(
        "experts",
        "specialist",
        {"credit": "overlay", "where": {"product_group": "Fans"}},
        currency="USD",
        rates={"EUR": 30_000},
    ),
]
PEOPLE = frames.people(
    {"person_id": "P1", "manager_id": "B1"},
    {"person_id": "P2", "manager_id": "B1", "end_on": date(2026, 11, 1)},
    {"person_id": "P2", "manager_id": "B2", "start_on": date(2026, 11, 1)},
    {"person_id": "B1", "role": "region_manager"},
    {"person_id": "B2", "role": "region_manager", "manager_id": "B1"},
    {"person_id": "C1", "role": "channel_manager", "channel": "Web", "manager_id": "B2"},
    {"person_id": "S1", "role": "specialist", "region": "North", "left_on": date(2026, 12, 5)},
)
SPLITS = frames.splits(
    ("O3", "P1", 0.6), ("O3", "P2", 0.4), ("O6", "P1", 0.333333333), ("O6", "P2", 0.666666667), ("O8", "P1", 0.5)
)
RATES = {
    "USD": [(date(2026, 1, 1), 25_400 * 10**9), (date(2026, 11, 5), 25_900 * 10**9)],
    "EUR": [(date(2026, 1, 1), 27_300 * 10**9)],
}


def sales() -> dict[str, pl.DataFrame]:
    """Orders, lines, returns, invoices, payments with everything that engines treat differently."""
    heads, sold_lines, back, money = [], [], [], []
    for n in range(1, 41):
        on, name = START + timedelta(days=n * 2), f"O{n}"
        heads.append(
            {
                "order_id": name,
                "ordered_on": on,
                "channel": ["Dealers", "Web", None][n % 3] or "Dealers",
                "currency": ["VND", "EUR"][n % 2],
                "region": ["North", "South", None][n % 3],
                "customer_id": f"K{n % 7}" if n % 5 else None,
                "is_cancelled": n % 11 == 0,
                "person_id": ["P1", "P2", None][n % 3],
                "net_amount": 1_000_000 * n * 2 + (n % 2) if n % 4 == 0 else None,
            }
        )
        for k in (1, 2):
            net = 1_000_000 * n + 7 * k * (n % 2)
            sold_lines.append(
                {
                    "line_id": f"{name}-{k}",
                    "order_id": name,
                    "product_id": ["fan", "pot", "new"][(n + k) % 3],
                    "quantity": n % 4 + 1,
                    "net_amount": net,
                    "gross_amount": net,
                    "discount_amount": 0,
                }
            )
        if n % 3 == 0:
            for piece in (333_333, 250_001):
                back.append(
                    {
                        "return_id": f"R{n}-{piece}",
                        "returned_on": on + timedelta(days=piece % 50),
                        "order_id": name,
                        "line_id": f"{name}-1",
                        "product_id": "fan",
                        "channel": "Dealers",
                        "region": "North",
                        "quantity": 1,
                        "net_amount": piece,
                    }
                )
            money += [
                {
                    "payment_id": f"Z{n}{k}",
                    "paid_on": on + timedelta(days=7 * k),
                    "payment_amount": 700_000 * n,
                    "order_id": name,
                }
                for k in range(3)
            ]
    groups = [("fan", "Fans", 600_000), ("pot", "Pots", 333_333), ("new", None, None)]
    return {
        "orders": frames.frame("orders", heads),
        "order_lines": frames.frame("order_lines", sold_lines),
        "returns": frames.frame("returns", back),
        "payments": frames.frame("payments", money),
        "invoices": frames.frame(
            "invoices",
            [
                {
                    "invoice_id": "I1",
                    "issued_on": START,
                    "order_id": "O3",
                    "net_amount": 5_000_000,
                    "total_amount": 5_500_000,
                    "is_cancelled": False,
                }
            ],
        ),
        "products": frames.frame(
            "products", [{"product_id": p, "name": p, "product_group": g or "", "unit_cost": c} for p, g, c in groups]
        ),
        "credit_splits": SPLITS,
        "subscriptions": frames.frame(
            "subscriptions",
            [
                {
                    "subscription_id": f"S{n}",
                    "start_on": START + timedelta(days=n),
                    "end_on": START + timedelta(days=60) if n % 2 else None,
                    "customer_id": f"K{n}",
                    "mrr": 100 * n,
                }
                for n in range(6)
            ],
        ),
        "accounts": frames.frame(
            "accounts", [{"account_id": "A1", "customer_id": "K1", "name": "A", "person_id": "P1"}]
        ),
    }


def steps() -> list[lines.Steps]:
    """How somebody's credits earn: tiers, a whole scale, a curve beyond 64 bits, orders off the scale."""
    found = []
    for person, of, number in (("P1", PLANS[0], 0), ("P1", PLANS[0], 2), ("B1", PLANS[1], 0), ("C1", PLANS[2], 0)):
        deals = {"O3": 1, "O12": 1} if number == 0 else {}
        stretch = Stretch(
            number,
            of.components[number],
            (START, END),
            Sum(10**9 + number, deals),
            before=Sum(123_456),
            quota=Fraction(987_654_321_987),
            target=Fraction(10_000_000),
        )
        found.append(lines.steps_of(person, START, END, payouts_of(of, [stretch], 1)[0]))
    return found


def cases(read) -> dict[str, object]:
    """Every fact function of credits on the tables of one engine, by name."""
    moves = events.booked(*(read(name) for name in ("orders", "order_lines", "returns", "products")))
    shares = events.collected_shares(moves, read("invoices"), read("payments"))
    made = {
        "booked": moves,
        "shares": shares,
        "collected": events.collected(moves, shares),
        "units": events.units(moves),
        "margin": events.margin(moves, read("products"), 2),
        "without_cost": events.without_cost(moves, read("products")),
        "invoiced": events.invoiced(read("orders"), read("invoices")),
        "recurring": events.recurring(read("subscriptions"), read("accounts")),
        "orders": events.orders(read("orders")),
    }
    ledger = credits.credit_lines(moves, PEOPLE, read("credit_splits"), PLANS)
    counted = credits.counted(ledger, PEOPLE, PLANS)
    made |= {
        "credit_lines": ledger,
        "collected credits": credits.credit_lines(made["collected"], PEOPLE, read("credit_splits"), PLANS),
        "counted": counted,
        "daily": credits.daily(credits.measured(counted, PLANS)),
        "uncredited": credits.uncredited(moves, read("credit_splits")),
        "in_plan_currency": exchange.in_plan_currency(counted, RATES, PLANS, "VND"),
        "sold": sold.sold(ledger, PEOPLE, PLANS),
        "pay_lines": lines.pay_lines(counted, steps()),
    }
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("credits")
    for name, table in sales().items():
        table.write_parquet(folder / f"{name}.parquet")
    return lambda name: str(folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def expected(files):
    return cases(lambda name: pl.read_parquet(files(name)))


@pytest.fixture(scope="module")
def made(files, request):
    known: dict[str, tuple[dict, object]] = {}

    def build(engine: str):
        if engine == "Spark":
            session = request.getfixturevalue("spark")
            return cases(lambda name: session.read.parquet(files(name))), lambda frame: pl.from_arrow(frame.toArrow())
        if engine == "DuckDB":
            db = duckdb.connect()
            return cases(lambda name: db.read_parquet(files(name))), lambda frame: frame.pl()
        return cases(lambda name: pl.scan_parquet(files(name))), lambda frame: frame.collect(engine="streaming")

    def kept(engine: str):
        if engine not in known:
            known[engine] = build(engine)
        return known[engine]

    return kept


NAMES = [
    "booked",
    "shares",
    "collected",
    "units",
    "margin",
    "without_cost",
    "invoiced",
    "recurring",
    "orders",
    "credit_lines",
    "collected credits",
    "counted",
    "daily",
    "uncredited",
    "in_plan_currency",
    "sold",
    "pay_lines",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_every_engine_gives_the_same_cells(name, engine, expected, made) -> None:
    found, collected = made(engine)
    cells, other = expected[name], collected(found[name])
    assert cells.height, "the case has no rows: give the function something to find"
    assert dict(other.schema) == dict(cells.schema)
    assert sorted(map(str, other.rows())) == sorted(map(str, cells.rows()))


def test_the_curve_needs_more_than_64_bits() -> None:
    assert max(abs(slope) for one in steps() for slope in one.slopes) * 10**9 > 2**63
