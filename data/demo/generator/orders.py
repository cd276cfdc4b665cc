"""An order and its lines, prices, exchange rates, and the numbers that systems give."""

from dataclasses import dataclass
from datetime import date, datetime

from catalogue import Account, Product
from dice import Dice
from people import Buyer

FX = [
    ("2023-01-01", 23_450), ("2023-11-01", 24_310), ("2024-01-01", 24_420), ("2024-04-01", 25_020),
    ("2024-07-01", 25_390), ("2024-10-01", 25_110), ("2025-01-01", 25_460), ("2025-04-01", 25_840),
    ("2025-07-01", 26_150), ("2025-10-01", 26_280), ("2026-01-01", 26_220), ("2026-04-01", 26_310),
    ("2026-07-01", 26_370), ("2026-10-01", 26_425),
]  # fmt: skip


def rate_on(day: date) -> int:
    """Đồng for one US dollar."""
    return [rate for start, rate in FX if start <= day.isoformat()][-1]


@dataclass
class Line:
    """A product in an order: price and discount (`off`) of one unit in đồng without VAT; `cents`: price in USD."""

    product: Product
    quantity: int
    price: int
    off: int
    returned: int = 0
    returned_on: date | None = None
    cents: int = 0

    @property
    def net(self) -> int:
        """What the line brings before returns."""
        return self.quantity * (self.price - self.off)


@dataclass
class Order:
    """An order of any channel."""

    number: str
    at: datetime
    channel: str
    region: str
    lines: list[Line]
    place: str = ""
    person: str = ""
    buyer: Buyer | None = None
    account: Account | None = None
    cancelled: bool = False
    campaign: str = ""

    @property
    def net(self) -> int:
        """What the order brings before returns."""
        return sum(line.net for line in self.lines)


def returned(order: Order, month: date) -> int:
    """Revenue that an order's returns take back in a month."""
    return sum(
        line.returned * (line.price - line.off)
        for line in order.lines
        if line.returned_on and line.returned_on.replace(day=1) == month
    )


def price_of(product: Product, channel: str, month: date) -> int:
    """Price without VAT: two price rises since 2023, and a trade price for dealers."""
    level = 0.94 if month < date(2025, 1, 1) else 0.97 if month < date(2026, 1, 1) else 1.0
    trade = 0.8 if channel == "Dealers" else 1.0
    return int(product.price * level * trade / 10_000) * 10_000


def letters_of(count: int, dice: Dice) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    number, text = count, ""
    for _ in range(4):
        number, rest = divmod(number, 32)
        text = letters[rest] + text
    return text + dice.pick(letters) + dice.pick(letters) + dice.pick(letters) + dice.pick(letters)
