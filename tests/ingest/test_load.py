"""From files to tables: fates of rows, re-sent files, currencies, customers, as-of, the same bytes every time."""

import shutil
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops import ingest
from revops.company import Identity
from revops.workspace import open_workspace

from .small import HEAD, LINES, Shop

GOOD = "A1,2026-10-05,X,2,1000,Stores\n"
TOO_MANY = Identity().too_many


def fates(loaded):
    return {
        (fate, reason): rows
        for fate, reason, rows in loaded.fates.group_by("fate", "reason").agg(pl.col("rows").sum()).iter_rows()
    }


@pytest.mark.parametrize(
    ("line", "reason", "field", "found"),
    [
        ("B1,31/02/2026,X,1,1000,Stores", "unreadable_day", "ordered_on", "31/02/2026"),
        ("B1,2026-10-05,X,one,1000,Stores", "unreadable_count", "quantity", "one"),
        ("B1,2026-10-05,X,1.5,1000,Stores", "unreadable_count", "quantity", "1.5"),
        ("B1,2026-10-05,X,1,liên hệ,Stores", "unreadable_money", "unit_price", "liên hệ"),
        ("B1,2026-10-05,X,-1,1000,Stores", "not_positive", "quantity", "-1"),
        ("B1,2026-10-05,X,0,1000,Stores", "not_positive", "quantity", "0"),
        ("B1,2026-10-05,X,,1000,Stores", "empty", "quantity", None),
        (",2026-10-05,X,1,1000,Stores", "empty", "order_id", None),
        ("B1,2026-10-05,X,1,1000,Stores,more", "too_many_fields", "", "more"),
    ],
)
def test_a_row_that_cannot_be_used_waits_with_its_reason(shop, line, reason, field, found):
    loaded = shop.write({"raw/a.csv": HEAD + GOOD + line + "\n"}).load()
    assert loaded.quarantine.select("file", "row", "reason", "field", "found").rows() == [
        ("raw/a.csv", 3, reason, field, found)
    ]
    assert loaded.tables["orders"]["order_id"].to_list() == ["A1"]


def test_quarantined_rows_can_be_corrected_in_a_file_of_their_own(shop):
    shop.write({"raw/a.csv": HEAD + GOOD + "B1,2026-10-06,X,1,liên hệ,Stores\n"}).load()
    path = shop.folder / "build" / "quarantine" / "shop.raw_a.csv"
    corrected = path.read_text("utf-8-sig").replace("liên hệ", "500", 1)
    loaded = shop.write({"raw/a_fixed.csv": corrected}).load()
    assert loaded.tables["orders"]["order_id"].to_list() == ["A1", "B1"]


def test_lines_without_product_or_number_are_counted_in_their_order(shop):
    columns = {field: head for field, head in LINES["columns"].items() if field != "product_id"}
    rows = GOOD + "A1,2026-10-05,X,1,500,Stores\nA2,2026-10-06,X,1,700,Stores\n"
    loaded = shop.write({"raw/a.csv": HEAD + rows}, {"shop": {**LINES, "columns": columns}}).load()
    assert loaded.tables["order_lines"].select("line_id", "net_amount").sort("line_id").rows() == [
        ("A1-?", 2000), ("A1-?-2", 500), ("A2-?", 700),
    ]  # fmt: skip


def test_unknown_products_wait_where_there_is_a_list_of_products(shop):
    products = {
        "kind": "table",
        "table": "products",
        "files": "p.csv",
        "columns": {"product_id": "p", "name": "n", "product_group": "g"},
    }
    files = {"raw/a.csv": HEAD + GOOD + "A2,2026-10-05,Z,1,1000,Stores\n", "p.csv": "p,n,g\nX,Fan,Fans\n"}
    loaded = shop.write(files, {"shop": LINES, "products": products}).load()
    assert loaded.quarantine.select("reason", "found").rows() == [("unknown_product", "Z")]


