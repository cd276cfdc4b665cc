"""The CRM: leads, deals with every stage they went through, and what a report shows of them on a day."""

from dataclasses import dataclass
from datetime import date, timedelta

from catalogue import GROUPS, Account, owner_at
from days import month_starts
from dice import Dice
from orders import Order
from people import Buyers
from sales import Market

STAGES = ["Qualified", "Visit or demo", "Proposal", "Negotiation"]
PROBABILITY = {
    "Qualified": 10,
    "Visit or demo": 25,
    "Proposal": 50,
    "Negotiation": 75,
    "Closed Won": 100,
    "Closed Lost": 0,
}
CRM_FROM, CRM_TO = date(2025, 1, 1), date(2026, 10, 31)
SLOW_FROM = date(2026, 7, 12)
REASONS = ["Price", "Chose a competitor", "No budget", "No decision", "Delivery time"]
SOURCES = ["Website form", "Trade fair", "Referral", "Facebook lead form", "Telesales"]


@dataclass
class Deal:
    """An opportunity with its visits to stages (entered, left)."""

    number: str
    name: str
    account: Account
    person: str
    group: str
    source: str
    amount: int
    created: date
    visits: list[tuple[str, date, date | None]]
    closed: date | None
    won: bool
    reason: str
    planned: date
    pushed: bool = True

    def stage_on(self, day: date) -> str:
        """The stage a report of that day shows."""
        if self.closed and self.closed <= day:
            return "Closed Won" if self.won else "Closed Lost"
        return [stage for stage, entered, _ in self.visits if entered <= day][-1]

    def close_on(self, day: date) -> date:
        """The close date a report of that day shows: the real one, or a plan that is moved on when it has passed."""
        if self.closed and self.closed <= day:
            return self.closed
        planned = self.planned
        while self.pushed and planned <= day:
            planned += timedelta(days=28)
        return planned


@dataclass
class Lead:
    """A lead; `deal` where it became one."""

    number: str
    name: str
    company: str
    phone: str
    email: str
    source: str
    campaign: str
    region: str
    person: str
    created: date
    status: str
    deal: Deal | None
    converted: date | None


