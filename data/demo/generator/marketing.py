"""Campaigns with daily spend, visits of web shop and marketplaces, and which visits led to a web order."""

from datetime import date, datetime, timedelta
from pathlib import Path

from days import LAST, days_of, month_starts
from dice import Dice
from orders import Order
from sales import Market
from writing import Row, write_csv

ADS_FROM, VISITS_FROM, PATHS_FROM = date(2024, 11, 1), date(2025, 8, 1), date(2026, 1, 1)
# campaign, platform, million đồng a month in 2026, first and last month
CAMPAIGNS = [
    ("GG_Search_Brand", "Google", 9.0, date(2024, 11, 1), LAST),
    ("GG_Search_Purifier", "Google", 14.0, date(2024, 11, 1), LAST),
    ("GG_Shopping_All", "Google", 17.0, date(2025, 3, 1), LAST),
    ("GG_Shopping_2024", "Google", 15.0, date(2024, 11, 1), date(2025, 2, 28)),
    ("GG_Search_Dealer", "Google", 6.0, date(2025, 1, 1), LAST),
    ("META_Prospecting_Kitchen", "Meta", 22.0, date(2024, 11, 1), LAST),
    ("META_Retargeting", "Meta", 13.0, date(2024, 11, 1), LAST),
    ("META_Purifier_South", "Meta", 9.0, date(2026, 6, 1), LAST),
    ("META_Dealer_Lead", "Meta", 7.0, date(2025, 1, 1), LAST),
    ("META_Summer_Fans_2025", "Meta", 12.0, date(2025, 4, 1), date(2025, 7, 31)),
    ("META_Summer_Fans_2026", "Meta", 13.0, date(2026, 4, 1), date(2026, 7, 31)),
    ("META_Sale_Year_End", "Meta", 11.0, date(2024, 11, 1), date(2024, 12, 31)),
    ("META_Sale_Year_End_2025", "Meta", 12.0, date(2025, 11, 1), date(2025, 12, 31)),
]
WEB = {"GG_Search_Brand": 3.0, "GG_Search_Purifier": 3.0, "GG_Shopping_All": 4.0, "GG_Shopping_2024": 4.0,
       "META_Prospecting_Kitchen": 3.0, "META_Retargeting": 4.0, "META_Purifier_South": 2.0,
       "META_Summer_Fans_2025": 1.5, "META_Summer_Fans_2026": 1.5, "META_Sale_Year_End": 1.5,
       "META_Sale_Year_End_2025": 1.5}  # fmt: skip
OPENER = "META_Prospecting_Kitchen"  # often the first visit of those whom another campaign makes buy
SOURCES = {"organic": "google/organic", "email": "newsletter/email", "direct": "(direct)"}
TRAFFIC = {"Organic Search": 0.30, "Paid Search": 0.22, "Paid Social": 0.21, "Direct": 0.17, "Email": 0.10}
GOOGLE = ["Campaign status", "Campaign", "Day", "Currency code", "Impr.", "Clicks", "Cost", "Conversions"]
META = [
    "Tên chiến dịch", "Ngày", "Trạng thái phân phối", "Số tiền đã chi tiêu (VND)", "Lượt hiển thị",
    "Lượt click vào liên kết", "Kết quả",
]  # fmt: skip


def tag_orders(market: Market) -> None:
    """About half of the web orders carry the campaign that brought them."""
    dice = Dice("touches")
    for order in market.of("Web shop"):
        running = [c[0] for c in CAMPAIGNS if c[0] in WEB and c[3] <= order.at.date() <= c[4]]
        if running and dice.chance(0.5):
            order.campaign = dice.weighted(running, [WEB[name] for name in running])


def spend(campaign: tuple[str, str, float, date, date], day: date, dice: Dice) -> int:
    """Đồng spent by a campaign on a day; Meta's prospecting and retargeting jump in October 2026."""
    name, platform, millions, _, _ = campaign
    level = {2024: 0.84, 2025: 0.92, 2026: 1.0}[day.year] * (1.15 if day.month in (11, 12) else 1.0)
    if platform == "Meta" and day >= date(2026, 10, 1):
        level *= 1.31
    return int(millions * 1e6 / len(days_of(day.replace(day=1))) * level * dice.between(0.9, 1.1))


