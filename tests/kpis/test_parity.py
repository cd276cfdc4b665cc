"""The same cells on every engine: each public function of facts on polars, streaming polars, DuckDB and Spark.

A function is found by its parameters: one that takes a Frame is called with what GIVEN says of each parameter's name,
on tables that stand as Parquet files. A new function needs a line in GIVEN only where it names its input in a new way.
"""

import importlib
import inspect
import os
import pkgutil
import random
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from revops import kpis
from revops.kpis.frames import Frame

from .small import PRODUCTS, D, back, line, order, table, touch

ENGINES = ("streaming polars", "DuckDB", "Spark")
STAGES = ["Lead", "Quote", "Talks"]
JAN, MAR, MAY = D(2026, 1, 1), D(2026, 3, 1), D(2026, 5, 1)
BEFORE, NOW = (JAN, MAR), (MAR, MAY)


def functions() -> dict[str, Callable[..., Any]]:
    """Every public function of revops.kpis with a parameter that is a Frame, by 'module.name'."""
    found = {}
    for info in pkgutil.walk_packages(kpis.__path__, "revops.kpis."):
        module = importlib.import_module(info.name)
        for name, call in inspect.getmembers(module, inspect.isfunction):
            mine = call.__module__ == module.__name__ and not name.startswith("_")
            if mine and any(p.annotation is Frame for p in inspect.signature(call).parameters.values()):
                found[f"{info.name.rpartition('.')[2]}.{name}"] = call
    return found


FUNCTIONS = functions()


def _derived(name: str) -> Callable[["World"], Any]:
    return lambda world: world.call(name)


GIVEN: dict[str, Any] = {
    "ends": [D(2026, 2, 1), D(2026, 3, 5)],
    "spans": [BEFORE, NOW],
    "start": JAN,
    "end": MAY,
    "now": NOW,
    "before": BEFORE,
    "day": "moved_on",
    "every": "month",
    "stages": STAGES,
    "window_days": 40,
    "lookback_days": 30,
    "baseline_months": 12,
    "home": "VND",
    "heads": (),
    "frame": _derived("revenue.movements"),
    "moves": _derived("revenue.movements"),
    "bought": _derived("buying.buying"),
    "rows_": _derived("buying.buying"),
    "months": _derived("buying.customer_months"),
    "firsts": _derived("buying.first_orders"),
    "found": _derived("rfm.windows"),
    "stood": _derived("stages.stays"),
    "visits": _derived("attribution.order_touches"),
    "path": _derived("attribution.paths"),
    "conversions": _derived("attribution.order_conversions"),
    "order_weights": _derived("attribution.weighted"),
    "lead_weights": lambda world: FUNCTIONS["attribution.weighted"](world.lead_paths()),
    "turns": _derived("buying.in_turn"),
}
"""What stands for a parameter that is not a table: a value, or what another function gives on the same engine."""
TABLES = {"lines": "order_lines", "deals": "opportunities", "history": "opportunity_stage_history"}
"""The parameters that name a table in short; others are called as the table is."""
CASES = [
    *[(name, {}) for name in FUNCTIONS],
    ("revenue.cube", {"every": "day"}),
    ("revenue.movements", {"heads": ["ordered_on", "currency"]}),
]