class Crm:
    """All leads and deals of the last two years."""

    def __init__(self, market: Market) -> None:
        self._dice = Dice("crm")
        self._buyers = market.buyers
        self._accounts = [account for account in market.accounts if not account.is_export]
        self.deals: list[Deal] = []
        for month in month_starts(CRM_FROM, CRM_TO):
            orders = [o for o in market.of("Dealers") if o.at.date().replace(day=1) == month and o.place != "USD"]
            self._won(month, [o for o in orders if not o.cancelled and o.net > 22_000_000])
            self._lost(month)
        self._open()
        self.deals.sort(key=lambda deal: (deal.created, deal.account.code, deal.amount))
        for i, deal in enumerate(self.deals):
            deal.number = f"0065g{i + 1:07d}AAQ"
        self.leads = self._leads()

    def _won(self, month: date, orders: list[Order]) -> None:
        wish = 12 + (month.year - 2024) + (1 if month.month in (5, 6, 7, 12, 1) else 0)
        for order in self._dice.shuffled(orders)[:wish]:
            assert order.account
            closed = order.at.date() - timedelta(days=self._dice.whole(1, 7))
            amount = int(order.net * self._dice.between(0.97, 1.03) / 100_000) * 100_000
            group = max(order.lines, key=lambda line: line.net).product.group
            self._close(order.account, group, amount, closed, 4, True)

    def _lost(self, month: date) -> None:
        for _ in range(self._dice.whole(23, 28) + (month.year - 2024)):
            closed = month + timedelta(days=self._dice.whole(0, 27))
            depth = self._dice.weighted([1, 2, 3, 4], [18, 22, 42, 18])
            self._close(self._account(), self._dice.pick(GROUPS), self._amount(), closed, depth, False)

    def _account(self, regions: tuple[str, ...] = ("North", "Central", "South")) -> Account:
        book = [account for account in self._accounts if account.region in regions]
        return self._dice.weighted(book, [account.potential**0.5 for account in book])

    def _amount(self) -> int:
        return int(self._dice.between(20, 75) + self._dice.unit() ** 4 * 110) * 1_000_000

    def _close(self, account: Account, group: str, amount: int, closed: date, depth: int, won: bool) -> None:
        slow = closed >= SLOW_FROM
        days = [self._days(stage, account.region, slow, won) for stage in STAGES[:depth]]
        start = closed - timedelta(days=sum(days))
        reason = "" if won else self._dice.pick(REASONS)
        self._add(account, group, amount, start, days, closed, won, reason)

    def _days(self, stage: str, region: str, slow: bool, won: bool) -> int:
        middle = {"Qualified": 6.0, "Visit or demo": 9.0, "Proposal": 11.0, "Negotiation": 8.0}[stage]
        if stage == "Proposal" and slow:
            middle = 13.0 if region == "South" else 18.0
        lag = 0.92 if won else 1.08
        return max(1, int(self._dice.bell(middle * lag, middle * 0.38) + 0.5))

    def _add(
        self, account: Account, group: str, amount: int, start: date, days: list[int], closed: date | None, won: bool,
        reason: str,
    ) -> Deal:  # fmt: skip
        visits: list[tuple[str, date, date | None]] = []
        day = start
        for stage, stay in zip(STAGES, days, strict=False):
            visits.append((stage, day, day + timedelta(days=stay)))
            day += timedelta(days=stay)
        if closed is None:
            visits[-1] = (visits[-1][0], visits[-1][1], None)
        planned = start + timedelta(days=self._dice.whole(28, 50))
        deal = Deal(
            "", f"{group} {start:%m/%Y}", account, owner_at(account, closed or CRM_TO), group,
            self._dice.weighted(SOURCES, [4, 2, 3, 2, 3]), amount, start, visits, closed, won, reason, planned,
        )  # fmt: skip
        self.deals.append(deal)
        return deal

    def _open(self) -> None:
        """Deals open at the end: sixteen stuck in Proposal in the North and the Central region, others moving."""
        for i in range(16):
            age = 23 + i * 3 + self._dice.whole(0, 2)
            deal = self._running(3, age, ("North",) if i % 3 else ("Central",), 35 + self._dice.whole(0, 40))
            if i % 2:
                deal.planned = CRM_TO + timedelta(days=self._dice.whole(3, 30))
        for depth, count, oldest in ((1, 13, 11), (2, 12, 14), (3, 7, 15), (4, 9, 12)):
            for i in range(count):
                deal = self._running(depth, self._dice.whole(0, oldest), ("North", "Central", "South"), 0)
                deal.pushed = i != 0
                if i % 3:
                    deal.planned = CRM_TO + timedelta(days=self._dice.whole(3, 45))

    def _running(self, depth: int, age: int, regions: tuple[str, ...], millions: int) -> Deal:
        account = self._account(regions)
        days = [self._days(stage, "South", False, True) for stage in STAGES[: depth - 1]]
        entered = CRM_TO - timedelta(days=age)
        amount = millions * 1_000_000 or self._amount()
        start = entered - timedelta(days=sum(days))
        return self._add(account, self._dice.pick(GROUPS), amount, start, [*days, age], None, False, "")

    def _leads(self) -> list[Lead]:
        dice, people, out = Dice("leads"), Buyers("lead people", 500_000), []
        by_month: dict[date, list[Deal]] = {}
        for deal in self.deals:
            by_month.setdefault(deal.created.replace(day=1), []).append(deal)
        for month in month_starts(CRM_FROM, CRM_TO):
            deals = [deal for deal in by_month.get(month, []) if dice.chance(0.42)]
            count = 74 + (month.year - 2024) * 10 + dice.whole(-6, 6)
            for i in range(count):
                out.append(self._lead(month, deals[i] if i < len(deals) else None, people, dice))
        out.sort(key=lambda lead: (lead.created, lead.company, lead.phone))
        for i, lead in enumerate(out):
            lead.number = f"00Q5g{i + 1:07d}EAM"
        return out

    def _lead(self, month: date, deal: Deal | None, people: Buyers, dice: Dice) -> Lead:
        region = deal.account.region if deal else dice.weighted(["North", "Central", "South"], [4, 2, 4])
        buyer = self._buyers.anyone(region) if dice.chance(0.05) else people.new(region)
        created = month + timedelta(days=dice.whole(0, 27))
        if deal:
            created = max(CRM_FROM, deal.created - timedelta(days=dice.whole(0, 12)))
        source = deal.source if deal else dice.weighted(SOURCES, [5, 2, 2, 4, 3])
        campaign = {"Facebook lead form": "META_Dealer_Lead", "Website form": "GG_Search_Dealer"}.get(source, "")
        company = deal.account.name if deal else f"Cửa hàng {buyer.name.split()[-1]} {buyer.name.split()[0]}"
        status = "Converted" if deal else dice.weighted(["Nurturing", "Disqualified", "Contacted", "New"], [4, 4, 2, 1])
        owners = sorted({account.owner for account in self._accounts if account.region == region})
        person = (
            deal.person if deal else dice.pick([o for o in owners if o != "NV-0113" or created >= date(2026, 5, 4)])
        )
        return Lead(
            "", buyer.name, company, buyer.phone, buyer.email, source, campaign, region, person, created, status, deal,
            deal.created if deal else None,
        )  # fmt: skip