def export_marketing(market: Market, raw: Path) -> dict[date, int]:
    """Ad reports by year and visits; returns what was spent by month."""
    spent: dict[date, int] = {}
    google: dict[int, list[Row]] = {}
    meta: dict[int, list[Row]] = {}
    for campaign in CAMPAIGNS:
        dice, rows = Dice(campaign[0]), google if campaign[1] == "Google" else meta
        day = max(campaign[3], ADS_FROM)
        while day <= campaign[4]:
            cost = spend(campaign, day, dice)
            clicks = int(cost / dice.between(2600, 3400))
            results = int(clicks * dice.between(0.012, 0.03))
            shown = clicks * dice.whole(45, 70)
            spent[day.replace(day=1)] = spent.get(day.replace(day=1), 0) + cost
            rows.setdefault(day.year, []).append((campaign, day, cost, shown, clicks, results))
            day += timedelta(days=1)
    for year in (2024, 2025, 2026):
        _google(year, google[year], raw)
        _meta(year, meta[year], raw)
    _sessions(market, raw)
    _visits(market, raw)
    _paths(market, raw)
    return spent


def _google(year: int, found: list[Row], raw: Path) -> None:
    end = "31 October 2026" if year == 2026 else f"31 December {year}"
    start = f"1 November {year}" if year == 2024 else f"1 January {year}"
    rows: list[Row] = [["Campaign report"], [f"{start} - {end}"], GOOGLE]
    for campaign, day, cost, shown, clicks, results in sorted(found, key=lambda row: (row[1], row[0])):
        status = "Enabled" if campaign[4] == LAST else "Paused"
        rows.append([status, campaign[0], day, "VND", f"{shown:,}", clicks, f"{cost:,}", results or " --"])
    total = [f"{sum(row[i] for row in found):,}" for i in (3, 4, 2, 5)]
    rows.append(["Total: Account", "", "", "VND", total[0], total[1], total[2], total[3]])
    rows.append(["Total: Campaigns", "", "", "VND", total[0], total[1], total[2], total[3]])
    write_csv(raw / "ads" / f"google_{year}.csv", rows, separator="\t", encoding="utf-16-le")


def _meta(year: int, found: list[Row], raw: Path) -> None:
    rows: list[Row] = [META]
    rows.append(["", "", "", *(sum(row[i] for row in found) for i in (2, 3, 4, 5))])
    for campaign, day, cost, shown, clicks, results in sorted(found, key=lambda row: (row[0], row[1])):
        rows.append([campaign[0], day, "active", cost, shown, clicks, results])
    write_csv(raw / "ads" / f"meta_{year}.csv", rows, encoding="utf-8-sig")


def web_rate(month: date) -> float:
    """Share of visits with a purchase: the web shop loses a quarter of it from August 2026."""
    return 0.019 if month >= date(2026, 8, 1) else 0.0262 if month.year == 2026 else 0.0255


def _sessions(market: Market, raw: Path) -> None:
    """Visits by channel group: purchases are the real orders of the day."""
    dice = Dice("ga4")
    bought: dict[date, int] = {}
    for order in market.of("Web shop"):
        if not order.cancelled:
            bought[order.at.date()] = bought.get(order.at.date(), 0) + 1
    years: dict[int, list[Row]] = {}
    for month in month_starts(ADS_FROM, LAST):
        days = days_of(month)
        orders = sum(bought.get(day, 0) for day in days)
        per_day = orders / web_rate(month) / len(days)
        for day in days:
            visits = per_day * (0.6 + 0.4 * bought.get(day, 0) * len(days) / orders) * dice.between(0.96, 1.04)
            parts = _spread(bought.get(day, 0), dice)
            for source, share in TRAFFIC.items():
                count = max(parts[source], int(visits * share + dice.unit()))
                years.setdefault(day.year, []).append([f"{day:%Y%m%d}", source, count, parts[source]])
    for year, rows in years.items():
        first, last = rows[0][0], rows[-1][0]
        head: list[Row] = [["# ----------------------------------------"], ["# Traffic acquisition"],
                           [f"# Start date: {first}"], [f"# End date: {last}"],
                           ["# ----------------------------------------"]]  # fmt: skip
        names = ["Date", "Session default channel group", "Sessions", "Transactions"]
        total = ["Grand total", "", sum(row[2] for row in rows), sum(row[3] for row in rows)]
        write_csv(raw / "analytics" / f"ga4_{year}.csv", [*head, names, *rows, total])


