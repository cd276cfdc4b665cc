"""Buyers: invented people who come back, and who write their phone number differently each time."""

from dataclasses import dataclass

from dice import Dice

_FAMILY = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"]
_MIDDLE = ["Văn", "Thị", "Hữu", "Ngọc", "Minh", "Thanh", "Quốc", "Thu", "Đức", "Kim", "Gia", "Xuân"]
_GIVEN = [
    "An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hạnh", "Hiếu", "Hòa", "Hương", "Khánh", "Lan", "Linh", "Long",
    "Mai", "Nam", "Nga", "Nhung", "Phúc", "Phương", "Quân", "Quỳnh", "Sơn", "Tâm", "Thảo", "Trang", "Tuấn", "Vy",
]  # fmt: skip
_PREFIX = ["903", "912", "935", "977", "988", "968", "707", "789", "816", "345", "362"]
_PLAIN = str.maketrans(
    "ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ",
    "aadeoouaaaaaaaaaaaaaaaeeeeeeeeeeiiiiiooooooooooooooouuuuuuuuuuyyyyy",
)


@dataclass(frozen=True)
class Buyer:
    """A person who buys: `number` is unique, `phone` has nine digits without the leading 0."""

    number: int
    name: str
    phone: str
    region: str

    @property
    def email(self) -> str:
        """An address at a domain that cannot exist."""
        return f"{plain(self.name.split()[-1])}.{plain(self.name.split()[0])}{self.number}@khach.example"

    @property
    def code(self) -> str:
        """The number the shops know the buyer by."""
        return f"KH{self.number:05d}"


class Buyers:
    """All buyers so far; the newest come back most often."""

    def __init__(self, seed: str, first: int = 0) -> None:
        self._dice = Dice(seed)
        self._known: dict[tuple[str, str], list[Buyer]] = {}
        self._count = first

    def next(self, region: str, channel: str, again: float) -> Buyer:
        """The buyer of the next order: with chance `again` one who bought before, mostly in the same channel."""
        known = self._known.setdefault((region, channel), [])
        if self._dice.chance(0.03):
            other = self._known.get((region, self._dice.pick(["Stores", "Web shop"])), [])
            if other:
                return self._dice.pick(other)
        if known and self._dice.chance(again):
            back = self._dice.unit()
            return known[len(known) - 1 - int(len(known) * back * back)]
        known.append(self._new(region))
        return known[-1]

    def anyone(self, region: str) -> Buyer:
        """A buyer known to a shop or the web shop."""
        return self._dice.pick(self._known[region, self._dice.pick(["Stores", "Web shop"])])

    def new(self, region: str) -> Buyer:
        """A person who has bought nothing yet."""
        return self._new(region)

    def _new(self, region: str) -> Buyer:
        self._count += 1
        dice = self._dice
        return Buyer(
            self._count,
            f"{dice.pick(_FAMILY)} {dice.pick(_MIDDLE)} {dice.pick(_GIVEN)}",
            dice.pick(_PREFIX) + f"{(self._count * 7919) % 1_000_000:06d}",
            region,
        )


def plain(text: str) -> str:
    """Lower case without accents."""
    return text.lower().translate(_PLAIN)


def written(phone: str, dice: Dice) -> str:
    """A phone number as people and systems write it."""
    forms = [f"0{phone}", f"+84 {phone}", f"+84{phone}", f"0{phone[:3]} {phone[3:6]} {phone[6:]}", f"84{phone}"]
    return dice.weighted(forms, [6, 2, 1, 1, 1])
