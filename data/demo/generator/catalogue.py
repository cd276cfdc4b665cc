"""What the company is: products, regions, shops, people, accounts. All invented."""

from dataclasses import dataclass
from datetime import date

from dice import Dice

REGIONS = ["North", "Central", "South"]
CHANNELS = ["Stores", "Web shop", "Marketplaces", "Dealers"]
GROUPS = ["Air fryers", "Fans", "Rice cookers", "Vacuums", "Water purifiers"]


@dataclass(frozen=True)
class Product:
    """A product with its list price and cost in đồng, and how often it sells within its group."""

    code: str
    name: str
    group: str
    price: int
    cost: int
    weight: float


PRODUCTS = [
    Product("NC-35", "Nồi chiên không dầu Mộc 3,5L", "Air fryers", 1_490_000, 860_000, 3),
    Product("NC-50", "Nồi chiên không dầu Mộc 5L", "Air fryers", 1_990_000, 1_150_000, 4),
    Product("NC-65", "Nồi chiên không dầu Mộc Digital 6,5L", "Air fryers", 2_790_000, 1_590_000, 3),
    Product("NC-80", "Nồi chiên không dầu AirMộc Dual 8L", "Air fryers", 3_990_000, 2_310_000, 1.5),
    Product("QD-12", "Quạt đứng Gió Mộc", "Fans", 890_000, 540_000, 4),
    Product("QT-16", "Quạt treo tường Gió Mộc", "Fans", 690_000, 410_000, 2),
    Product("QH-08", "Quạt hơi nước Suối 8L", "Fans", 2_990_000, 1_820_000, 2),
    Product("QL-01", "Quạt không cánh Lặng", "Fans", 4_290_000, 2_480_000, 1),
    Product("NK-10", "Nồi cơm điện Mộc 1L", "Rice cookers", 790_000, 480_000, 3),
    Product("NK-18", "Nồi cơm điện tử Mộc 1,8L", "Rice cookers", 1_590_000, 930_000, 4),
    Product("NK-IH", "Nồi cơm cao tần Sen IH", "Rice cookers", 3_490_000, 1_980_000, 2),
    Product("HB-CT", "Máy hút bụi cầm tay Nhẹ", "Vacuums", 1_790_000, 1_040_000, 4),
    Product("HB-K2", "Máy hút bụi không dây Nhẹ K2", "Vacuums", 3_990_000, 2_270_000, 3),
    Product("HB-RB", "Robot hút bụi Mộc Bot", "Vacuums", 6_990_000, 4_120_000, 1.2),
    Product("LN-DB", "Máy lọc nước để bàn Suối Mini", "Water purifiers", 3_290_000, 1_870_000, 3),
    Product("LN-RO", "Máy lọc nước RO Suối 9 lõi", "Water purifiers", 5_490_000, 3_080_000, 3),
    Product("LN-CB", "Bộ máy lọc RO Suối và gói lõi 12 tháng", "Water purifiers", 6_490_000, 3_550_000, 1.6),
    Product("LN-NL", "Máy lọc nước nóng lạnh Suối", "Water purifiers", 7_990_000, 4_560_000, 1),
]
BY_CODE = {product.code: product for product in PRODUCTS}
BUNDLE = "LN-CB"


@dataclass(frozen=True)
class Shop:
    """A shop, its region, its share of the region's sales, and who led it from when."""

    name: str
    region: str
    share: float
    leads: tuple[tuple[date, str], ...]


EVER = date(2021, 1, 1)
SHOPS = [
    Shop("Sao Mộc Cầu Giấy", "North", 0.40, ((EVER, "NV-0201"),)),
    Shop("Sao Mộc Hà Đông", "North", 0.33, ((EVER, "NV-0202"),)),
    Shop("Sao Mộc Hải Phòng", "North", 0.27, ((EVER, "NV-0103"), (date(2025, 7, 1), "NV-0203"))),
    Shop("Sao Mộc Đà Nẵng", "Central", 0.58, ((EVER, "NV-0204"),)),
    Shop("Sao Mộc Huế", "Central", 0.42, ((EVER, "NV-0209"), (date(2026, 3, 2), "NV-0205"))),
    Shop("Sao Mộc Quận 7", "South", 0.42, ((EVER, "NV-0206"),)),
    Shop("Sao Mộc Thủ Đức", "South", 0.30, ((EVER, "NV-0207"),)),
    Shop("Sao Mộc Cần Thơ", "South", 0.28, ((EVER, "NV-0208"),)),
]


