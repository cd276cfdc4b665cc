"""Who is the same customer: what joins, what does not, by whose word, and that nothing depends on the order of rows."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from revops.company import Identity, load_company
from revops.ingest.customers import doubts, merged, name_key
from revops.problems import InputError

SCHEMA = {
    "key": pl.String, "day": pl.Date, "name": pl.String, "phone": pl.String, "email": pl.String, "tax_code": pl.String,
    "region": pl.String, "customer_group": pl.String, "account_id": pl.String, "source": pl.String, "file": pl.String,
    "row": pl.Int64, "is_customer": pl.Boolean,
}  # fmt: skip
MOBILE, OTHER = "+84912345678", "+84987654321"


def record(key: str, **said) -> dict:
    """An account or contact of the CRM, which names no day."""
    return {"key": key, "day": None, "is_customer": False, **said}


def seen(*rows: dict) -> pl.DataFrame:
    """Sightings on one day after another; what a row does not say is empty."""
    first = date(2026, 1, 1)
    whole = [
        {"day": first + timedelta(days=n), "file": "pos.csv", "row": n + 2, "is_customer": True, **row}
        for n, row in enumerate(rows)
    ]
    return pl.DataFrame(whole, schema=SCHEMA)


def groups(records: pl.DataFrame, **identity) -> list[str]:
    """The keys of each customer, oldest first: 'A B' are one."""
    customers, _, _ = merged(records, Identity(**identity))
    return sorted(ids.replace(" | ", " ") for ids in customers["merged_ids"])


JOINED = {
    "the telephone": ({"phone": MOBILE}, {"phone": MOBILE}, {}),
    "the e-mail address in any case": ({"email": "An@X.vn "}, {"email": "an@x.vn"}, {}),
    "the tax code, however it is written": ({"tax_code": "0101234567"}, {"tax_code": "010-123-4567"}, {}),
    "the tax code that a spreadsheet made a number": ({"tax_code": "0101234567"}, {"tax_code": "101234567"}, {}),
    "the name of a firm without its legal form": ({"name": "Công ty TNHH An Phát"}, {"name": "AN PHAT JSC"}, {}),
    "the name, where the tax code says it is a firm": (
        {"name": "An Phát", "tax_code": "0101234567"},
        {"name": "Cty An Phát"},
        {},
    ),
    "the name, where both are accounts": (
        {"name": "An Phát", "account_id": "1"},
        {"name": "An phat", "account_id": "2"},
        {},
    ),
    "a telephone, where one tax code is not known": (
        {"phone": MOBILE, "tax_code": "0101234567"},
        {"phone": MOBILE},
        {},
    ),
    "a telephone, where one is a branch of the other": (
        {"phone": MOBILE, "tax_code": "0101234567"},
        {"phone": MOBILE, "tax_code": "0101234567-001"},
        {},
    ),
    "the account of the CRM that a source names": (
        {"account_id": "7"},
        record("account:7", account_id="7"),
        {},
    ),
    "the account of the CRM, whatever its contacts are": (
        {"account_id": "7"},
        record("contact:1", account_id="7", name="Chị Hoa"),
        {"too_many": 1},
    ),
    "the word of company.yaml": ({"name": "An"}, {"name": "Bình"}, {"together": [("A", "B")]}),
    "the word of company.yaml, against two tax codes": (
        {"tax_code": "0101234567"},
        {"tax_code": "0309876543"},
        {"together": [("A", "B")]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", JOINED)
def test_two_numbers_are_one_customer_by(case):
    one, other, identity = JOINED[case]
    second = {"key": "B", **other}
    assert groups(seen({"key": "A", **one}, second), **identity) == [f"A {second['key']}"]


APART = {
    "nothing that both say": ({"phone": MOBILE}, {"email": "an@x.vn"}, {}),
    "the same private name": ({"name": "Nguyễn Văn An"}, {"name": "Nguyễn Văn An"}, {}),
    "a firm and a person of one name": ({"name": "An Phát", "account_id": "1"}, {"name": "An Phát"}, {}),
    "'Công Tý', who is a person": ({"name": "Lê Công Tý"}, {"name": "Lê Công Tý"}, {}),
    "'Cô Lan', who is no Co.": ({"name": "Cô Lan"}, {"name": "Cô Lan"}, {}),
    "a legal form and nothing else": ({"name": "Công ty TNHH"}, {"name": "Công ty TNHH"}, {}),
    "one digit again and again": ({"tax_code": "0000000000"}, {"tax_code": "0000000000"}, {}),
    "one digit as a telephone": ({"phone": "+84999999999"}, {"phone": "+84999999999"}, {}),
    "a mailbox of everybody": ({"email": "info@x.vn"}, {"email": "info@x.vn"}, {}),
    "'Khách lẻ', even with an account": (
        {"name": "Khách lẻ", "account_id": "1"},
        {"name": "KHACH LE", "account_id": "2"},
        {},
    ),
    "a hotline that is declared": ({"phone": MOBILE}, {"phone": MOBILE}, {"nobody": ["0912 345 678"]}),
    "a tax code that is declared": ({"tax_code": "0101234567"}, {"tax_code": "0101234567"}, {"nobody": ["0101234567"]}),
    "a rule that is not asked for": ({"email": "an@x.vn"}, {"email": "an@x.vn"}, {"rules": ["phone"]}),
    "no rule at all": ({"phone": MOBILE}, {"phone": MOBILE}, {"rules": []}),
    "a telephone, but two tax codes": (
        {"phone": MOBILE, "tax_code": "0101234567"},
        {"phone": MOBILE, "tax_code": "0309876543"},
        {},
    ),
    "a name, but two tax codes": (
        {"name": "Cty An Phát", "tax_code": "0101234567"},
        {"name": "Cty An Phát", "tax_code": "0309876543"},
        {},
    ),
    "two tax codes, though that rule is not asked for": (
        {"phone": MOBILE, "tax_code": "0101234567"},
        {"phone": MOBILE, "tax_code": "0309876543"},
        {"rules": ["phone"]},
    ),
    "the word of company.yaml": ({"phone": MOBILE}, {"phone": MOBILE}, {"apart": [("B", "A")]}),
    "an account that no CRM knows": ({"account_id": "7"}, {"account_id": "7"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", APART)
def test_two_numbers_stay_two_customers_for(case):
    one, other, identity = APART[case]
    assert groups(seen({"key": "A", **one}, {"key": "B", **other}), **identity) == ["A", "B"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Công ty TNHH Một Thành Viên An Phát", "an phat"),
        ("Công ty Trách nhiệm hữu hạn An Phát", "an phat"),
        ("Cty Cổ phần An Phát", "an phat"),
        ("CTCP An Phát", "an phat"),
        ("DNTN An Phát", "an phat"),
        ("An Phat Co., Ltd.", "an phat"),
        ("An-Phat Joint Stock Company", "an phat"),
        ("AN PHÁT, Inc", "an phat"),
        ("Điện máy Đông Á", "dien may dong a"),
        ("Cp", None),
        ("A", None),
        ("…", None),
        (None, None),
    ],
)
def test_a_firms_name_is_compared_without_its_legal_form(name, key):
    assert pl.DataFrame({"n": [name]}, schema={"n": pl.String}).select(name_key(pl.col("n"))).item() == key


@pytest.mark.parametrize(("count", "customers"), [(3, 1), (4, 4)])
def test_a_value_that_too_many_share_joins_nobody_and_is_told(count, customers):
    found, _, values = merged(seen(*({"key": f"C{n}", "phone": MOBILE} for n in range(count))), Identity(too_many=3))
    assert found.height == customers
    assert [str(fault) for fault in doubts(values)] == [
        "customers, phone +84912345678: found shared by 4 customer numbers, expected a value of one customer."
        " Next: nobody was merged by it; clear it in the source where it is a placeholder."
    ][: count - 3]


def test_two_tax_codes_that_share_a_telephone_are_told():
    records = seen(
        {"key": "A", "phone": MOBILE, "tax_code": "0101234567"},
        {"key": "B", "phone": MOBILE, "tax_code": "0309876543"},
        {"key": "C", "phone": MOBILE},
    )
    assert groups(records) == ["A C", "B"]
    assert [str(fault) for fault in doubts(merged(records)[2])] == [
        "customers, phone +84912345678: found shared by A (tax code 0101234567) | B (tax code 0309876543), expected one"
        " tax code where a value is shared. Next: they stay apart; correct a tax code, or name the two under"
        " identity.together."
    ]
    assert doubts(merged(records, Identity(together=[("A", "B")]))[2]) == []
    assert doubts(merged(records, Identity(apart=[("A", "C")]))[2]) != []


def test_a_declared_number_that_no_row_has_is_told():
    records = seen({"key": "A"}, {"key": "B"})
    declared = Identity(apart=[("A", "K9")], together=[("A", "B"), ("B", "K8")])
    assert [str(fault) for fault in doubts(merged(records, declared)[2])] == [
        "company.yaml, identity.apart: found K9, which no row up to as_of has, expected a customer number as merged_ids"
        " shows it. Next: correct the number, or remove the pair.",
        "company.yaml, identity.together: found K8, which no row up to as_of has, expected a customer number as"
        " merged_ids shows it. Next: correct the number, or remove the pair.",
    ]


def test_numbers_kept_apart_by_hand_are_in_no_doubt():
    records = seen({"key": "A", "phone": MOBILE}, {"key": "B", "phone": MOBILE})
    assert doubts(merged(records, Identity(apart=[("A", "B")]))[2]) == []


@pytest.mark.parametrize(
    ("rules", "customers"), [(["phone", "email"], ["A", "B C"]), (["email", "phone"], ["A C", "B"])]
)
def test_between_two_firms_the_first_rule_decides(rules, customers):
    records = seen(
        {"key": "A", "email": "a@x.vn", "tax_code": "0101234567"},
        {"key": "B", "phone": MOBILE, "tax_code": "0309876543"},
        {"key": "C", "phone": MOBILE, "email": "a@x.vn"},
    )
    assert groups(records, rules=rules) == customers


def test_a_newer_firm_takes_no_number_from_an_older_one():
    older = [
        {"key": "A", "email": "a@x.vn", "tax_code": "0101234567"},
        {"key": "B", "phone": MOBILE, "email": "a@x.vn"},
    ]
    newer = {"key": "C", "phone": MOBILE, "tax_code": "0309876543"}
    assert groups(seen(*older, newer)) == ["A B", "C"]


def test_a_value_that_two_firms_share_still_joins_the_numbers_of_each():
    firms = {"A": "0101234567", "B": "0309876543", "C": "0309876543"}
    records = seen(*({"key": key, "phone": MOBILE, "tax_code": code} for key, code in firms.items()))
    assert groups(records, rules=["phone"]) == ["A", "B C"]


def test_a_chain_never_leads_from_one_tax_code_to_another():
    records = seen(
        {"key": "A", "phone": MOBILE, "tax_code": "0101234567"},
        {"key": "B", "phone": OTHER, "tax_code": "0309876543"},
        {"key": "C", "phone": MOBILE, "email": "c@x.vn"},
        {"key": "D", "phone": OTHER, "email": "c@x.vn"},
    )
    assert groups(records) == ["A C", "B D"]


def test_a_chain_never_leads_around_apart():
    records = seen(
        {"key": "A", "phone": MOBILE}, {"key": "B", "email": "b@x.vn"}, {"key": "X", "phone": MOBILE, "email": "b@x.vn"}
    )
    assert groups(records) == ["A B X"]
    assert groups(records, apart=[("A", "B")]) == ["A X", "B"]


def test_every_merge_names_the_value_and_both_rows():
    records = seen(
        {"key": "web:7", "email": "an@x.vn"},
        {"key": "pos:1", "phone": MOBILE},
        {"key": "crm:3", "phone": MOBILE, "email": "an@x.vn", "file": "crm.csv"},
        {"key": "pos:9"},
    )
    customers, merges, _ = merged(records, Identity(together=[("pos:9", "pos:1")]))
    assert merges.rows(named=True) == [
        row(
            "crm:3", rule="email", value="an@x.vn", file="crm.csv", row=4,
            joined_to="web:7", joined_file="pos.csv", joined_row=2,
        ),
        row(
            "pos:1", rule="phone", value=MOBILE, file="pos.csv", row=3,
            joined_to="crm:3", joined_file="crm.csv", joined_row=4,
        ),
        row("pos:9", rule="together", joined_to="pos:1"),
    ]  # fmt: skip
    assert customers.select("customer_id", "merge_rule").rows() == [("web:7", "together")]


def row(merged_id, **known):
    columns = ("rule", "value", "file", "row", "joined_to", "joined_file", "joined_row")
    return {"customer_id": "web:7", "merged_id": merged_id, **dict.fromkeys(columns), **known}


def test_a_customer_keeps_the_first_known_values_and_its_oldest_number():
    records = seen(
        {"key": "B", "phone": MOBILE, "region": "North"},
        {"key": "A", "phone": MOBILE, "name": "An", "region": "South"},
        {"key": "B", "name": "Anh An"},
    )
    customers, _, _ = merged(records)
    assert customers.select("customer_id", "name", "region", "merged_ids").rows() == [("B", "Anh An", "North", "B | A")]


@pytest.mark.parametrize("rows", [(2, 3), (3, 2)])
def test_of_two_names_on_one_day_the_row_does_not_decide(rows):
    day = {"key": "A", "day": date(2026, 1, 1)}
    customers, _, _ = merged(seen({**day, "name": "Bình", "row": rows[0]}, {**day, "name": "An", "row": rows[1]}))
    assert customers["name"].to_list() == ["An"]


def test_records_without_accounts_are_enough():
    assert groups(seen({"key": "A", "phone": MOBILE}, {"key": "B", "phone": MOBILE}).drop("account_id")) == ["A B"]


def test_no_record_gives_no_customer():
    customers, merges, values = merged(seen())
    assert (customers.height, merges.height, values.height) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "{apart: [[A, B]], together: [[A, X], [X, B]]}",
            "expected pairs that do not join A and B, which identity.apart keeps apart",
        ),
        ("{apart: [[A, A]]}", "expected two different numbers in a pair, not A twice"),
        ("{together: [[A, A]]}", "expected two different numbers in a pair, not A twice"),
        ("{rules: [phone, colour]}", "expected 'account', 'phone', 'email', 'tax_code' or 'name'"),
        ("{too_many: 0}", "expected greater than or equal to 1"),
    ],
)
def test_declarations_that_contradict_each_other_are_refused(tmp_path, text, fault):
    (tmp_path / "company.yaml").write_text(f"name: Thử\ncurrency: VND\nmoney_decimals: 0\nidentity: {text}\n", "utf-8")
    with pytest.raises(InputError) as error:
        load_company(tmp_path)
    assert fault in str(error.value)
    assert str(error.value).startswith("company.yaml, line 4, identity.")


def test_company_yaml_decides_who_is_one(shop):
    columns = {"customer_id": "id", "phone": "phone", "order_id": "order", "ordered_on": "day", "product_id": "item"}
    columns |= {"quantity": "qty", "unit_price": "price", "channel": "channel"}
    source = {"kind": "table", "table": "order_lines", "files": "raw/*.csv", "columns": columns}
    text = "order,day,item,qty,price,channel,id,phone\n"
    text += "".join(f"O{n},2026-10-0{n},X,1,1000,Stores,K{n},0912345678\n" for n in (1, 2, 3))
    files = {"raw/a.csv": text}
    buyers = [
        shop.write(files, {"pos": source}, **settings).load().tables["orders"]["customer_id"].to_list()
        for settings in ({}, {"identity": {"apart": [["K1", "K3"]]}}, {})
    ]
    assert buyers == [["K1", "K1", "K1"], ["K1", "K1", "K3"], ["K1", "K1", "K1"]]


def test_one_customer_of_the_till_the_web_shop_and_the_contracts(shop):
    sale = {"order_id": "order", "ordered_on": "day", "product_id": "item", "quantity": "qty", "unit_price": "price"}
    till = {"customer_id": "id", "customer_name": "name", "phone": "phone"}
    web = {"customer_id": "id", "customer_name": "name", "phone": "phone", "email": "mail", "tax_code": "tax"}
    contract = {"subscription_id": "no", "start_on": "from", "mrr": "fee", "customer_id": "id", "customer_name": "name"}
    lines = {"kind": "table", "table": "order_lines", "constants": {"channel": "Shop"}}
    sources = {
        "till": {**lines, "files": "till.csv", "columns": {**sale, **till}, "customers": "till"},
        "web": {**lines, "files": "web.csv", "columns": {**sale, **web}, "customers": "web"},
        "contracts": {**lines, "table": "subscriptions", "files": "crm.csv", "columns": contract, "customers": "crm"},
    }
    files = {
        "till.csv": "order,day,item,qty,price,id,name,phone\n"
        "T1,2026-10-02,X,1,1000,7,Chị Hoa,0912 345 678\nT2,2026-10-03,X,1,1000,8,Nguyễn Văn An,0987654321\n",
        "web.csv": "order,day,item,qty,price,id,name,phone,mail,tax\n"
        "W1,2026-10-05,X,1,1000,7,Công ty TNHH Hoa Sen Xanh,(+84) 912345678,hoa@hoasen.example,0101234567\n"
        "W2,2026-10-06,X,1,1000,8,Nguyễn Văn An,,an@x.example,\n",
        "crm.csv": "no,from,fee,id,name\nHD1,2026-10-07,500,7,HOA SEN XANH CO. LTD\n",
    }
    loaded = shop.write(files, sources).load()
    assert loaded.tables["customers"].select("customer_id", "name", "merged_ids", "merge_rule").rows() == [
        ("till:7", "Chị Hoa", "till:7 | web:7 | crm:7", "phone"),
        ("till:8", "Nguyễn Văn An", "till:8", None),
        ("web:8", "Nguyễn Văn An", "web:8", None),
    ]
    assert loaded.tables["orders"]["customer_id"].to_list() == ["till:7", "till:8", "till:7", "web:8"]
    assert loaded.tables["subscriptions"]["customer_id"].to_list() == ["till:7"]
    assert loaded.merges.select("merged_id", "rule", "joined_to", "joined_file").rows() == [
        ("crm:7", "name", "web:7", "web.csv"), ("web:7", "phone", "till:7", "till.csv"),
    ]  # fmt: skip


def test_records_of_the_crm_alone_are_no_customer():
    prospects = (
        record("account:7", account_id="7", phone=MOBILE, tax_code="0101234567"),
        record("contact:1", account_id="7", email="hoa@x.vn"),
        record("account:8", account_id="8", phone=MOBILE, tax_code="0309876543"),
    )
    customers, merges, values = merged(seen(*prospects))
    assert (customers.height, merges.height, doubts(values)) == (0, 0, [])
    customers, merges, _ = merged(seen({"key": "pos:1", "email": "hoa@x.vn"}, *prospects))
    assert customers.select("customer_id", "phone", "merged_ids", "merge_rule").rows() == [
        ("pos:1", MOBILE, "pos:1 | account:7 | contact:1", "account")
    ]
    assert sorted(merges.select("merged_id", "joined_to", "rule").rows()) == [
        ("account:7", "contact:1", "account"), ("contact:1", "pos:1", "email"),
    ]  # fmt: skip


def test_a_record_of_the_crm_never_stands_for_a_customer_however_old_it_is():
    old = record("account:1", account_id="1", phone=MOBILE) | {"day": date(2001, 1, 1)}
    assert groups(seen(old, {"key": "pos:9", "phone": MOBILE, "day": None})) == ["pos:9 account:1"]


@pytest.mark.parametrize(("accounts", "is_joined"), [("1111", True), ("1123", True), ("1234", False)])
def test_the_contacts_of_one_account_are_one_of_those_that_share_a_value(accounts, is_joined):
    contacts = [record(f"contact:{n}", account_id=a, phone=MOBILE) for n, a in enumerate(accounts)]
    records = seen({"key": "A", "phone": MOBILE}, {"key": "B", "phone": MOBILE}, *contacts)
    shown = " contact:0 contact:1 contact:2 contact:3" if is_joined else ""
    assert groups(records, too_many=5) == ["A B" + shown]


@pytest.mark.parametrize(("names", "is_joined"), [(["AN PHAT JSC", "Bình JSC"], True), (["AN PHAT JSC"] * 2, False)])
def test_a_name_that_two_accounts_have_tells_neither(names, is_joined):
    accounts = [record(f"account:{n}", account_id=str(n), name=name) for n, name in enumerate(names)]
    numbers = [{"key": "A", "name": "Công ty An Phát"}, {"key": "B", "name": "Cty An Phát"}]
    assert groups(seen(*numbers, *accounts)) == ["A B account:0" if is_joined else "A B"]


def test_an_account_that_too_many_customers_name_joins_nobody():
    numbers = [{"key": f"C{n}", "account_id": "7"} for n in range(4)]
    joined = seen(*numbers[:3], record("account:7", account_id="7"))
    assert groups(joined, too_many=3) == ["C0 C1 C2 account:7"]
    customers, _, values = merged(seen(*numbers, record("account:7", account_id="7")), Identity(too_many=3))
    assert customers.height == 4
    assert [str(fault)[:66] for fault in doubts(values)] == [
        "customers, account 7: found shared by 4 customer numbers, expected"
    ]


CRM_SALE = {
    "kind": "table", "table": "order_lines", "constants": {"channel": "Shop"},
    "columns": {
        "order_id": "order", "ordered_on": "day", "product_id": "item", "quantity": "qty", "unit_price": "price",
        "customer_id": "id", "customer_name": "name", "phone": "phone",
    },
}  # fmt: skip
CRM = {
    "till": {**CRM_SALE, "files": "till.csv", "customers": "till"},
    "web": {
        **CRM_SALE, "files": "web.csv", "customers": "web", "columns": {**CRM_SALE["columns"], "account_id": "account"},
    },
    "accounts": {
        "kind": "table", "table": "accounts", "files": "accounts.csv",
        "columns": {"account_id": "id", "name": "name", "tax_code": "tax", "customer_group": "group"},
    },
    "contacts": {
        "kind": "table", "table": "contacts", "files": "contacts.csv",
        "columns": {"contact_id": "id", "account_id": "account", "name": "name", "phone": "phone", "email": "mail"},
    },
}  # fmt: skip
CRM_FILES = {
    "till.csv": "order,day,item,qty,price,id,name,phone\nT1,2026-10-02,X,1,1000,7,Chị Hoa,0912 345 678\n",
    "web.csv": "order,day,item,qty,price,id,name,phone,account\nW1,2026-10-05,X,1,1000,8,Hoa Sen Xanh,,DL1\n",
    "accounts.csv": "id,name,tax,group\nDL1,Công ty Hoa Sen Xanh,0101234567,dealers\nDL2,Cty Lá Phong,,projects\n",
    "contacts.csv": "id,account,name,phone,mail\nK1,DL1,Trần Thị Hoa,84912345678,hoa@hoasen.example\n"
    "K2,DL2,Lê Phong,0987654321,\nK3,,Đỗ Mai,0909123456,\n",
}


@pytest.mark.parametrize(
    ("identity", "buyers", "account", "contacts"),
    [
        ({}, ["till:7", "till:7"], "till:7", ["till:7", None, None]),
        ({"apart": [["account:DL1", "contact:K1"]]}, ["till:7", "web:8"], "web:8", ["till:7", None, None]),
        ({"apart": [["till:7", "web:8"]]}, ["till:7", "web:8"], "web:8", ["web:8", None, None]),
        ({"apart": [["till:7", "web:8"]], "rules": ["phone"]}, ["till:7", "web:8"], None, ["till:7", None, None]),
    ],
)
def test_the_till_the_web_shop_and_the_crm_know_one_customer(shop, identity, buyers, account, contacts):
    loaded = shop.write(CRM_FILES, CRM, identity=identity).load()
    assert loaded.tables["orders"]["customer_id"].to_list() == buyers
    assert loaded.tables["accounts"].sort("account_id")["customer_id"].to_list() == [account, None]
    assert loaded.tables["contacts"].sort("contact_id")["customer_id"].to_list() == contacts
    assert loaded.tables["customers"]["customer_id"].to_list() == sorted(set(buyers))


def test_what_the_crm_knows_of_a_customer_fills_what_no_sale_says(shop):
    customers = shop.write(CRM_FILES, CRM).load().tables["customers"]
    assert customers.select("name", "phone", "email", "customer_group", "merged_ids").rows() == [
        ("Chị Hoa", MOBILE, "hoa@hoasen.example", "dealers", "till:7 | web:8 | account:DL1 | contact:K1")
    ]


@pytest.mark.parametrize("system", ["account", "contact"])
def test_no_system_has_the_name_of_records_of_the_crm(shop, system):
    with pytest.raises(InputError) as error:
        shop.write(CRM_FILES, {"till": {**CRM["till"], "customers": system}}).load()
    assert "expected a name other than account and contact" in str(error.value)


NAMES = st.sampled_from([None, "An", "Công ty An", "Cty TNHH Bình", "Bình JSC"])
PHONES = st.sampled_from([None, None, MOBILE, OTHER])
MAILS = st.sampled_from([None, None, "a@x.vn", "b@x.vn"])
CODES = st.sampled_from([None, None, None, "0101234567", "0309876543"])
KEYS = st.sampled_from("ABCDEFGH")
DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 9))
SAID = {"key": KEYS, "day": DAYS, "name": NAMES, "phone": PHONES, "email": MAILS, "tax_code": CODES}
CRM_RECORDS = st.fixed_dictionaries(
    {**SAID, "key": st.from_regex("contact:[1-9]", fullmatch=True), "account_id": st.sampled_from([None, *"123"])}
    | {"day": st.none(), "is_customer": st.just(False)}
)
SIGHTINGS = st.lists(st.fixed_dictionaries(SAID), max_size=12)
PAIRS = st.lists(st.tuples(KEYS, KEYS).filter(lambda pair: pair[0] != pair[1]), max_size=2)


def content(records: pl.DataFrame, **identity) -> list[tuple]:
    """Customers without the row they were first read in."""
    return merged(records, Identity(**identity))[0].drop("source", "file", "row").rows()


def owner(records: pl.DataFrame, **identity) -> dict[str, str]:
    """key → customer."""
    customers, _, _ = merged(records, Identity(**identity))
    return {
        key: c for c, keys in customers.select("customer_id", "merged_ids").iter_rows() for key in keys.split(" | ")
    }


@settings(max_examples=40)
@given(SIGHTINGS, st.randoms(use_true_random=False), PAIRS)
def test_the_order_of_files_and_rows_does_not_matter(rows, random, apart):
    shuffled = random.sample(rows, len(rows))
    assert content(seen(*rows), apart=apart) == content(seen(*shuffled), apart=apart)


@settings(max_examples=40)
@given(SIGHTINGS, PAIRS)
def test_the_same_rows_again_change_nothing(rows, apart):
    assert content(seen(*rows), apart=apart) == content(seen(*rows, *rows), apart=apart)


@settings(max_examples=40)
@given(SIGHTINGS, PHONES, MAILS, CODES, NAMES)
def test_a_new_number_splits_nobody(rows, phone, email, tax_code, name):
    newest = {"key": "Z", "day": date(2026, 2, 1), "phone": phone, "email": email, "tax_code": tax_code, "name": name}
    before, after = owner(seen(*rows)), owner(seen(*rows, newest))
    assert all(after[key] == after[customer] for key, customer in before.items())


@settings(max_examples=40)
@given(SIGHTINGS, SIGHTINGS)
def test_an_older_record_splits_nobody_where_no_tax_codes_differ(rows, more):
    plain = [{**row, "tax_code": None} for row in (*rows, *more)]
    before, after = owner(seen(*plain[: len(rows)])), owner(seen(*plain))
    assert all(after[key] == after[customer] for key, customer in before.items())


@settings(max_examples=40)
@given(
    SIGHTINGS, st.lists(CRM_RECORDS, max_size=6, unique_by=lambda row: row["key"]), st.randoms(use_true_random=False)
)
def test_records_of_the_crm_split_nobody_where_no_tax_codes_differ_and_their_order_does_not_matter(rows, crm, random):
    records = [{**row, "account_id": account} for row, account in zip(rows, "112234" * 2, strict=False)]
    plain = [{**row, "tax_code": None} for row in (*records, *crm)]
    before, after = owner(seen(*plain[: len(records)]), too_many=4), owner(seen(*plain), too_many=4)
    assert all(after[key] == after[customer] for key, customer in before.items())
    assert set(after.values()) <= {row["key"] for row in rows}
    both = [*records, *crm]
    assert content(seen(*both)) == content(seen(*random.sample(both, len(both))))


@settings(max_examples=40)
@given(SIGHTINGS, PAIRS)
def test_unmerging_and_merging_again_gives_the_same_numbers(rows, apart):
    before, parted, after = owner(seen(*rows)), owner(seen(*rows), apart=apart), owner(seen(*rows))
    assert all(parted[one] != parted[other] for one, other in apart if {one, other} <= set(parted))
    assert before == after
    assert set(parted.values()) <= set(parted)


@settings(max_examples=40)
@given(SIGHTINGS)
def test_no_customer_has_two_tax_codes_unless_one_number_has_them(rows):
    records = seen(*rows)
    codes = dict(records.drop_nulls("tax_code").group_by("key").agg(pl.col("tax_code").unique()).iter_rows())
    assume(all(len(known) == 1 for known in codes.values()))
    kept: dict[str, set[str]] = {}
    for key, customer in owner(records).items():
        kept.setdefault(customer, set()).update(codes.get(key, []))
    assert all(len(known) <= 1 for known in kept.values())


@settings(max_examples=40)
@given(SIGHTINGS, PAIRS)
def test_the_merges_lead_from_every_number_to_its_customer(rows, together):
    records = seen(*rows)
    customers, merges, _ = merged(records, Identity(together=together))
    said = {(rule, value) for rule in ("phone", "email") for value in records[rule].drop_nulls()}
    parent = dict(merges.select("merged_id", "joined_to").iter_rows())
    for merge in merges.iter_rows(named=True):
        at = merge["merged_id"]
        for _ in parent:
            at = parent.get(at, at)
        assert at == merge["customer_id"]
        assert merge["rule"] not in ("phone", "email") or (merge["rule"], merge["value"]) in said
    assert customers.height + merges.height == records["key"].n_unique()
