"""Plans and lists: targets, quotas, accounts, people, products, rates, costs, splits, the years before the detail."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from budgets import export_budget
from catalogue import GROUPS, LEFT, NAMES, PRODUCTS, REGIONS, SHOPS, STRETCHES, Account, lead_of
from crm import Crm
from days import LAST, days_of, month_starts, next_month
from dice import Dice
from model import CELLS, RETURN_SHARE, expected, plan
from orders import FX, Order
from sales import Market, shop_quota
from service import Stretch, arr
from territories import export_territories, province_of
from writing import Row, dmy, write_csv, write_xlsx

YEARS = (2025, 2026)
# what a dealer seller's quota is of the region's dealer plan: nearly the same for all, whatever the territory holds
QUOTA_SHARE = {
    "NV-0101": 0.262, "NV-0102": 0.235, "NV-0103": 0.238, "NV-0112": 0.238, "NV-0110": 0.265, "NV-0104": 0.590,
    "NV-0105": 0.570, "NV-0106": 0.268, "NV-0107": 0.250, "NV-0111": 0.268, "NV-0113": 0.214,
}  # fmt: skip

# who has a quota of water purifiers, for dealers and shops of which regions
PURIFIERS = {"NV-0010": ["North"], "NV-0011": ["Central"], "NV-0012": ["South"], "NV-0031": REGIONS}


def export_plans(market: Market, crm: Crm, contracts: list[Stretch], spent: dict[date, int], folder: Path) -> None:
    """Everything that people decide, as opposed to what customers do."""
    costs = _costs(spent)
    for year in YEARS:
        rows = _revenue_targets(year) + _other_targets(year, market, crm, contracts, costs, spent)
        months = [f"{month:%Y-%m}" for month in _months(year)]
        head = ["metric", "product group", "channel", "region", *months]
        write_xlsx(folder / "targets" / f"targets_{year}.xlsx", "targets", [head, *rows])
    write_csv(folder / "raw" / "planning" / "quotas.csv", [["person", "measure", "from", "to", "quota"], *_quotas()])
    _export_costs(costs, folder)
    export_budget(costs, spent, contracts, folder / "raw")
    _export_people(folder)
    _export_lists(folder)
    _export_splits(market, folder)
    _export_accounts(market.accounts, folder)
    _export_account_plans(market.accounts, folder)
    export_territories(folder)
    _export_history(folder)


def _months(year: int) -> list[date]:
    return month_starts(date(year, 1, 1), date(year, 12, 1))


def _revenue_targets(year: int) -> list[Row]:
    return [
        ["net_revenue", *cell, *(f"{plan(cell, month):,}" if plan(cell, month) else "-" for month in _months(year))]
        for cell in CELLS
    ]


def _other_targets(
    year: int, market: Market, crm: Crm, contracts: list[Stretch], costs: dict[tuple[date, str], int],
    spent: dict[date, int],
) -> list[Row]:  # fmt: skip
    """Company-wide targets: last year's own figures moved on by a plain rule."""
    orders, new = _orders_by_month(market), _new_buyers(market)
    paid = {m: spent.get(m, 0) + sum(cost for (other, _), cost in costs.items() if other == m) for m in orders}
    created = [lead.created.replace(day=1) for lead in crm.leads]
    growth = 0.027 if year == 2026 else 0.048
    opening, out = arr(contracts, date(year - 1, 12, 31)), dict[str, list[str]]()
    for month in _months(year):
        past = _around(month)
        sales = [amount for before in past for amount in orders[before]]
        revenue = sum(plan(cell, month) / (1 - RETURN_SHARE[cell[1]]) for cell in CELLS)
        aov = sum(sales) / len(sales) * 1.06
        cac = sum(paid[before] for before in past) / sum(new[before] for before in past) * 0.99
        values = {
            "orders": f"{int(revenue / aov + 0.5):,}",
            "aov": f"{int(aov / 10_000 + 0.5) * 10_000:,}",
            "cac": f"{int(cac / 1000 + 0.5) * 1000:,}",
            "leads": str(int(sum(created.count(before) for before in past) / 3 * 1.1) or 78),
            "service_arr": f"{int(opening * (1 + growth * month.month) / 1e6) * 1_000_000:,}",
            "win_rate": "33%",
            "service_churn": "2.0%",
            "web_conversion": "2.6%" if year == 2026 else "2.5%",
            "clv": "1,950,000" if year == 2026 else "1,800,000",
        }
        for name, value in values.items():
            out.setdefault(name, []).append(value)
    return [[name, "-", "-", "-", *values] for name, values in out.items()]


def _around(month: date) -> list[date]:
    """Three months around the same month of the year before, so that no single month makes a plan."""
    before = date(month.year - 1, month.month, 1)
    return month_starts(max(date(2023, 11, 1), (before - timedelta(days=1)).replace(day=1)), next_month(before))