def company_tables() -> dict[str, pl.DataFrame]:
    """Small tables with everything that engines treat differently: nulls, ties, empty joins, negative amounts."""
    chance = random.Random(7)
    heads, lines, returns, touches = [], [], [], []
    for i in range(70):
        on = JAN + timedelta(days=chance.randrange(115))
        more = {
            "ordered_at": datetime(on.year, on.month, on.day, chance.randrange(2), 0),
            "customer_id": chance.choice([*"abcdefgh", None]),
            "account_id": chance.choice(["A1", None]),
            "person_id": chance.choice(["P1", "P2", None]),
            "is_cancelled": i % 9 == 8,
            "currency": chance.choice(["VND", "VND", "USD"]),
        }
        sold = [
            line(f"o{i}", chance.randrange(10**9), product=chance.choice(["fan", "pot", "none"]), n=n,
                 quantity=chance.randint(1, 4), discount=chance.randrange(10**7))
            for n in range(chance.randint(0, 3))
        ]  # fmt: skip
        header = sum(row["net_amount"] for row in sold) + chance.choice([0, 0, 1, -2])
        head = {"net_amount": header} if chance.random() < 0.6 else {}
        channel, region = chance.choice(["Web", "Shops"]), chance.choice(["North", "South", None])
        heads.append(order(f"o{i}", on, channel=channel, region=region, **more, **head))
        lines += [row | {"source_net_amount": row["net_amount"]} for row in sold]
        if i % 5 == 0:
            returns.append(back(f"r{i}", on + timedelta(days=9), f"o{i}", 1_000 * i, product="fan"))
        touches += [touch(f"o{i}", on, "A")] if i % 3 else []
        touches += [touch(None, on - timedelta(days=n * n), name, visitor=f"v{i % 7}") for n, name in enumerate("AB")]
        touches += [touch(f"o{i}", on, None, visitor=f"v{i % 7}", platform="E", is_direct=i % 4 == 0)] if i % 2 else []
    returns.append(back("r-alone", MAR, "nowhere", 7, product="pot"))
    deals = [_deal(i, chance) for i in range(40)]
    return {
        "products": PRODUCTS.vstack(table("products", [{"product_id": "none", "product_group": "Rest", "name": "n"}])),
        "orders": table("orders", heads),
        "order_lines": table("order_lines", lines),
        "returns": table("returns", returns),
        "touches": table("touches", touches),
        "opportunities": table("opportunities", deals),
        "opportunity_stage_history": table("opportunity_stage_history", [row for d in deals for row in _visits(d)]),
        "leads": table("leads", [_lead(i) for i in range(30)]),
        "subscriptions": table("subscriptions", [_subscription(i) for i in range(14)]),
        "ad_spend": table("ad_spend", [_spend(i) for i in range(1, 12)]),
        "tickets": table("tickets", [_ticket(i) for i in range(12)]),
    }


def _deal(i: int, chance: random.Random) -> dict[str, Any]:
    ends = i % 4
    made = JAN + timedelta(days=chance.randrange(60))
    return {
        "snapshot_on": D(2026, 4, 30), "opportunity_id": f"d{i}", "created_on": made, "is_closed": ends > 1,
        "is_won": ends == 3, "close_on": made + timedelta(days=chance.randrange(1, 60)), "amount": i * 1_000 or None,
        "stage": ["Won", "Lost"][ends - 2] if ends > 1 else STAGES[i % 3], "region": chance.choice(["North", None]),
    }  # fmt: skip


def _visits(deal: dict[str, Any]) -> list[dict[str, Any]]:
    days = [deal["created_on"] + timedelta(days=3 * n) for n in range(4)]
    return [
        {"opportunity_id": deal["opportunity_id"], "stage": STAGES[n], "entered_on": days[n],
         "left_on": None if n == 1 else days[n + 1]}
        for n in range(2)
    ]  # fmt: skip


def _lead(i: int) -> dict[str, Any]:
    deal = f"d{i}" if i % 2 else None
    return {"lead_id": f"l{i}", "created_on": D(2026, 1 + i % 3, 3), "opportunity_id": deal, "campaign": "AB"[i % 2],
            "converted_on": D(2026, 1 + i % 3, 9) if deal else None}  # fmt: skip


def _subscription(i: int) -> dict[str, Any]:
    return {"subscription_id": str(i), "customer_id": f"c{i % 4}", "mrr": i, "start_on": D(2026, 1, 1 + i),
            "end_on": D(2026, 3, 1 + i) if i % 2 else None}  # fmt: skip


def _spend(i: int) -> dict[str, Any]:
    return {"spent_on": D(2026, 1, i % 3 + 1), "platform": "G", "campaign": "AB"[i % 2], "spend_amount": i,
            "clicks": i if i % 3 else None}  # fmt: skip


