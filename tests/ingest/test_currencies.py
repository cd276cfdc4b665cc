"""An amount that bears a currency's sign: read where it is the row's own, in quarantine where it is another's."""

import pytest

from .small import LINES

HEAD = "order,day,item,qty,price,channel\n"
RATES = {
    "kind": "table", "table": "fx_rates", "files": "fx.csv",
    "columns": {"currency": "fx", "start_on": "from", "rate": "rate"},
}  # fmt: skip


def load(shop, cell: str, company: str, source: dict):
    """One order of one unit at the price in `cell`; USD is worth 25,000 VND."""
    rates = {"shop": source, "fx": RATES} if company == "VND" else {"shop": source}
    text = HEAD + f'A1,2026-10-02,X,1,1000,Shop\nA2,2026-10-02,X,1,"{cell}",Shop\n'
    files = {"raw/a.csv": text, "fx.csv": "fx,from,rate\nUSD,2026-01-01,25000\n"}
    return shop.write(files, rates, currency=company, money_decimals=0).load()


FOREIGN = {**LINES, "constants": {"currency": "USD"}, "formats": {"decimal": "."}}
HOME = {**LINES, "formats": {"decimal": "."}}
OWN = [
    ("VND", HOME, "500,000 đ", 500_000), ("VND", HOME, "500,000 ₫", 500_000), ("VND", HOME, "500,000 VNĐ", 500_000),
    ("VND", HOME, "500,000 Đồng", 500_000), ("VND", HOME, "500,000", 500_000),
    ("VND", FOREIGN, "$5", 125_000), ("VND", FOREIGN, "USD 5", 125_000), ("VND", FOREIGN, "US$5", 125_000),
    ("SGD", HOME, "$5", 5), ("GBP", HOME, "£5", 5), ("EUR", HOME, "5 EUR", 5),
]  # fmt: skip
OTHER = [
    ("VND", HOME, "$500,000"), ("VND", HOME, "12 EUR"), ("VND", HOME, "USD 5"), ("VND", HOME, "5 us$"),
    ("VND", HOME, "£5"), ("VND", FOREIGN, "500,000 đ"), ("VND", FOREIGN, "500,000₫"), ("VND", FOREIGN, "500,000 VND"),
    ("VND", FOREIGN, "500,000 đồng"), ("VND", FOREIGN, "5 €"), ("SGD", HOME, "USD 5"), ("EUR", HOME, "$5"),
]  # fmt: skip


@pytest.mark.parametrize(("company", "source", "cell", "amount"), OWN)
def test_the_sign_of_the_rows_own_currency_is_read(shop, company, source, cell, amount):
    loaded = load(shop, cell, company, source)
    assert loaded.tables["order_lines"].filter(order_id="A2")["net_amount"].to_list() == [amount]


@pytest.mark.parametrize(("company", "source", "cell"), OTHER)
def test_the_sign_of_another_currency_waits_without_an_amount(shop, company, source, cell):
    loaded = load(shop, cell, company, source)
    assert loaded.quarantine.select("reason", "field", "found", "amount").rows() == [
        ("other_currency", "unit_price", cell, None)
    ]
    assert loaded.tables["orders"]["order_id"].to_list() == ["A1"]


def test_a_column_tells_the_currency_of_each_row_and_any_amount_of_it_may_speak_against_it(shop):
    columns = {**LINES["columns"], "currency": "money", "net_amount": "net"}
    lines = ["$5,$4,USD", "$5,4,VND", "$5,100 đ,USD", "5,4,USD"]
    text = "order,day,item,qty,price,net,money,channel\n"
    text += "".join(
        f"A{n},2026-10-02,X,1,{price},{net},{money},Shop\n"
        for n, (price, net, money) in enumerate(line.split(",") for line in lines)
    )
    files = {"raw/a.csv": text, "fx.csv": "fx,from,rate\nUSD,2026-01-01,25000\n"}
    loaded = shop.write(files, {"shop": {**LINES, "columns": columns}, "fx": RATES}).load()
    assert loaded.quarantine.select("row", "reason", "field", "found").rows() == [
        (3, "other_currency", "unit_price", "$5"), (4, "other_currency", "net_amount", "100 đ"),
    ]  # fmt: skip
    assert loaded.tables["order_lines"]["net_amount"].to_list() == [100_000, 100_000]


def test_a_header_that_names_the_currency_decides(shop):
    text = HEAD.replace("price", "price (USD)") + "A1,2026-10-02,X,1,5 đ,Shop\nA2,2026-10-02,X,1,$5,Shop\n"
    source = {**LINES, "columns": {**LINES["columns"], "unit_price": "price (USD)"}}
    files = {"raw/a.csv": text, "fx.csv": "fx,from,rate\nUSD,2026-01-01,25000\n"}
    loaded = shop.write(files, {"shop": source, "fx": RATES}).load()
    assert loaded.quarantine.select("row", "reason").rows() == [(2, "other_currency")]
