"""A small workspace and everything that a notebook can show, made without a kernel."""

import json
from datetime import date
from pathlib import Path

import nbformat

from revops import report
from revops.company import Company
from revops.periods import Period
from revops.words import Words
from revops.workspace import Workspace

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> & "Tân Mai"'
BN = 1_000_000_000


def workspace(build: Path, notebook: str = "02_kpis", language: str = "en", period: str = "2026-10") -> Workspace:
    """A month of an invented company, with empty notes."""
    company = Company(name="Sao Mộc Home", currency="VND", money_decimals=0, language="en", second_language="vi")
    return Workspace(
        notebook=notebook,
        folder=build,
        company=company,
        period=Period.parse(period),
        as_of=date(2026, 10, 31),
        language=language,
        build=build,
        words=Words(language, "VND", 0),
    )


def months() -> list[dict]:
    """Ten months of actuals and two of forecast."""
    past = [
        {
            "month_on": date(2026, m, 1),
            "actual": (40 + 7 * m % 11) * BN,
            "plan": (42 + m % 4) * BN,
            "previous_year": 38 * BN,
        }
        for m in range(1, 11)
    ]
    future = [
        {"month_on": date(2026, m, 1), "forecast": 54 * BN, "low": 50 * BN, "high": 58 * BN, "plan": 55 * BN,
         "previous_year": 47 * BN}
        for m in (11, 12)
    ]  # fmt: skip
    return past + future


DRIVERS = [
    {"name": "Volume", "amount": -1_000_000_000},
    {"name": "Price", "amount": 410_000_000},
    {"name": "Mix", "amount": 190_000_000},
    {"name": "Discounts", "amount": -290_000_000},
    {"name": "Returns", "amount": -120_000_000},
]
PRODUCTS = [
    {"product": name, "plan": plan, "actual": actual, "delta": actual - plan, "share": share, "under": under}
    for name, plan, actual, share, under in (
        ("Air fryers", 13_640_000_000, 12_430_000_000, -0.0887, 0),
        ("Marketplaces", 5_060_000_000, 3_860_000_000, -0.237, 1),
        (HOSTILE, 0, 730_000_000, None, 1),
        ("All products", 50_000_000_000, 49_190_000_000, -0.0162, 0),
    )
]
TIERS = [
    {"from_amount": 0, "to_amount": 720_000_000, "rate": 0.008},
    {"from_amount": 720_000_000, "to_amount": 1_200_000_000, "rate": 0.012},
    {"from_amount": 1_200_000_000, "to_amount": 1_440_000_000, "rate": 0.02},
    {"from_amount": 1_440_000_000, "to_amount": None, "rate": 0.025},
]


def shown(words: Words) -> dict[str, object]:
    """Every kind of thing that a notebook shows, by the id of its cell."""
    return drawn(words) | told(words)


SEASONS = {"2026": [0.3, 0.3, 0.4], "2027": [0.4, 0.2, 0.4]}


def drawn(words: Words) -> dict[str, object]:
    """The charts."""
    charts, figure = report.charts, report.figure
    year = [{"month_on": date(2026, m, 1), "value": m * BN} for m in range(1, 11)]
    ladder = charts.tier_ladder(TIERS, words, credited=1_296_000_000, attainment=1.08, next_deal=150_000_000)
    whole = charts.tier_ladder(TIERS, words, credited=1_296_000_000, attainment=1.08, whole=True)
    return {
        "chart-months": figure(charts.actual_plan(months(), words), "The year closes near plan", "Net revenue, ₫bn"),
        "chart-bridge": figure(
            charts.bridge(DRIVERS, words, start="Plan", end="Actual"), "Volume cost most", "Δ to plan"
        ),
        "chart-bars": figure(charts.bars(DRIVERS, words, signed=True), HOSTILE, HOSTILE),
        "chart-lines": figure(charts.lines(year, words), "It grew", "₫bn"),
        "chart-tiers": figure(ladder, "Area is pay", "₫m"),
        "chart-whole": figure(whole, "One rate for all", "₫m"),
        "chart-seasons": figure(
            charts.seasons(SEASONS, ["Q1", "Q2", "Q3"], words, feasts={"2027": (0.7, "Tết")}), "T", "%"
        ),
    }


def told(words: Words) -> dict[str, object]:
    """The tables and sentences."""
    column = report.Column
    products = [
        column("product", "Product"),
        column("plan", "PL", "money_short"),
        column("actual", "AC", "money_short", strong=True),
        column("delta", "ΔPL", "bar"),
        column("share", "ΔPL", "pin"),
        column("share", "ΔPL %", "percent", signed=True),
    ]
    cohorts = [
        {"first": "Nov 2025", "buyers": 5846, "m1": 0.22, "m2": 0.2},
        {"first": "Dec 2025", "buyers": 6721, "m1": 0.21},
    ]
    cells = [
        {"group": "Dealers", "size": "large", "region": r, "product": p, "share": s, "quota": BN}
        for r, p, s in (("North", "Fans", 0.75), ("North", "Water", 1.21), ("South", "Fans", 1.0))
    ]
    stores = [{"name": "Stores", "actual": 15 * BN, "plan": 14 * BN, "previous_year": 13 * BN}]
    first, buyers = column("first", "First order"), column("buyers", "Buyers", "number")
    return {
        "table-products": report.table(PRODUCTS, products, "Air fryers", words=words, total=True, level="under"),
        "table-heat": report.heat(
            cohorts, first, ["m1", "m2"], "They come back", words=words, heads=["1", "2"], extra=[buyers]
        ),
        "table-matrix": report.matrix(
            cells, ["group", "size"], "region", "product", "share", "quota", "One territory is far below", words=words
        ),
        "table-bullets": report.bullets([stores], "Stores lead", "bar", words=words),
        "text": report.text(f"A customer named {HOSTILE} bought nothing."),
    }  # fmt: skip