def lead_of(shop: Shop, day: date) -> str:
    """Staff number of the shop's lead on a day."""
    return [person for start, person in shop.leads if start <= day][-1]


NAMES = {
    "NV-0001": "Trần Quốc Bảo",
    "NV-0010": "Vũ Hồng Nhung",
    "NV-0011": "Phan Đình Khôi",
    "NV-0012": "Phạm Gia Huy",
    "NV-0020": "Lê Thu Hà",
    "NV-0021": "Đỗ Khánh Linh",
    "NV-0030": "Trịnh Thu Thảo",
    "NV-0031": "Kiều Bảo Ngân",
    "NV-0101": "Nguyễn Thị Minh Anh",
    "NV-0102": "Ngô Hải Đăng",
    "NV-0103": "Đặng Ngọc Yến",
    "NV-0104": "Võ Thanh Tùng",
    "NV-0105": "Hoàng Mai Chi",
    "NV-0106": "Trương Đức Long",
    "NV-0107": "Bùi Quang Vinh",
    "NV-0110": "Lý Thanh Hương",
    "NV-0111": "Tạ Minh Quân",
    "NV-0112": "Cao Văn Thịnh",
    "NV-0113": "Đinh Bảo Trâm",
    "NV-0201": "Dương Thị Kim Oanh",
    "NV-0202": "Hà Tiến Lực",
    "NV-0203": "Tô Diễm My",
    "NV-0204": "Lương Hữu Nghĩa",
    "NV-0205": "Châu Ngọc Bích",
    "NV-0206": "Quách Thế Sơn",
    "NV-0207": "Mạc Tuấn Kiệt",
    "NV-0208": "Lâm Thùy Dương",
    "NV-0209": "Đoàn Phước Lộc",
}