def _orders_by_month(market: Market) -> dict[date, list[int]]:
    months: dict[date, list[int]] = {}
    for order in market.orders:
        if not order.cancelled:
            months.setdefault(order.at.date().replace(day=1), []).append(order.net)
    return months


def _new_buyers(market: Market) -> dict[date, int]:
    """People and accounts by the month of their first order."""
    seen: set[str] = set()
    months: dict[date, int] = {}
    for order in market.orders:
        key = order.buyer.code if order.buyer else order.account.code if order.account else ""
        if key and key not in seen and not order.cancelled:
            seen.add(key)
            months[order.at.date().replace(day=1)] = months.get(order.at.date().replace(day=1), 0) + 1
    return months


def quota_of(person: str, month: date) -> int:
    """A seller's quota for a month, in millions; 0 where the person does not sell then."""
    for code, start, end, role, _, _, region, channel in STRETCHES:
        if code != person or not _holds(start, end, month):
            continue
        if role == "store_lead":
            return sum(shop_quota(shop.name, month) for shop in SHOPS if lead_of(shop, days_of(month)[-1]) == person)
        if role == "channel_manager":
            return _step(sum(plan(cell, month) for cell in CELLS if cell[1] == channel))
        if channel == "Dealers":
            ramp = {5: 0.6, 6: 0.7, 7: 0.8}.get(month.month, 1.0) if person == "NV-0113" else 1.0
            if person == "NV-0106" and month < date(2026, 5, 1):
                ramp = 1.6  # he still had the accounts of NV-0113
            total = sum(plan(cell, month) for cell in CELLS if cell[1:] == ("Dealers", region))
            return _step(total * QUOTA_SHARE[person] * ramp)
        if role == "specialist":
            return 0  # sells with others, whose quotas count the same revenue
        reports = {row[0] for row in STRETCHES if row[5] == person and _holds(row[1], row[2], month)}
        return sum(quota_of(code, month) for code in sorted(reports))
    return 0


def _holds(start: str, end: str, month: date) -> bool:
    """Whether a stretch touches a month."""
    return start < next_month(month).isoformat() and (not end or month.isoformat() < end)


def _step(amount: float) -> int:
    return int(amount / 1_000_000 + 0.5) * 1_000_000


def _quotas() -> list[Row]:
    rows: list[Row] = []
    for year in YEARS:
        for person in sorted(NAMES):
            for month in _months(year):
                if amount := quota_of(person, month):
                    joined = [row[1] for row in STRETCHES if row[0] == person and row[1][:7] == f"{month:%Y-%m}"]
                    start = date.fromisoformat(joined[0]) if joined else month
                    rows.append([person, "revenue", dmy(start), dmy(next_month(month)), amount])
        for person, regions in PURIFIERS.items():
            for month in _months(year):
                rows.append([person, "purifiers", dmy(month), dmy(next_month(month)), _purifiers(regions, month)])
    return rows


def _purifiers(regions: Sequence[str], month: date) -> int:
    """What dealers and shops of some regions should sell of water purifiers in a month."""
    cells = [("Water purifiers", channel, region) for channel in ("Dealers", "Stores") for region in regions]
    return _step(sum(plan(cell, month) for cell in cells))


def _costs(spent: dict[date, int]) -> dict[tuple[date, str], int]:
    dice, out = Dice("costs"), {}
    for month in month_starts(date(2023, 11, 1), LAST):
        level = {2023: 0.82, 2024: 0.86, 2025: 0.94, 2026: 1.0}[month.year]
        out[month, "salaries"] = int(112 * level * dice.between(0.99, 1.01)) * 1_000_000
        out[month, "tools"] = int(13 * level * dice.between(0.95, 1.05)) * 1_000_000
        out[month, "events"] = dice.whole(6, 12) * 1_000_000
        if month not in spent:
            out[month, "advertising before reports by day"] = int(76 * level * dice.between(0.95, 1.05)) * 1_000_000
    return out


def _export_costs(costs: dict[tuple[date, str], int], folder: Path) -> None:
    rows = [
        [dmy(month), kind, f"{cost:,}".replace(",", "\u00a0") + "\u00a0₫"]
        for (month, kind), cost in sorted(costs.items())
    ]
    write_csv(folder / "raw" / "planning" / "costs.csv", [["Tháng", "Loại chi phí", "Số tiền"], *rows], separator=";")


def _export_people(folder: Path) -> None:
    head = ["staff_no", "name", "role", "team", "manager", "region", "channel", "from", "to", "hired", "left"]
    hired: dict[str, str] = {}
    for row in STRETCHES:
        hired.setdefault(row[0], row[1])
    rows = [
        [code, NAMES[code], role, team, manager, region, channel, start, end, hired[code], LEFT.get(code, "")]
        for code, start, end, role, team, manager, region, channel in sorted(STRETCHES)
    ]
    write_csv(folder / "raw" / "planning" / "people.csv", [head, *rows])