def executed(path: Path, words: Words) -> Path:
    """An executed notebook file with one cell for each thing shown."""
    cells = [
        nbformat.v4.new_markdown_cell("# Are we on plan?\n\nReads the tables of a month.", id="title"),
        nbformat.v4.new_code_cell("ws = 1", id="setup"),
        nbformat.v4.new_markdown_cell("## What happened?\n\nWe compare <b>actual</b> with plan.", id="question"),
    ]
    for cell_id, thing in shown(words).items():
        data, metadata = thing._repr_mimebundle_()
        output = nbformat.v4.new_output("execute_result", data=data, metadata=metadata, execution_count=1)
        cells.append(nbformat.v4.new_code_cell("secret_code()", id=cell_id, outputs=[output], execution_count=1))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def tile(name: str, **values: object) -> dict:
    """A tile with 13 months behind it."""
    return {"name": name, "basis": "excl. VAT", "kind": "money", "value": 49_187_000_000, "plan": 50 * BN,
            "previous": 46_800_000_000, "previous_year": 44_680_000_000, "better": "higher",
            "series": [40 + (i * 7) % 11 for i in range(13)], "plan_series": [42 + i % 4 for i in range(13)],
            **values}  # fmt: skip


def write_notes(build: Path, language: str = "en") -> None:
    """Notes of 01 and 02 as notebooks write them."""
    notes = build / "notes"
    notes.mkdir(parents=True, exist_ok=True)
    percent = {"kind": "percent", "value": 0.0231, "plan": 0.026, "previous": 0.0225, "previous_year": 0.0217}
    main = {
        "headline": "October net revenue was ₫49.2bn: 1.6% below plan. Marketplaces fell ₫1.0bn short.",
        "subline": "Sao Mộc Home · all products, channels and regions · October 2026",
        "tiles": [
            tile("Net revenue"),
            tile("Orders", kind="number", value=22418, plan=22900, previous=21680, previous_year=20738),
            tile("Web conversion", **percent),
            tile("Win rate", **{**percent, "value": 0.348, "plan": 0.33, "previous": 0.336, "previous_year": 0.317}),
            tile("CAC", better="lower", value=412_000, plan=380_000, previous=392_000, previous_year=386_000),
            tile("CLV", value=1_860_000, plan=1_800_000, previous=1_849_000, previous_year=1_760_000),
            tile("Service ARR", value=8_640_000_000, plan=8_500_000_000, previous=8_460_000_000, previous_year=None),
            tile("Service churn", **{**percent, "value": 0.019, "plan": 0.02}, better="lower", digits=1),
        ],
        "findings": [finding(i) for i in range(6)],
        "checks": [{"name": "revenue", "left": 5, "right": 5, "explained": 0, "money": True, "difference": 0}],
        "faults": [{"where": HOSTILE, "found": "nothing", "expected": "a plan", "next_step": "name one"}],
        "extra": {
            "bridge": {
                "title": "Lower volume cost ₫1.0bn",
                "ends": ["Plan ₫50.0bn", "Actual ₫49.2bn"],
                "zero": "plan = 0",
                "rows": DRIVERS,
            },
            "bullets": {
                "title": "Marketplaces are below plan",
                "groups": [
                    [bullet("Stores", 15.6, 15.5), bullet("Dealers", 14.8, 14.81), bullet(HOSTILE, 6, 5)],
                    [bullet("North", 18.4, 18.8), bullet("Central", 8.7, 9.0), bullet("South", 22.1, 22.2)],
                ],
            },
        },
    }  # fmt: skip
    stamp = {"data_through": "2026-10-31", "read": 412_806, "kept": 409_377, "quarantined": 1_942, "merged": 1_487}
    ingest = {"checks": [], "extra": {"stamp": stamp}}
    for name, note in (("02_kpis", main), ("01_ingest", ingest)):
        (notes / f"{name}.{language}.json").write_text(json.dumps(note), encoding="utf-8")


def bullet(name: str, actual: float, plan: float) -> dict:
    """One row of bullets, given in billions."""
    return {"name": name, "actual": round(actual * BN), "plan": round(plan * BN), "previous_year": 10 * BN}


def finding(i: int) -> dict:
    """One finding; the third is a success, the second has a hostile name."""
    return {
        "amount": (-2_200_000_000, -1_200_000_000, 566_000_000, -196_000_000, -123_000_000, -5_000_000)[i],
        "basis": "vs plan",
        "title": HOSTILE if i == 1 else f"{14 + i} dealer deals are stuck in Proposal",
        "why": "Open longer than 21 days, the 75th percentile of deals that moved on.",
        "action": "Review each with its owner.",
        "owner": "Trần Quốc Bảo",
        "due_on": "2026-11-09",
        "href": "02_kpis.html#question",
        "is_good": i == 2,
    }