# person, start, end, role, team, manager, region, channel
STRETCHES: list[tuple[str, str, str, str, str, str, str, str]] = [
    ("NV-0001", "2021-01-01", "", "director", "Sales", "", "", ""),
    ("NV-0010", "2021-01-01", "", "region_manager", "Sales/North", "NV-0001", "North", ""),
    ("NV-0011", "2021-01-01", "", "region_manager", "Sales/Central", "NV-0001", "Central", ""),
    ("NV-0012", "2021-01-01", "", "region_manager", "Sales/South", "NV-0001", "South", ""),
    ("NV-0020", "2021-01-01", "", "channel_manager", "Sales/Online/Marketplaces", "NV-0001", "", "Marketplaces"),
    ("NV-0021", "2022-06-01", "", "channel_manager", "Sales/Online/Web shop", "NV-0001", "", "Web shop"),
    ("NV-0030", "2025-07-01", "", "team_lead", "Sales/North/Stores", "NV-0010", "North", "Stores"),
    ("NV-0031", "2025-01-01", "", "specialist", "Sales/Specialists", "NV-0001", "", ""),
    ("NV-0101", "2021-01-01", "", "representative", "Sales/North/Dealers", "NV-0010", "North", "Dealers"),
    ("NV-0102", "2022-03-01", "", "representative", "Sales/North/Dealers", "NV-0010", "North", "Dealers"),
    ("NV-0103", "2021-01-01", "2025-07-01", "store_lead", "Sales/North/Stores", "NV-0010", "North", "Stores"),
    ("NV-0103", "2025-07-01", "", "representative", "Sales/North/Dealers", "NV-0010", "North", "Dealers"),
    ("NV-0104", "2021-01-01", "", "representative", "Sales/Central/Dealers", "NV-0011", "Central", "Dealers"),
    ("NV-0105", "2023-02-01", "", "representative", "Sales/Central/Dealers", "NV-0011", "Central", "Dealers"),
    ("NV-0106", "2021-01-01", "", "representative", "Sales/South/Dealers", "NV-0012", "South", "Dealers"),
    ("NV-0107", "2021-09-01", "", "representative", "Sales/South/Dealers", "NV-0012", "South", "Dealers"),
    ("NV-0110", "2021-01-01", "", "account_manager", "Sales/North/Key accounts", "NV-0010", "North", "Dealers"),
    ("NV-0111", "2021-01-01", "", "account_manager", "Sales/South/Key accounts", "NV-0012", "South", "Dealers"),
    ("NV-0112", "2021-01-01", "2025-07-01", "representative", "Sales/North/Dealers", "NV-0010", "North", "Dealers"),
    ("NV-0113", "2026-05-04", "", "representative", "Sales/South/Dealers", "NV-0012", "South", "Dealers"),
    ("NV-0201", "2021-01-01", "2025-07-01", "store_lead", "Sales/North/Stores", "NV-0010", "North", "Stores"),
    ("NV-0201", "2025-07-01", "", "store_lead", "Sales/North/Stores", "NV-0030", "North", "Stores"),
    ("NV-0202", "2021-01-01", "2025-07-01", "store_lead", "Sales/North/Stores", "NV-0010", "North", "Stores"),
    ("NV-0202", "2025-07-01", "", "store_lead", "Sales/North/Stores", "NV-0030", "North", "Stores"),
    ("NV-0203", "2025-07-01", "", "store_lead", "Sales/North/Stores", "NV-0030", "North", "Stores"),
    ("NV-0204", "2021-01-01", "", "store_lead", "Sales/Central/Stores", "NV-0011", "Central", "Stores"),
    ("NV-0205", "2026-03-02", "", "store_lead", "Sales/Central/Stores", "NV-0011", "Central", "Stores"),
    ("NV-0206", "2021-01-01", "", "store_lead", "Sales/South/Stores", "NV-0012", "South", "Stores"),
    ("NV-0207", "2021-01-01", "", "store_lead", "Sales/South/Stores", "NV-0012", "South", "Stores"),
    ("NV-0208", "2021-01-01", "", "store_lead", "Sales/South/Stores", "NV-0012", "South", "Stores"),
    ("NV-0209", "2021-01-01", "2026-03-01", "store_lead", "Sales/Central/Stores", "NV-0011", "Central", "Stores"),
]
LEFT = {"NV-0112": "2025-07-01", "NV-0209": "2026-03-01"}


@dataclass(frozen=True)
class Account:
    """A business customer. `weight` is its share of its owner's sales, `potential` đồng a year, `hours` a year."""

    code: str
    name: str
    customer_group: str
    industry: str
    size: str
    entity: str
    region: str
    owner: str
    before: str
    changed: date
    potential: int
    hours: float
    weight: float
    start: date
    is_export: bool


# owner, region, accounts, large ones, potential (million đồng a year), hours, share of the region's sales
BOOKS = [
    ("NV-0101", "North", 10, 3, 9_400, 1_380, 0.27),
    ("NV-0102", "North", 9, 2, 8_600, 1_290, 0.20),
    ("NV-0103", "North", 10, 2, 9_100, 1_420, 0.25),
    ("NV-0110", "North", 8, 7, 10_800, 1_340, 0.28),
    ("NV-0104", "Central", 13, 2, 3_900, 1_870, 0.52),
    ("NV-0105", "Central", 12, 1, 3_500, 1_790, 0.48),
    ("NV-0106", "South", 8, 5, 23_500, 1_120, 0.31),
    ("NV-0107", "South", 10, 2, 9_200, 1_360, 0.245),
    ("NV-0111", "South", 8, 7, 11_500, 1_300, 0.265),
    ("NV-0113", "South", 7, 2, 8_300, 1_050, 0.18),
]
EXPORT = [
    ("Vientiane Home Trading", "NV-0110", "North"),
    ("Mekong Living Phnom Penh", "NV-0111", "South"),
    ("Champa Appliances Pakse", "NV-0111", "South"),
]
_FIRST = ["Điện máy", "Gia dụng", "Siêu thị", "Cửa hàng", "Thế giới bếp", "Nhà bếp", "Điện lạnh"]
_LAST = [
    "Hoa Sen", "Bình Minh", "An Phát", "Tân Tiến", "Hưng Thịnh", "Phú Quý", "Đại Lộc", "Minh Châu", "Thiên Nga",
    "Sông Hồng", "Trường An", "Ngọc Lan", "Kim Cương", "Việt Hưng", "Hải Âu", "Đông Đô", "Nam Phương", "Tây Hồ",
    "Bảo Tín", "Quang Vinh", "Thành Đạt", "Lộc Phát", "Hồng Hà", "Sơn Trà", "Cửu Long", "Đồng Tâm", "Hòa Bình",
]  # fmt: skip