def test_a_person_nobody_knows_is_a_fault_and_the_sale_stays(shop):
    lines = {**LINES, "columns": {**LINES["columns"], "person_id": "who"}}
    people = {
        "kind": "table",
        "table": "people",
        "files": "p.csv",
        "columns": {"person_id": "p", "name": "n", "role": "r", "team": "t", "start_on": "s"},
    }
    files = {
        "raw/a.csv": HEAD.strip() + ",who\n" + GOOD.strip() + ",NV9\n",
        "p.csv": "p,n,r,t,s\nNV1,An,rep,Sales,2026-01-01\n",
    }
    ws = shop.write(files, {"shop": lines, "people": people}).open()
    loaded = ingest.load(ws)
    assert [str(fault) for fault in loaded.faults] == [
        "raw/a.csv, row 2: found person NV9 on 1 orders, expected a person of the people table."
        " Next: add the person, or correct the code."
    ]
    assert ws.notes.faults == [loaded.faults[0].as_dict()]
    assert loaded.tables["orders"]["person_id"].to_list() == ["NV9"]


@pytest.mark.parametrize(
    ("second", "merged", "quantity"),
    [
        (HEAD + GOOD, {("merged", "duplicate"): 1}, 2),
        (HEAD + GOOD.replace(",2,", ",5,"), {("merged", "corrected"): 1}, 5),
        (HEAD + "A2,2026-10-06,X,1,1000,Stores\n", {}, 3),
    ],
)
def test_the_file_received_last_speaks_for_an_order(shop, second, merged, quantity):
    source = {**LINES, "received_on": r"_(\d{4}-\d{2}-\d{2})"}
    files = {"raw/b_2026-10-07.csv": HEAD + GOOD, "raw/a_2026-10-09.csv": second}
    loaded = shop.write(files, {"shop": source}).load()
    assert {key: rows for key, rows in fates(loaded).items() if key[0] == "merged"} == merged
    assert loaded.tables["order_lines"]["quantity"].sum() == quantity


def test_a_line_that_a_later_file_no_longer_has_is_gone(shop):
    source = {**LINES, "received_on": r"_(\d{4}-\d{2}-\d{2})"}
    files = {
        "raw/x_2026-10-07.csv": HEAD + GOOD + "A1,2026-10-05,Y,1,700,Stores\n",
        "raw/x_2026-10-09.csv": HEAD + GOOD,
    }
    loaded = shop.write(files, {"shop": source}).load()
    assert loaded.tables["order_lines"]["product_id"].to_list() == ["X"]
    assert fates(loaded)["merged", "corrected"] == 1


def test_the_same_order_number_in_two_sources_waits(shop):
    other = {**LINES, "files": "other/*.csv"}
    loaded = shop.write({"raw/a.csv": HEAD + GOOD, "other/b.csv": HEAD + GOOD}, {"shop": LINES, "other": other}).load()
    assert loaded.quarantine.select("source", "reason").rows() == [("other", "key_in_other_source")]


def test_lines_in_a_file_of_their_own_share_their_orders_fate(shop):
    orders = {
        "kind": "table",
        "table": "orders",
        "files": "o.csv",
        "columns": {"order_id": "id", "ordered_on": "day", "channel": "c"},
    }
    lines = {
        "kind": "table",
        "table": "order_lines",
        "files": "l.csv",
        "columns": {"order_id": "id", "product_id": "p", "quantity": "q", "net_amount": "net"},
    }
    files = {
        "o.csv": "id,day,c\nA,2026-10-05,S\nB,2026-11-05,S\nC,never,S\n",
        "l.csv": "id,p,q,net\nA,X,1,10\nB,X,1,20\nC,X,1,30\nD,X,1,40\n",
    }
    loaded = shop.write(files, {"orders": orders, "lines": lines}).load()
    assert loaded.tables["order_lines"].select("order_id", "net_amount").rows() == [("A", 10)]
    assert loaded.fates.filter(source="lines").select("fate", "reason", "amount").rows() == [
        ("kept", None, 100000), ("left_out", "after_as_of", 200000),
        ("quarantined", "order_not_kept", 300000), ("quarantined", "unknown_order", 400000),
    ]  # fmt: skip


