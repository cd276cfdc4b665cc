"""Rows that are kept from an earlier run are the rows that a run from nothing would read."""

import pytest

from revops.company import Mapping
from revops.ingest.stage import _reads_together

COLUMNS = {"contact_id": "id", "name": "name"}


@pytest.mark.parametrize(
    ("keys", "together"),
    [
        ({}, False),
        ({"absorbs": {"contact_id": "merged"}}, True),
        ({"heads": {"name": "(.*)"}}, True),
        ({"levels": {"name": ["a", "b"]}}, True),
        ({"fill_down": ["name"]}, True),
        ({"fill_down": ["name"], "tables": {"orders": ""}}, False),
        ({"fill_down": ["contact_id"], "tables": {"orders": ""}}, True),
        ({"ranges": {"end_on": {"after": "start_on", "span": "next"}}}, True),
        ({"ranges": {"end_on": {"after": "start_on", "span": "month"}}}, False),
    ],
)
def test_what_speaks_of_rows_elsewhere_is_read_together(keys, together):
    assert _reads_together(Mapping(**{"tables": {"contacts": ""}, "columns": COLUMNS, **keys})) is together


def test_a_later_file_that_absorbs_a_record_is_heard_though_the_earlier_file_was_read_before(shop):
    source = {
        "kind": "table", "table": "contacts", "files": "raw/*.csv", "absorbs": {"contact_id": "merged"},
        "columns": {"contact_id": "id", "name": "name", "merged?": "merged"},
    }  # fmt: skip
    orders = {
        "kind": "table", "table": "order_lines", "files": "sales.csv",
        "columns": {"order_id": "order", "ordered_on": "day", "quantity": "qty", "net_amount": "net", "channel": "to"},
    }  # fmt: skip
    sold = {"sales.csv": "order,day,qty,net,to\nA1,2026-10-05,1,100,Stores\n"}
    sources = {"sales": orders, "crm": source}
    shop.write({**sold, "raw/1.csv": "id,name,merged\n8001,An,\n8002,An Tran,\n"}, sources)
    assert shop.load().tables["contacts"]["contact_id"].to_list() == ["8001", "8002"]
    shop.write({"raw/2.csv": "id,name,merged\n9001,An Tran,8002\n"}, sources)
    assert shop.load().tables["contacts"]["contact_id"].to_list() == ["8001", "9001"]
    assert shop.load(build="fresh").tables["contacts"]["contact_id"].to_list() == ["8001", "9001"]
