"""Orders of all channels: each cell is filled line by line until it has sold what the model says."""

from bisect import bisect_right
from datetime import date, datetime, timedelta
from itertools import accumulate

from catalogue import (
    BUNDLE,
    BY_CODE,
    CHANNELS,
    GROUPS,
    PRODUCTS,
    REGIONS,
    SHOPS,
    Account,
    Shop,
    accounts,
    owner_at,
)
from days import FIRST, LAST, day_weight, days_of, month_starts
from dice import Dice
from model import CANCEL_SHARE, RETURN_SHARE, bundle_share, plan, truth
from orders import Line, Order, letters_of, price_of, rate_on, returned
from people import Buyers

VOUCHER_ENDS = date(2026, 10, 6)
VOUCHER = 0.095
GAMER, GAMED_SHOP = "NV-0207", "Sao Mộc Thủ Đức"
GAME_FROM = date(2026, 5, 1)
BIG = [product for product in PRODUCTS if product.code in ("NC-80", "LN-RO", "NK-IH", "HB-K2", "QL-01")]


class Market:
    """Everything sold from November 2023 to October 2026."""

    def __init__(self) -> None:
        self.accounts = accounts()
        self.buyers = Buyers("buyers")
        self.orders: list[Order] = []
        self._dice = Dice("sales")
        self._owed: dict[tuple[str, str, str], float] = {}
        self._shop_due: dict[str, float] = {}
        self._account_due: dict[str, float] = {}
        self._numbers: dict[str, int] = {}
        self._behind: dict[tuple[str, str, str], dict[str, float]] = {}
        self._kept: dict[tuple[str, str, str], float] = {}
        self._turn = 0
        for month in month_starts(FIRST, LAST):
            self._month(month)
        for order in self.orders:
            self._maybe_return(order)
        self._game()
        self.orders.sort(key=lambda order: (order.at, order.number))
        self._number()

    def of(self, channel: str) -> list[Order]:
        """Orders of a channel by time."""
        return [order for order in self.orders if order.channel == channel]

    def _month(self, month: date) -> None:
        self._export(month)
        for channel in CHANNELS:
            for region in REGIONS:
                lines = [line for group in GROUPS for line in self._fill((group, channel, region), month)]
                self._open_accounts(channel, region, month, sum(line.net for line in lines))
                self._group(channel, region, month, self._dice.shuffled(lines))

    def _export(self, month: date) -> None:
        """Two or three orders a month from abroad, in US dollars; they count towards what their region should sell."""
        dice, abroad = self._dice, [account for account in self.accounts if account.is_export]
        for _ in range(dice.whole(1, 3)):
            account, day = dice.pick(abroad), dice.pick(days_of(month)[2:24])
            if account.name.startswith("Champa") and day < date(2025, 1, 1):
                account = abroad[0]
            at = datetime(day.year, day.month, day.day, 10, dice.whole(0, 59))
            lines = [self._export_line(account.region, day) for _ in range(dice.whole(1, 2))]
            self.orders.append(
                Order("", at, "Dealers", account.region, lines, "USD", owner_at(account, day), account=account)
            )

    def _export_line(self, region: str, day: date) -> Line:
        product = self._dice.pick(PRODUCTS)
        cents = int(product.price * 0.78 / 25_000 * 100) // 5 * 5 + 5
        quantity = self._dice.whole(8, 16) if product.price < 3_000_000 else self._dice.whole(3, 7)
        line = Line(product, quantity, (cents * rate_on(day) + 50) // 100, 0, cents=cents)
        cell = product.group, "Dealers", region
        self._owed[cell] = self._owed.get(cell, 0.0) - line.net
        return line

    def _fill(self, cell: tuple[str, str, str], month: date) -> list[Line]:
        """Lines of a cell until its revenue is reached; what is left over counts in the next month."""
        left = truth(cell, month) + self._owed.get(cell, 0.0)
        lines: list[Line] = []
        shares, behind = _shares(cell, month), self._behind.setdefault(cell, {})
        while left > 0:
            line = self._line(cell, month)
            if line.net > left:
                line = min((self._line(cell, month) for _ in range(8)), key=lambda other: abs(left - other.net))
            if line.net / 2 > left:
                break
            lines.append(line)
            left -= line.net
            for code, share in shares.items():
                behind[code] = behind.get(code, 0.0) + share - (code == line.product.code)
        self._owed[cell] = left
        return lines

    def _line(self, cell: tuple[str, str, str], month: date) -> Line:
        """A line of the product that has sold too rarely in the cell, with some chance."""
        group, channel, _ = cell
        dice = self._dice
        behind = self._behind.setdefault(cell, {})
        products = [product for product in PRODUCTS if product.group == group]
        product = max(products, key=lambda p: behind.get(p.code, 0.0) + dice.unit() * 1.2)
        price = price_of(product, channel, month)
        if channel == "Dealers":
            quantity = max(1, int(dice.between(3.5e6, 10e6) / price + 0.5))
            return Line(product, quantity, price, price * dice.pick([0, 0, 0, 2, 3, 5]) // 100)
        quantity = 2 if dice.chance(0.06) else 1
        rate = dice.pick([0, 0, 0, 5, 10]) if channel in ("Stores", "Web shop") else dice.pick([0, 0, 2, 3])
        off = price * rate // 100_000 * 1000
        return Line(product, quantity, price, int(price * VOUCHER / 1000) * 1000 if _has_voucher(cell) else off)

    def _open_accounts(self, channel: str, region: str, month: date, total: float) -> None:
        if channel != "Dealers":
            return
        book = [a for a in self.accounts if a.region == region and a.weight and a.start <= month]
        whole = sum(account.weight for account in book)
        for account in book:
            due = self._account_due.get(account.code, 0.0)
            self._account_due[account.code] = due + total * account.weight / whole

    def _group(self, channel: str, region: str, month: date, lines: list[Line]) -> None:
        """Lines become orders: a few lines each, spread evenly over days by their weight."""
        dice, baskets = self._dice, list[list[Line]]()
        sizes = [1, 3, 4, 3, 1] if channel == "Dealers" else [82, 16, 2, 0, 0]
        while lines:
            baskets.append([lines.pop() for _ in range(min(dice.weighted([1, 2, 3, 4, 5], sizes), len(lines)))])
        slots = [self._day(channel, month, (i + dice.between(0.25, 0.75)) / len(baskets)) for i in range(len(baskets))]
        if channel == "Marketplaces" and month == VOUCHER_ENDS.replace(day=1):
            baskets = self._fewer_fryers(baskets, slots)
        for day, basket in zip(slots, baskets, strict=True):
            for line in basket:
                if _has_voucher((line.product.group, channel)) and day >= VOUCHER_ENDS:
                    line.off = 0
            self._order(channel, region, day, self._same_product_once(basket))

    def _day(self, channel: str, month: date, place: float) -> date:
        """The day at `place` (0 to 1) of the month's sales."""
        sums = list(accumulate(day_weight(channel, day) for day in days_of(month)))
        return month + timedelta(days=min(bisect_right(sums, place * sums[-1]), len(sums) - 1))

    def _fewer_fryers(self, baskets: list[list[Line]], slots: list[date]) -> list[list[Line]]:
        """The month's baskets in another order: without vouchers air fryers sell less often."""
        fryers = [basket for basket in baskets if any(line.product.group == "Air fryers" for line in basket)]
        others = [basket for basket in baskets if basket not in fryers]
        lure = [self._dice.unit() * (1 if day < VOUCHER_ENDS else 0.63) for day in slots]
        chosen = sorted(range(len(slots)), key=lambda i: -lure[i])[: len(fryers)]
        return [fryers.pop() if i in chosen else others.pop() for i in range(len(slots))]

    def _same_product_once(self, lines: list[Line]) -> list[Line]:
        seen: dict[tuple[str, int], Line] = {}
        for line in lines:
            key = line.product.code, line.off
            if key in seen:
                seen[key].quantity += line.quantity
            else:
                seen[key] = line
        return list(seen.values())

    def _order(self, channel: str, region: str, day: date, lines: list[Line]) -> None:
        dice = self._dice
        hour = dice.weighted([8, 9, 10, 11, 13, 14, 15, 16], [1, 2, 2, 1, 1, 2, 2, 1])
        if channel != "Dealers":
            hour = dice.weighted(list(range(8, 22)), [1, 2, 3, 3, 2, 2, 2, 2, 3, 3, 4, 4, 3, 2])
        at = datetime(day.year, day.month, day.day, hour, dice.whole(0, 59), dice.whole(0, 59))
        order = Order("", at, channel, region, lines)
        if channel == "Dealers":
            order.account = self._account(region, order.net)
            order.person = owner_at(order.account, day)
        elif channel == "Stores":
            shop = self._shop(region, order)
            order.place = shop.name
            order.person = [person for start, person in shop.leads if start <= day][-1]
            if not dice.chance(0.3):
                order.buyer = self.buyers.next(region, channel, _again(day, 0.24))
        else:
            order.buyer = self.buyers.next(region, channel, _again(day, 0.20))
            order.place = self._platform(day) if channel == "Marketplaces" else "web"
        self.orders.append(order)
        if dice.chance(CANCEL_SHARE[channel]):
            self._add_cancelled(order)

    def _add_cancelled(self, like: Order) -> None:
        """A cancelled order beside a good one: the same goods, another buyer."""
        lines = [Line(line.product, line.quantity, line.price, line.off) for line in like.lines]
        at = like.at + timedelta(minutes=7)
        buyer = self.buyers.next(like.region, like.channel, 0.5) if like.buyer else None
        self.orders.append(
            Order("", at, like.channel, like.region, lines, like.place, like.person, buyer, like.account, True)
        )

    def _account(self, region: str, net: int) -> Account:
        """An account that is behind with what it should buy, of the owner who is most behind, with some chance."""
        owners: dict[str, float] = {}
        for account in self.accounts:
            if account.region == region and account.code in self._account_due:
                owners[account.owner] = owners.get(account.owner, 0.0) + self._account_due[account.code]
        owner = max(owners, key=lambda name: owners[name] + self._dice.unit() * 7e7)
        book = [a for a in self.accounts if a.owner == owner and self._account_due.get(a.code, 0) > 0]
        book = book or [a for a in self.accounts if a.owner == owner and a.code in self._account_due]
        account = self._dice.weighted(book, [max(1.0, self._account_due[a.code]) for a in book])
        self._account_due[account.code] -= net
        return account

    def _shop(self, region: str, order: Order) -> Shop:
        shops = [shop for shop in SHOPS if shop.region == region]
        for shop in shops:
            self._shop_due[shop.name] = self._shop_due.get(shop.name, 0.0) + order.net * shop.share
        shop = max(shops, key=lambda s: self._shop_due[s.name] + self._dice.unit() * 6e6)
        self._shop_due[shop.name] -= order.net
        return shop

    def _platform(self, day: date) -> str:
        share = 0.08 + 0.03 * (day.year - 2023)
        return "TikTok" if self._dice.chance(share) else "Shopee"

    def _maybe_return(self, order: Order) -> None:
        if order.cancelled or order.place == "USD":
            return
        for line in order.lines:
            cell = line.product.group, order.channel, order.region
            self._kept[cell] = kept = self._kept.get(cell, 0.0) + line.net * RETURN_SHARE[order.channel]
            if kept > line.net * self._dice.between(0.2, 1.4):
                self._kept[cell] = kept - line.net
                line.returned = (
                    line.quantity if order.place == "Shopee" or self._dice.chance(0.8) else max(1, line.quantity // 2)
                )
                days = {"web": 0, "TikTok": 3}.get(order.place) if order.channel != "Stores" else None
                back = order.at.date() + timedelta(days=self._dice.whole(2, 16) if days is None else days)
                line.returned_on = back
                if back > LAST:
                    line.returned, line.returned_on = 0, None

    def _game(self) -> None:
        """The lead of one shop books big orders on the last two days and takes them back early next month."""
        dice = Dice("game")
        for month in month_starts(GAME_FROM, LAST):
            quota = shop_quota(GAMED_SHOP, month)
            mine = [o for o in self.orders if o.person == GAMER and not o.cancelled]
            sold = sum(o.net for o in mine if o.at.date().replace(day=1) == month)
            back = sum(returned(o, month) for o in mine)
            self._turn = 0
            missing = int(quota * dice.between(1.004, 1.018)) - (sold - back)
            self._book(missing, days_of(month)[-2:], dice)

    def _book(self, missing: int, days: list[date], dice: Dice) -> None:
        booked = 0
        while missing - booked > 0:
            product = BIG[self._turn % len(BIG)]
            self._turn += 1
            quantity = min(dice.whole(2, 3), (missing - booked) // product.price)
            if quantity < 1:
                product = BY_CODE["NK-10"]
                quantity = (missing - booked) // product.price + 1
            line = Line(product, quantity, product.price, 0)
            day = dice.pick(days)
            at = datetime(day.year, day.month, day.day, dice.whole(17, 20), dice.whole(0, 59), dice.whole(0, 59))
            order = Order("", at, "Stores", "South", [line], GAMED_SHOP, GAMER, self.buyers.new("South"))
            back = days[-1] + timedelta(days=dice.whole(2, 6))
            if back <= LAST and dice.chance(0.85):
                line.returned, line.returned_on = quantity, back
            self.orders.append(order)
            booked += line.net

    def _number(self) -> None:
        dice = Dice("numbers")
        for order in self.orders:
            kind = order.place if order.channel == "Marketplaces" or order.place == "USD" else order.channel
            self._numbers[kind] = count = self._numbers.get(kind, 0) + 1
            order.number = {
                "Stores": f"HD{20_000 + count:06d}",
                "Web shop": f"#SM{10_000 + count}",
                "Shopee": f"{order.at:%y%m%d}{letters_of(count, dice)}",
                "TikTok": f"57{6_000_000_000_000_000 + count * 37_129_887_113:016d}",
                "USD": f"XK{order.at:%y%m}-{count:04d}",
                "Dealers": f"BH{order.at:%y%m}-{count:05d}",
            }[kind]


def shop_quota(name: str, month: date) -> int:
    """The month's quota of a shop: its share of the region's plan; the gamed shop's stands well above its sales."""
    shop = next(shop for shop in SHOPS if shop.name == name)
    total = sum(plan((group, "Stores", shop.region), month) for group in GROUPS)
    stretch = 1.16 if name == GAMED_SHOP else 1.0
    return int(total * shop.share * stretch / 1_000_000 + 0.5) * 1_000_000


def _again(day: date, share: float) -> float:
    """Share of orders from people who bought before; in October 2026 much advertising brings a few more new ones."""
    return share - 0.07 if day >= date(2026, 10, 1) else share


def _shares(cell: tuple[str, str, str], month: date) -> dict[str, float]:
    """How often each product sells within its group; the bundle's share is the story's."""
    weights = {product.code: product.weight for product in PRODUCTS if product.group == cell[0]}
    if BUNDLE in weights:
        share = bundle_share(month, cell[2])
        weights[BUNDLE] = sum(w for code, w in weights.items() if code != BUNDLE) * share / (1 - share)
    return {code: weight / sum(weights.values()) for code, weight in weights.items()}


def _has_voucher(cell: tuple[str, ...]) -> bool:
    """Air fryers are sold with a voucher on the marketplaces until VOUCHER_ENDS."""
    return cell[:2] == ("Air fryers", "Marketplaces")
