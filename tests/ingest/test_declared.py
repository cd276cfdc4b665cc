"""What a source declares about its rows: deleted ones, older versions, files without header line, aligned columns."""

from datetime import date

import pytest

from revops.problems import InputError

DEALS = {
    "kind": "table",
    "table": "opportunities",
    "files": "raw/*.csv",
    "columns": {
        "opportunity_id": "id",
        "name": "name",
        "stage": "stage",
        "created_on": "made",
        "amount": "amount",
        "is_deleted": "deleted",
        "changed_at": "changed",
    },
    "constants": {"snapshot_on": "2026-10-31"},
}
HEAD = "id,name,stage,made,amount,deleted,changed\n"
OPEN = "D1,Quạt,New,2026-10-01,900,false,2026-10-02 08:00\n"


def fates(loaded):
    return loaded.fates.select("fate", "reason", "rows", "amount").rows()


@pytest.mark.parametrize("flag", ["true", "TRUE", "True", "1"])
def test_a_deleted_record_waits_in_quarantine_with_its_amount(shop, flag):
    text = HEAD + OPEN + f"D2,Đèn,New,2026-10-01,700,{flag},2026-10-02 08:00\n"
    loaded = shop.write({"raw/a.csv": text}, {"crm": {**DEALS, "reject": {"deleted": "is_deleted"}}}).load()
    assert fates(loaded) == [("kept", None, 1, 9_000_000), ("quarantined", "deleted", 1, 7_000_000)]
    assert loaded.tables["opportunities"]["opportunity_id"].to_list() == ["D1"]


def test_a_record_that_nobody_asked_for_is_left_out_before_it_is_judged(shop):
    text = HEAD + OPEN + "D2,Đèn,Draft,2026-10-01,700,true,2026-10-02 08:00\n"
    source = {**DEALS, "only": "stage <> 'Draft'", "reject": {"deleted": "is_deleted"}}
    assert [row[:2] for row in fates(shop.write({"raw/a.csv": text}, {"crm": source}).load())] == [
        ("kept", None), ("left_out", "not_asked_for"),
    ]  # fmt: skip


HISTORY = {**DEALS, "versions": {"of": ["opportunity_id"], "newest": "changed_at"}}
VERSIONS = {
    "new.csv": HEAD + "D1,Quạt,Won,2026-10-01,950,false,2026-10-20 09:30:00.250\n",
    "old.csv": HEAD + OPEN + "D1,Quạt,Proposal,2026-10-01,900,false,2026-10-09 10:00\n",
}


@pytest.mark.parametrize("names", [("new.csv", "old.csv"), ("old.csv", "new.csv")])
def test_the_newest_version_counts_whatever_the_files_are_called(shop, names):
    files = {f"raw/{n}.csv": VERSIONS[name] for n, name in enumerate(names)}
    loaded = shop.write(files, {"crm": HISTORY}).load()
    assert loaded.tables["opportunities"].select("stage", "amount").rows() == [("Won", 950)]
    assert sorted(fates(loaded), key=str) == [("kept", None, 1, 9_500_000), ("merged", "superseded", 2, 18_000_000)]


@pytest.mark.parametrize(
    ("as_of", "stage"),
    [("2026-10-20", "Won"), ("2026-10-19", "Proposal"), ("2026-10-09", "Proposal"), ("2026-10-08", "New")],
)
def test_a_version_that_was_not_yet_known_is_left_out(shop, as_of, stage):
    source = {**HISTORY, "constants": {"snapshot_on": "2026-10-05"}}
    loaded = shop.write({f"raw/{name}": text for name, text in VERSIONS.items()}, {"crm": source}).load(as_of=as_of)
    assert loaded.tables["opportunities"]["stage"].to_list() == [stage]


def test_a_record_whose_newest_version_is_deleted_is_gone(shop):
    text = HEAD + OPEN + "D1,Quạt,New,2026-10-01,900,true,2026-10-03 08:00\nD2,Đèn,New,2026-10-01,5,,2026-10-03\n"
    source = {**HISTORY, "reject": {"deleted": "is_deleted"}}
    loaded = shop.write({"raw/a.csv": text}, {"crm": source}).load()
    assert [row[:3] for row in fates(loaded)] == [
        ("kept", None, 1), ("merged", "superseded", 1), ("quarantined", "deleted", 1),
    ]  # fmt: skip


def test_of_equal_versions_the_last_row_counts(shop):
    text = HEAD + OPEN + OPEN.replace("New", "Proposal")
    loaded = shop.write({"raw/a.csv": text}, {"crm": HISTORY}).load()
    assert loaded.tables["opportunities"]["stage"].to_list() == ["Proposal"]