def _spread(orders: int, dice: Dice) -> dict[str, int]:
    parts = dict.fromkeys(TRAFFIC, 0)
    for _ in range(orders):
        parts[dice.weighted(list(TRAFFIC), [0.28, 0.26, 0.16, 0.18, 0.12])] += 1
    return parts


def _visits(market: Market, raw: Path) -> None:
    """Visits of product pages on the marketplaces by group; those of air fryers stay where they were."""
    dice = Dice("visits")
    bought: dict[tuple[date, str, str], int] = {}
    for order in market.of("Marketplaces"):
        if not order.cancelled:
            key = order.at.date(), order.place, order.lines[0].product.group
            bought[key] = bought.get(key, 0) + 1
    rows: list[Row] = []
    months: dict[tuple[date, str, str], int] = {}
    for (day, place, group), count in bought.items():
        key = day.replace(day=1), place, group
        months[key] = months.get(key, 0) + count
    for month in month_starts(VISITS_FROM, LAST):
        for day in days_of(month):
            for place in ("Shopee", "TikTok"):
                for group in ("Air fryers", "Fans", "Rice cookers", "Vacuums", "Water purifiers"):
                    count = bought.get((day, place, group), 0)
                    base = _page_views(months, month, place, group) / len(days_of(month))
                    visits = max(count, int(base * dice.between(0.85, 1.15) + 0.5))
                    rows.append([f"{day:%d/%m/%Y}", place, group, visits, count])
    head = ["Ngày", "Sàn", "Nhóm sản phẩm", "Lượt truy cập", "Đơn hàng"]
    for year in (2025, 2026):
        chosen = [row for row in rows if row[0].endswith(str(year))]
        write_csv(raw / "analytics" / f"san-tmdt_{year}.csv", [head, *chosen], separator=";")


def _page_views(months: dict[tuple[date, str, str], int], month: date, place: str, group: str) -> float:
    """Visits a month: orders ÷ 3.1 %, but in October 2026 air fryers are visited as in September."""
    if group == "Air fryers" and month == date(2026, 10, 1):
        return months[date(2026, 9, 1), place, group] / 0.031 * 0.98
    return months.get((month, place, group), 0) / 0.031


def _paths(market: Market, raw: Path) -> None:
    """The web shop's visits by visitor before each order; a third of the orders without a campaign left no trace."""
    dice, rows = Dice("paths"), list[Row]()
    for order in market.of("Web shop"):
        if order.at.date() >= PATHS_FROM and (order.campaign or dice.chance(0.65)):
            rows += _path(order, dice)
    rows.sort(key=lambda row: (row[1], row[0]))
    head = ["Khách", "Thời điểm", "Nguồn", "Chiến dịch", "Mã đơn"]
    write_csv(raw / "analytics" / "hanh-trinh_2026.csv", [head, *rows], separator=";")


def _path(order: Order, dice: Dice) -> list[Row]:
    """None to two visits on earlier days, and the one in which the order was made."""
    assert order.buyer
    last = order.campaign or dice.weighted(list(SOURCES), [4, 3, 3])
    rows = [_visit(order, order.at - timedelta(minutes=dice.whole(3, 45)), last, order.number)]
    for _ in range(dice.weighted([0, 1, 2], [45, 40, 15])):
        at = order.at - timedelta(days=dice.whole(1, 24), minutes=dice.whole(0, 300))
        source = OPENER if dice.chance(0.55) else dice.pick([*SOURCES, "GG_Search_Purifier"])
        rows.append(_visit(order, at, source, ""))
    return rows


def _visit(order: Order, at: datetime, source: str, number: str) -> Row:
    assert order.buyer
    place = SOURCES.get(source) or ("google/cpc" if source.startswith("GG_") else "facebook/paid")
    return [order.buyer.number, f"{at:%Y-%m-%d %H:%M}", place, "" if source in SOURCES else source, number]