def _ticket(i: int) -> dict[str, Any]:
    opened = datetime(2026, 4, 20 + i % 10, i % 24, 30)
    return {"ticket_id": f"t{i}", "opened_at": opened, "closed_at": opened + timedelta(hours=40) if i % 3 else None,
            "customer_id": f"c{i % 4}", "topic": ["Leak", None][i % 2], "satisfaction": i % 5 + 1 if i % 4 else None,
            "reopens": i % 2 or None}  # fmt: skip


class World:
    """The tables on one engine, and what functions give of them."""

    def __init__(self, read: Callable[[str], Any], collected: Callable[[Any], pl.DataFrame]) -> None:
        self.read, self.collected, self.made = read, collected, {}

    def given(self, name: str) -> Any:
        """The argument of a parameter of that name."""
        if name not in self.made:
            value = GIVEN.get(name)
            self.made[name] = value(self) if callable(value) else value if value is not None else self._table(name)
        return self.made[name]

    def _table(self, name: str) -> Any:
        try:
            return self.read(TABLES.get(name, name))
        except KeyError:
            pytest.fail(f"GIVEN does not say what the parameter {name} is")

    def lead_paths(self) -> Any:
        """The paths of leads, where `path` is that of orders."""
        visits, conversions = self.call("attribution.lead_touches"), self.call("attribution.lead_conversions")
        return self.call("attribution.paths", visits=visits, conversions=conversions)

    def call(self, name: str, **other: Any) -> Any:
        """What a function gives of its parameters' arguments."""
        signature = inspect.signature(FUNCTIONS[name])
        return FUNCTIONS[name](**{key: other[key] if key in other else self.given(key) for key in signature.parameters})


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parity")
    for name, frame in company_tables().items():
        frame.write_parquet(folder / f"{name}.parquet")
    return lambda name: str(folder / f"{name}.parquet") if (folder / f"{name}.parquet").exists() else missing(name)


def missing(name: str) -> str:
    raise KeyError(name)


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    java = shutil.which("java", path=f"{os.environ.get('JAVA_HOME', '')}/bin:{os.environ['PATH']}")
    if not java or subprocess.run([java, "-version"], capture_output=True, check=False).returncode:
        pytest.skip("there is no Java for Spark: install one (on Debian: openjdk-17-jre-headless)")
    session = pytest.importorskip("pyspark.sql", reason="the extra [spark] is not installed").SparkSession
    settings = {
        "spark.ui.enabled": "false", "spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false", "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "UTC", "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark")),
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }  # fmt: skip
    made = session.builder.master("local[1]").config(map=settings).getOrCreate()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def expected(files):
    """Every case on polars in memory."""
    world = World(lambda name: pl.read_parquet(files(name)), lambda frame: frame)
    return lambda name, other: world.call(name, **other)


@pytest.fixture(scope="module")
def worlds(files, request):
    """The tables on an engine, by its name."""
    made: dict[str, World] = {}

    def build(engine: str) -> World:
        if engine == "Spark":
            session = request.getfixturevalue("spark")
            return World(lambda name: session.read.parquet(files(name)), lambda frame: pl.from_arrow(frame.toArrow()))
        if engine == "DuckDB":
            db = duckdb.connect()
            return World(lambda name: db.read_parquet(files(name)), lambda frame: frame.pl())
        return World(lambda name: pl.scan_parquet(files(name)), lambda frame: frame.collect(engine="streaming"))

    def kept(engine: str) -> World:
        if engine not in made:
            made[engine] = build(engine)
        return made[engine]

    return kept


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "other"), CASES, ids=lambda part: part if isinstance(part, str) else str(part))
def test_every_engine_gives_the_same_cells(name, other, engine, expected, worlds):
    cells, world = expected(name, other), worlds(engine)
    assert cells.height, "the case has no rows: give the function something to find"
    found = world.collected(world.call(name, **other))
    assert found.columns == cells.columns
    assert dict(found.schema) == dict(cells.schema)
    assert sorted(map(str, found.rows())) == sorted(map(str, cells.rows()))