def _export_lists(folder: Path) -> None:
    lists = folder / "raw" / "planning"
    goods = [[p.code, p.name, p.group, p.price, p.cost] for p in PRODUCTS]
    write_csv(
        lists / "products.csv", [["Mã hàng", "Tên hàng", "Nhóm hàng", "Giá bán", "Giá vốn"], *goods], separator=";"
    )
    write_csv(
        lists / "fx_rates.csv", [["currency", "valid_from", "vnd"], *(["USD", start, rate] for start, rate in FX)]
    )
    growth = {
        "Air fryers": ("7%", "6%", "4%"),
        "Fans": ("4%", "4%", "3%"),
        "Rice cookers": ("5%", "4%", "4%"),
        "Vacuums": ("15%", "14%", "13%"),
        "Water purifiers": ("18%", "17%", "16%"),
    }
    told = list(enumerate(("2024-06-30", "2025-06-30", "2026-06-30")))
    rows = [[group, growth[group][nr], "company estimate", day] for nr, day in told for group in GROUPS]
    write_csv(folder / "market.csv", [["product_group", "growth", "source", "as_of"], *rows])


def _export_splits(market: Market, folder: Path) -> None:
    """Some dealer orders of 2026 have two or three people behind them."""
    dice, rows = Dice("splits"), []
    helpers = {"North": ["NV-0110", "NV-0101"], "Central": ["NV-0104", "NV-0105"], "South": ["NV-0111", "NV-0107"]}
    for order in market.of("Dealers"):
        if order.at.year == 2026 and not order.cancelled and order.place != "USD" and dice.chance(0.045):
            rows += _split(order, helpers[order.region], dice.chance(0.3))
    write_csv(folder / "raw" / "planning" / "credit_splits.csv", [["order", "person", "share"], *rows])


def _split(order: Order, helpers: list[str], in_thirds: bool) -> list[Row]:
    others = [person for person in helpers if person != order.person]
    if in_thirds and len(others) > 1:
        people = [order.person, *others]
        return [
            [order.number, p, s] for p, s in zip(people, ["33.3333334%", "33.3333333%", "33.3333333%"], strict=True)
        ]
    return [[order.number, order.person, "60%"], [order.number, others[0], "40%"]]


def _export_accounts(accounts: list[Account], folder: Path) -> None:
    head = ["account_code", "name", "customer_group", "industry", "size", "legal_entity", "region", "owner",
            "potential_vnd_year", "workload_hours_year", "province"]  # fmt: skip
    rows = [
        [a.code, a.name, a.customer_group, a.industry, a.size, a.entity, a.region, a.owner, a.potential, a.hours,
         province_of(a, i)]
        for i, a in enumerate(accounts)
    ]  # fmt: skip
    rows[17][4], rows[52][2], rows[71][4] = "", "", ""
    write_csv(folder / "accounts.csv", [head, *rows])


def _export_account_plans(accounts: list[Account], folder: Path) -> None:
    """What owners plan with each account next year: about a quarter of what it could buy."""
    dice = Dice("account plans")
    plans = [(a, round(a.potential * dice.between(0.21, 0.28) / 1e6) * 1_000_000) for a in accounts]
    rows: list[Row] = [[a.code, "", plan] for a, plan in plans]
    write_csv(folder / "account_plans.csv", [["account", "person", "amount"], *rows])


def _export_history(folder: Path) -> None:
    """Two years as one figure a cell, ten months by month; from November 2023 the orders themselves speak."""
    head = ["from", "to", "product group", "channel", "region", "orders", "net revenue"]
    years: list[Row] = []
    for year in (2021, 2022):
        for cell in CELLS:
            total = sum(_past(cell, month) for month in _months(year))
            years.append([f"{year}-01-01", f"{year + 1}-01-01", *cell, _orders(cell, total), total])
    write_csv(folder / "raw" / "history" / "history_years_2021-2022.csv", [head, *years])
    months = [
        [dmy(month), dmy(next_month(month)), *cell, _orders(cell, _past(cell, month)), f"{_past(cell, month):,}"]
        for month in month_starts(date(2023, 1, 1), date(2023, 10, 1))
        for cell in CELLS
    ]
    write_csv(folder / "raw" / "history" / "history_months_2023.csv", [head, *months], separator="\t")


def _past(cell: tuple[str, str, str], month: date) -> int:
    luck = 0.96 + 0.08 * Dice(f"past {cell} {month}").unit()
    return int(expected(cell, month) * (1 - RETURN_SHARE[cell[1]]) * luck / 1000) * 1000


def _orders(cell: tuple[str, str, str], amount: int) -> int:
    return int(amount / (24_000_000 if cell[1] == "Dealers" else 2_900_000)) + 1