def accounts() -> list[Account]:
    """The book of business accounts: each owner's share of hours and potential over his accounts."""
    dice, names = Dice("accounts"), iter(_account_names())
    out: list[Account] = []
    for owner, region, count, large, potential, hours, share in BOOKS:
        sizes = ["large"] * large + ["small"] * (count - large)
        weights = [dice.between(2.2, 3.8) if size == "large" else dice.between(0.5, 1.2) for size in sizes]
        pots = [w * dice.between(0.85, 1.15) for w in weights]
        visits = [dice.between(0.8, 1.2) for _ in sizes]
        for i, size in enumerate(sizes):
            group, industry = _kind(owner, i, dice)
            out.append(
                Account(
                    code=f"DL{len(out) + 1:03d}",
                    name=_legal(next(names), group, dice),
                    customer_group=group,
                    industry=industry,
                    size=size,
                    entity="Sao Mộc Home JSC" if group == "projects" or size == "large" else "Sao Mộc Phân phối",
                    region=region,
                    owner=owner,
                    before={"NV-0103": "NV-0112", "NV-0113": "NV-0106"}.get(owner, owner),
                    changed={"NV-0103": date(2025, 7, 1), "NV-0113": date(2026, 5, 4)}.get(owner, EVER),
                    potential=int(potential * pots[i] / sum(pots)) * 1_000_000,
                    hours=int(hours * visits[i] / sum(visits) * 2) / 2,
                    weight=share * weights[i] / sum(weights),
                    start=EVER
                    if size == "large" or dice.chance(0.7)
                    else date(dice.whole(2024, 2026), dice.whole(1, 9), 1),
                    is_export=False,
                )
            )
    return out + [_export(len(out) + i + 1, *row) for i, row in enumerate(EXPORT)]


def owner_at(account: Account, day: date) -> str:
    """Who owned the account on a day."""
    return account.owner if day >= account.changed else account.before


def _export(number: int, name: str, owner: str, region: str) -> Account:
    return Account(
        f"DL{number:03d}", name, "dealers", "electronics retail", "large", "Sao Mộc Home JSC", region, owner, owner,
        EVER, 1_400_000_000, 60.0, 0.0, EVER, True,
    )  # fmt: skip


def _account_names() -> list[str]:
    dice = Dice("account names")
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    return dice.shuffled(names)


def _kind(owner: str, i: int, dice: Dice) -> tuple[str, str]:
    if owner in ("NV-0110", "NV-0111"):
        return ("retail chains", "supermarkets") if i < 5 else ("projects", dice.pick(["real estate", "hotels"]))
    if i and i % 7 == 0:
        return "projects", dice.pick(["real estate", "hotels"])
    return "dealers", dice.pick(["electronics retail", "household goods"])


def _legal(name: str, group: str, dice: Dice) -> str:
    form = (
        dice.pick(["Công ty TNHH", "Cty TNHH", "Công ty CP", "Hộ kinh doanh"]) if group == "dealers" else "Công ty CP"
    )
    return f"{form} {name}"