FX = {
    "kind": "table",
    "table": "fx_rates",
    "files": "fx.csv",
    "columns": {"currency": "c", "start_on": "d", "rate": "r"},
}


def test_foreign_amounts_are_converted_once_at_the_orders_day(shop):
    lines = {**LINES, "constants": {"currency": "USD"}, "formats": {"decimal": "."}}
    files = {
        "raw/a.csv": HEAD
        + "A1,2026-10-05,X,3,10.50,Export\nA2,2026-10-20,X,1,0.0001,Export\nA3,2025-12-31,X,1,5.00,Export\n",
        "fx.csv": "c,d,r\nUSD,2026-01-01,25400.5\nUSD,2026-10-10,26000\n",
    }
    loaded = shop.write(files, {"shop": lines, "fx": FX}).load()
    assert loaded.tables["order_lines"].select("order_id", "net_amount", "source_net_amount").rows() == [
        ("A1", 800116, 315000), ("A2", 3, 1),
    ]  # fmt: skip
    assert loaded.quarantine.select("reason", "found").rows() == [("no_rate", "USD")]
    assert [str(fault) for fault in loaded.faults] == [
        "source shop: found 5 USD that no figure holds, of 1 row, expected an exchange rate for each day. "
        "Next: add USD to the exchange rates."
    ]


def customers(shop, rows):
    lines = {
        **LINES,
        "columns": {**LINES["columns"], "customer_id": "cust", "phone": "phone", "email": "mail", "tax_code": "tax"},
    }
    text = HEAD.strip() + ",cust,phone,mail,tax\n"
    text += "".join(f"O{i},2026-10-{i % 28 + 1:02d},X,1,1000,Stores,{row}\n" for i, row in enumerate(rows))
    return shop.write({"raw/a.csv": text}, {"shop": lines}).load()


def test_customers_are_one_by_telephone_then_mail_then_tax_code(shop):
    loaded = customers(
        shop,
        [
            "C9,0912345678,,",
            "C2,+84912345678,a@x.vn,",
            "C3,,A@x.vn,0101",
            "C4,,,0101",
            "C5,,,",
            "C6,*****21,b@x.vn,",
            "C7,*****21,c@x.vn,",
        ],
    )
    assert loaded.tables["customers"].select("customer_id", "merged_ids", "merge_rule").rows() == [
        ("C5", "C5", None), ("C6", "C6", None), ("C7", "C7", None), ("C9", "C9 | C2 | C3 | C4", "phone"),
    ]  # fmt: skip
    assert loaded.merges.select("customer_id", "merged_id", "rule", "value").rows() == [
        ("C9", "C2", "phone", "+84912345678"), ("C9", "C3", "email", "a@x.vn"), ("C9", "C4", "tax_code", "0101"),
    ]  # fmt: skip
    assert loaded.tables["orders"]["customer_id"].to_list() == ["C9", "C9", "C9", "C9", "C5", "C6", "C7"]


@pytest.mark.parametrize(("count", "left"), [(TOO_MANY, 1), (TOO_MANY + 1, TOO_MANY + 1)])
def test_a_value_that_too_many_share_joins_nobody_and_is_listed(shop, count, left):
    loaded = customers(shop, [f"C{i},0900000123,," for i in range(count)])
    assert loaded.tables["customers"].height == left
    assert len([fault for fault in loaded.faults if fault.where.startswith("customers")]) == (1 if left > 1 else 0)


