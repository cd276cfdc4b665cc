"""What the log of imports gives reason to doubt stands at the top of the index, with what to do."""

import pytest

TILL = {
    "kind": "table", "table": "order_lines", "files": "raw/*.csv", "constants": {"channel": "Stores"},
    "columns": {"order_id": "no", "ordered_on": "day", "product_id": "item", "quantity": "qty", "unit_price": "price"},
}  # fmt: skip
HEAD = "no,day,item,qty,price\n"


def told(loaded):
    return [fault for fault in loaded.faults if "quarantine" in fault.found or "further down" in fault.found]


@pytest.mark.parametrize(("bad", "good", "is_told"), [(20, 19, True), (20, 20, False), (19, 2, False), (40, 1, True)])
def test_a_source_of_which_most_rows_wait_is_a_fault(shop, bad, good, is_told):
    rows = [f"A{i},2026-10-13,fan,{1 if i < good else 'x'},900\n" for i in range(good + bad)]
    found = told(shop.write({"raw/a.csv": HEAD + "".join(rows)}, {"till": TILL}).load())
    assert [(f.where, f.found) for f in found] == [
        ("source till", f"{bad} of {bad + good} rows in quarantine, most as unreadable_count")
    ][:is_told]


@pytest.mark.parametrize(
    ("older", "newer", "price", "is_told"),
    [
        ("bills August corrected", "bills August", 950, True),
        ("bills August corrected", "bills August", 900, False),
        ("bills 2026-08", "bills 2026-09", 950, False),
    ],
)
def test_values_that_only_a_files_name_puts_last_are_a_fault(shop, older, newer, price, is_told):
    row = "A1,2026-10-13,fan,1,"
    files = {f"raw/{older}.csv": f"{HEAD}{row}900\n", f"raw/{newer}.csv": f"{HEAD}{row}{price}\n"}
    found = told(shop.write(files, {"till": TILL}).load())
    assert [(f.where, f.found) for f in found] == [
        (f"raw/{older}.csv", "1 row that a file further down by name has with other values")
    ][:is_told]
    assert all("sources.till.received_on" in fault.next_step for fault in found)
