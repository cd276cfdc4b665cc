"""How sales says who looks after whom: the account's province, rules, moves by hand.

Planted: no rule for Cambodia, a chain in the city that two rules want and the priority decides, two accounts that the
list of accounts gives to somebody else than the rules, two moves by hand.
"""

from pathlib import Path

from catalogue import Account
from writing import Row, write_csv

PROVINCES = {
    "NV-0101": ["Hà Nội"], "NV-0102": ["Hải Phòng"], "NV-0103": ["Quảng Ninh"], "NV-0104": ["Đà Nẵng"],
    "NV-0105": ["Huế", "Khánh Hòa"], "NV-0106": ["TP. Hồ Chí Minh"], "NV-0107": ["Cần Thơ"], "NV-0113": ["Đồng Nai"],
    "NV-0110": ["Hà Nội", "Hải Phòng", "Quảng Ninh"], "NV-0111": ["TP. Hồ Chí Minh", "Cần Thơ", "Đồng Nai"],
}  # fmt: skip
ELSEWHERE = {"DL049": "Khánh Hòa", "DL096": "Lào", "DL097": "Campuchia", "DL098": "Lào"}

RULES: list[Row] = [
    ["customer_group", "industry", "size", "region", "province", "owner", "priority", "start_on", "end_on", "note"],
    ["", "", "", "", "Hà Nội", "NV-0101", "", "", "", "a province is one book"],
    ["", "", "", "", "Hải Phòng", "NV-0102", "", "", "", ""],
    ["", "", "", "", "Quảng Ninh", "NV-0112", "", "", "2025-07-01", ""],
    ["", "", "", "", "Quảng Ninh", "NV-0103", "", "2025-07-01", "", "took over the book"],
    ["", "", "", "", "Đà Nẵng", "NV-0104", "", "", "", ""],
    ["", "", "", "", "Huế", "NV-0105", "", "", "", ""],
    ["", "", "", "", "Khánh Hòa", "NV-0105", "", "", "", ""],
    ["", "", "", "", "TP. Hồ Chí Minh", "NV-0106", "", "", "", ""],
    ["", "", "", "", "Cần Thơ", "NV-0107", "", "", "", ""],
    ["", "", "", "", "Đồng Nai", "NV-0106", "", "", "2026-05-04", ""],
    ["", "", "", "", "Đồng Nai", "NV-0113", "", "2026-05-04", "", "a new book"],
    ["retail chains", "*", "*", "North", "*", "NV-0110", "1", "", "", "chains buy at head office"],
    ["retail chains", "*", "*", "South", "*", "NV-0111", "1", "", "", "chains buy at head office"],
    ["projects", "*", "large", "North", "*", "NV-0110", "", "", "", "large projects are key accounts"],
    ["projects", "*", "large", "South", "*", "NV-0111", "", "", "", "large projects are key accounts"],
    ["dealers", "*", "*", "North", "Lào", "NV-0110", "", "", "2026-07-01", ""],
    ["dealers", "*", "*", "South", "Lào", "NV-0111", "", "", "2026-07-01", ""],
    ["dealers", "*", "*", "*", "Lào", "NV-0110", "", "2026-07-01", "", "one book for Laos"],
    ["*", "supermarkets", "*", "*", "TP. Hồ Chí Minh", "NV-0106", "2", "", "", "where no chain has a contract"],
]
MOVES: list[Row] = [
    ["account", "owner", "start_on", "end_on", "reason"],
    ["DL037", "NV-0110", "2024-01-01", "", "same buyer as DL036"],
    ["DL088", "NV-0111", "2025-03-01", "", "same buyer as DL087"],
]


def province_of(account: Account, position: int) -> str:
    """Where the account is; `position` is its place in the list."""
    choices = PROVINCES[account.owner]
    return ELSEWHERE.get(account.code, choices[position % len(choices)])


def export_territories(folder: Path) -> None:
    """The rules and the moves by hand, as sales keeps them."""
    write_csv(folder / "territories.csv", RULES)
    write_csv(folder / "territory_moves.csv", MOVES)