def test_events_after_as_of_are_left_out_and_counted(shop):
    text = HEAD + GOOD + "A2,2026-10-06,X,1,1000,Stores\nA3,2026-10-07,X,1,1000,Stores\n"
    loaded = shop.write({"raw/a.csv": text}).load(as_of="2026-10-06")
    assert loaded.tables["orders"]["order_id"].to_list() == ["A1", "A2"]
    assert fates(loaded)["left_out", "after_as_of"] == 1


def test_order_fields_of_a_condition_and_a_lookup(shop):
    source = {
        **LINES,
        "columns": {**LINES["columns"], "region": "channel"},
        "lookups": {
            "region": [
                {"file": "shops.csv", "key": "shop", "value": "city"},
                {"file": "cities.csv", "key": "city", "value": "region"},
            ]
        },
        "only": "quantity < 100",
    }
    files = {
        "raw/a.csv": HEAD + GOOD + "A2,2026-10-05,X,100,1000,Stores\n",
        "shops.csv": "shop,city\nStores,Huế\n",
        "cities.csv": "city;region\nHuế;Central\n",
    }
    loaded = shop.write(files, {"shop": source}).load()
    assert loaded.tables["orders"].select("order_id", "region").rows() == [("A1", "Central")]
    assert fates(loaded)["left_out", "not_asked_for"] == 1


def test_quota_periods_run_to_the_next_date_that_occurs(shop):
    source = {
        "kind": "table", "table": "quotas", "files": "q.csv",
        "columns": {"person_id": "p", "start_on": "d", "quota_amount": "q"},
        "ranges": {"end_on": {"after": "start_on", "span": "next", "last": "2026-07-01"}},
    }  # fmt: skip
    files = {"raw/a.csv": HEAD + GOOD, "q.csv": "p,d,q\nA,2026-01-15,1\nB,2026-03-02,2\nA,2026-05-20,3\n"}
    loaded = shop.write(files, {"shop": LINES, "quotas": source}).load()
    assert loaded.tables["quotas"].select("person_id", "start_on", "end_on").rows() == [
        ("A", date(2026, 1, 15), date(2026, 3, 2)),
        ("A", date(2026, 5, 20), date(2026, 7, 1)),
        ("B", date(2026, 3, 2), date(2026, 5, 20)),
    ]