SALES = {
    "kind": "table",
    "table": "order_lines",
    "files": "raw/*.txt",
    "columns": {"order_id": "order", "ordered_on": "day", "quantity": "count", "net_amount": "value"},
    "constants": {"channel": "Stores", "product_id": "any"},
}
SOLD = [("A1", 2, 1500), ("A2", 1, 700)]


@pytest.mark.parametrize(
    ("text", "source", "first_row"),
    [
        ("order;day;count;value\nA1;2026-10-05;2;1500\nA2;2026-10-06;1;700\n", {}, 2),
        ("A1;2026-10-05;2;1500\nA2;2026-10-06;1;700\n", {"headers": ["order", "day", "count", "value"]}, 1),
        (
            " order   day     count  value\r\n A1 20261005   2  1500\r\n A2 20261006   1   700\r\n",
            {"separator": " "},
            2,
        ),
        (
            " A1 20261005   2  1500\r\n A2 20261006   1   700 \r\n",
            {"separator": " ", "headers": ["order", "day", "count", "value"]},
            1,
        ),
    ],
    ids=["header", "no header", "aligned", "aligned, no header"],
)
def test_a_file_without_header_line_and_one_of_aligned_columns(shop, text, source, first_row):
    loaded = shop.write({"raw/a.txt": text}, {"shop": {**SALES, **source}}).load()
    assert loaded.tables["order_lines"].select("order_id", "quantity", "net_amount").rows() == SOLD
    assert loaded.tables["order_lines"]["row"].to_list() == [first_row, first_row + 1]
    assert loaded.tables["orders"]["ordered_on"].to_list() == [date(2026, 10, 5), date(2026, 10, 6)]


def test_a_row_with_more_cells_than_headers_waits(shop):
    text = "A1;2026-10-05;2;1500\nA2;2026-10-06;1;700;more\n"
    loaded = shop.write({"raw/a.txt": text}, {"shop": {**SALES, "headers": ["order", "day", "count", "value"]}}).load()
    assert loaded.quarantine.select("row", "reason", "found").rows() == [(2, "too_many_fields", "more")]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ({**DEALS, "versions": {"of": ["id"], "newest": "changed_at"}}, "sources.crm.versions: found id"),
        ({**DEALS, "versions": {"of": ["opportunity_id"], "newest": "changed"}}, "sources.crm.versions: found changed"),
        ({**DEALS, "versions": {"of": [], "newest": "changed_at"}}, "sources.crm.versions.of"),
        ({**DEALS, "reject": {"deleted": "is_gone"}}, "sources.crm.reject.deleted: found is_gone"),
        ({**DEALS, "reject": {"gone": "is_deleted"}}, "expected 'deleted', 'test' or 'invalid'"),
    ],
)
def test_what_is_declared_wrongly_is_refused(shop, source, fault):
    with pytest.raises(InputError) as error:
        shop.write({"raw/a.csv": HEAD + OPEN}, {"crm": source}).load()
    assert fault in str(error.value)


STATUSES = {
    "kind": "kiotviet_invoices", "files": "raw/*.csv", "values": {"is_cancelled": {"Chờ ship": "false"}},
}  # fmt: skip
BILLS = (
    "Mã hóa đơn,Thời gian,Mã KH,Khách hàng,Chi nhánh,Người bán,Trạng thái,Mã hàng,Số lượng,Đơn giá,Thành tiền\n"
    "HD1,13/10/2026 08:53,,,Huế,NV-1,Hoàn thành,A,1,1000,1000\nHD2,13/10/2026 09:53,,,Huế,NV-1,Chờ ship,A,1,1000,1000\n"
    "HD3,13/10/2026 09:54,,,Huế,NV-1,Đã hủy,A,1,1000,1000\nHD4,13/10/2026 09:55,,,Huế,NV-1,Bàn giao,A,1,1000,1000\n"
)


def test_a_value_that_a_source_adds_leaves_those_that_its_kind_knows(shop):
    loaded = shop.write({"raw/a.csv": BILLS}, {"pos": STATUSES}).load()
    assert dict(loaded.tables["orders"].select("order_id", "is_cancelled").rows()) == {
        "HD1": False, "HD2": False, "HD3": True,
    }  # fmt: skip
    assert loaded.quarantine.select("reason", "found").rows() == [("unknown_value", "Bàn giao")]


def test_a_value_that_a_source_gives_another_meaning_goes_before_its_kind(shop):
    source = {**STATUSES, "values": {"is_cancelled": {"hoàn thành": "true", "*": "false"}}}
    loaded = shop.write({"raw/a.csv": BILLS}, {"pos": source}).load()
    assert dict(loaded.tables["orders"].select("order_id", "is_cancelled").rows()) == {
        "HD1": True, "HD2": False, "HD3": False, "HD4": False,
    }  # fmt: skip