def written(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").glob("*.parquet"))}


def test_two_empty_builds_hold_the_same_bytes_and_nothing_is_read_twice(shop):
    text = HEAD + GOOD + "A2,bad,X,1,1000,Stores\n"
    shop.write({"raw/a.csv": text, "raw/b.csv": text})
    assert not shop.load(build="one").from_cache
    assert not shop.load(build="two").from_cache
    assert written(shop.folder / "one") == written(shop.folder / "two")
    again = shop.load(build="one")
    assert again.from_cache
    assert again.tables["orders"].equals(shop.load(build="two").tables["orders"])


@pytest.mark.parametrize("change", ["raw", "config", "as_of", "table"])
def test_what_has_changed_is_read_again(shop, change):
    shop.write({"raw/a.csv": HEAD + GOOD}).load()
    if change == "raw":
        shop.write({"raw/a.csv": HEAD + GOOD + "A2,2026-10-06,X,1,1000,Stores\n"})
    if change == "config":
        shop.write({}, {"shop": {**LINES, "constants": {"region": "North"}}})
    if change == "table":
        (shop.folder / "build" / "tables" / "orders.parquet").write_bytes(b"other")
    assert not shop.load(as_of="2026-10-30" if change == "as_of" else "").from_cache


def test_a_source_that_is_gone_leaves_no_table_behind(shop):
    fx = {"fx.csv": "c,d,r\nUSD,2026-01-01,25400\n"}
    shop.write({"raw/a.csv": HEAD + GOOD, **fx}, {"shop": LINES, "fx": FX}).load()
    ws = shop.write({}, {"shop": LINES}).open()
    ingest.load(ws)
    assert ws.read("fx_rates").is_empty()


def test_when_a_file_was_first_seen_is_kept_and_only_grows(shop):
    shop.write({"raw/a.csv": HEAD + GOOD}).load()
    record = shop.folder / "record" / "files.csv"
    first = record.read_text()
    shop.write({"raw/b.csv": HEAD + "A2,2026-10-06,X,1,1000,Stores\n"}).load()
    assert record.read_text().startswith(first)
    assert [line.rpartition(",")[2] for line in record.read_text().splitlines()] == ["file", "raw/a.csv", "raw/b.csv"]


CELLS = st.tuples(
    st.sampled_from(["A1", "A2", "A3", ""]),
    st.sampled_from(["2026-10-05", "2026-10-06", "2026-11-02", "31/02/2026", ""]),
    st.sampled_from(["X", "Y", ""]),
    st.sampled_from(["1", "2", "-1", "0", "x", ""]),
    st.sampled_from(["1000", "250", "free", ""]),
)


@settings(max_examples=25)
@given(files=st.lists(st.lists(CELLS, max_size=7), min_size=1, max_size=3))
def test_every_row_and_every_amount_has_exactly_one_fate(tmp_path_factory, files):
    shop = Shop(tmp_path_factory.mktemp("ledger"))
    lines = [[",".join([*cells, "Stores"]) for cells in rows] for rows in files]
    raw = {f"raw/{i}.csv": HEAD + "".join(f"{line}\n" for line in rows) for i, rows in enumerate(lines)}
    raw["raw/z.csv"] = HEAD + "Z9,2026-10-01,X,1,1000,Stores\n"
    ws = shop.write(raw).open()
    loaded = ingest.load(ws)
    ingest.reconcile(ws, loaded)
    assert loaded.log["rows_read"].sum() == sum(map(len, lines)) + 1
    assert loaded.fates["rows"].sum() == loaded.log["rows_read"].sum()
    assert loaded.quarantine.height == loaded.log["rows_quarantined"].sum()
    amounts = loaded.amounts.filter(table="order_lines")
    assert amounts["amount_kept"].sum() == loaded.tables["order_lines"]["source_net_amount"].sum()
    assert loaded.tables["orders"]["order_id"].is_unique().all()
    assert set(loaded.tables["order_lines"]["order_id"]) == set(loaded.tables["orders"]["order_id"])
    shutil.rmtree(shop.folder)


def test_the_order_in_which_files_are_written_does_not_matter(tmp_path):
    files = {
        "raw/a.csv": HEAD + GOOD,
        "raw/b.csv": HEAD + GOOD.replace(",2,", ",7,"),
        "raw/c.csv": HEAD + "A3,2026-10-06,Y,1,10,Stores\n",
    }
    builds = []
    for n, names in enumerate((sorted(files), sorted(files, reverse=True))):
        shop = Shop(tmp_path / str(n)).write({name: files[name] for name in names})
        shop.load()
        builds.append(written(shop.folder / "build"))
    assert builds[0] == builds[1]


def test_header_revenue_beyond_the_lines_is_header_rounding(shop):
    source = {**LINES, "columns": {**LINES["columns"], "orders.net_amount": "total"}}
    text = HEAD.strip() + ",total\n" + "A1,2026-10-05,X,1,1000,S,1003\nA2,2026-10-05,X,1,500,S,499\n"
    ws = shop.write({"raw/a.csv": text}, {"shop": source}).open()
    ingest.reconcile(ws, ingest.load(ws))
    check = ws.notes.checks[-1]
    assert (check["name"], check["left"], check["right"], check["explained"]) == ("ingest.check.revenue", 1502, 1500, 2)


def test_an_open_workspace_serves_empty_tables_for_what_has_no_source(shop):
    shop.write({"raw/a.csv": HEAD + GOOD}).load()
    ws = open_workspace("02_kpis", shop.folder, "2026-10", build=str(shop.folder / "build"))
    assert ws.read("leads").is_empty()
    assert ws.read("import_log")["rows_kept"].to_list() == [1]
