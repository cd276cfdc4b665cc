"""Wrong input is refused before anything is written: where, what was found, what was expected, what to do."""

# ruff: noqa: E501  (headers and messages stand as they are)

import re

import pytest

from revops import ingest
from revops.problems import InputError

from .small import HEAD, LINES

GOOD = HEAD + "A1,2026-10-05,X,2,1000,Stores\n"


def message(shop, files, sources=None, period="2026-10"):
    with pytest.raises(InputError) as error:
        shop.write(files, sources).load(period)
    assert not (shop.folder / "build" / "tables").exists()
    assert not (shop.folder / "record").exists()
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"kind": "kiotviet_invoice"},
            "company.yaml, sources.shop.kind: found kiotviet_invoice (did you mean kiotviet_invoices?), expected one of",
        ),
        ({"files": "raw/*.xls"}, "company.yaml, sources.shop.files: found no file raw/*.xls, expected at least one file."),
        ({"table": "order_line"}, "company.yaml, sources.shop.tables: found order_line (did you mean order_lines?)"),
        ({"table": None}, "company.yaml, sources.shop: found no table or no columns"),
        ({"values": {"chanel": {"a": "b"}}}, "company.yaml, sources.shop.values: found chanel (did you mean channel?)"),
        ({"not_data": ["("]}, "company.yaml, sources.shop: found (: missing ), unterminated subpattern"),
        (
            {"columns": {**LINES["columns"], "quantity": "Số lượng"}},
            "raw/a.csv, row 1: found no column Số lượng among order, day, item, qty, price, channel, expected a column for"
            " quantity. Next: export it with that column, or set sources.shop.columns.quantity.",
        ),
        (
            {"columns": {k: v for k, v in LINES["columns"].items() if k != "channel"}},
            "company.yaml, sources.shop: found nothing that gives orders.channel, expected a column or a constant for channel.",
        ),
        ({"compute": {"region": "nowhere + 1"}}, "company.yaml, sources.shop.compute.region: found nowhere + 1:"),
        ({"only": "quantity >"}, "company.yaml, sources.shop.only: found quantity >:"),
        ({"lookups": {"channel": [{"file": "no.csv", "key": "a", "value": "b"}]}}, "company.yaml, sources.shop.lookups: found no file no.csv"),
        ({"files": "../raw/*.csv"}, "company.yaml, sources.shop.files: found ../raw/*.csv, expected a path that stays below the company's folder"),
        ({"files": "aw:x.csv"}, "company.yaml, sources.shop.files: found root 'aw', expected a root that company.yaml names under roots."),
        ({"received_on": r"(\d{8})"}, "raw/a.csv: found no day that received_on finds, expected a day as 2026-10-31 where"),
        ({"constants": {"region": "$received_on"}}, "raw/a.csv: found no day of receipt, expected the day of the export in the file's name."),
    ],
)  # fmt: skip
def test_a_wrong_source_says_what_to_do(shop, change, expected):
    source = {key: value for key, value in {**LINES, **change}.items() if value is not None}
    found = message(shop, {"raw/a.csv": GOOD}, {"shop": source})
    assert found[0].startswith(expected), found
    assert re.search(r"Next: .+\.$", found[0])


@pytest.mark.parametrize(
    ("only", "told"),
    [
        ("channel = 'Stores'", []),
        ("channel = 'Store'", ["company.yaml, sources.shop.only: found channel = 'Store': none of 1 rows, expected a condition that some rows meet. Next: correct its field or its value."]),
        ("chanel = 'Stores'", ["company.yaml, sources.shop.only: found chanel = 'Stores': unable to find column \"chanel\", expected SQL over row, order_id"]),
    ],
)  # fmt: skip
def test_a_check_tells_a_condition_that_no_row_meets(shop, only, told):
    found = ingest.look(shop.write({"raw/a.csv": GOOD}, {"shop": {**LINES, "only": only}}).open())
    assert [str(problem)[: len(start)] for problem, start in zip(found, told, strict=True)] == told


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "A1,05/10/2026,X,2,1000,Stores\n",
            "raw/a.csv, column day: found only 05/10/2026, expected a day above 12 that tells day from month."
            " Next: set sources.shop.formats.ordered_on to dmy or mdy.",
        ),
        (
            'A1,2026-10-05,X,"1,000",1000,Stores\n',
            "raw/a.csv, column qty: found only 1,000, expected a number that tells '.' from ','."
            " Next: set sources.shop.formats.quantity to '.' or ',' (the decimal mark).",
        ),
    ],
)
def test_what_cannot_be_decided_is_asked(shop, line, expected):
    assert message(shop, {"raw/a.csv": HEAD + line}) == [expected]


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (["13/10/2026", "10/14/2026"], "13/10/2026 and 10/14/2026"),
        (["13/10/2026", "14/10/2026", "2026-10-05", "2026-10-06", "2026-10-07"], "13/10/2026 and 2026-10-05"),
    ],
)
def test_a_column_that_mixes_two_ways_of_writing_days_says_so(shop, days, shown):
    lines = "".join(f"A{n},{day},X,2,1000,Stores\n" for n, day in enumerate(days))
    assert message(shop, {"raw/a.csv": HEAD + lines}) == [
        f"raw/a.csv, column day: found the column mixes {shown}, expected one way of writing days."
        " Next: export the days anew in one way, or set sources.shop.formats.ordered_on to dmy or mdy."
    ]


def test_a_sibling_file_or_a_declared_format_decides(shop):
    files = {
        "raw/a.csv": HEAD + "A1,05/10/2026,X,2,1000,Stores\n",
        "raw/b.csv": HEAD + "B1,15/10/2026,X,2,1000,Stores\n",
    }
    assert str(shop.write(files).load().tables["orders"]["ordered_on"][0]) == "2026-10-05"
    declared = {"shop": {**LINES, "files": "raw/a.csv", "formats": {"dates": "mdy"}}}
    assert str(shop.write({}, declared).load("2026-05").tables["orders"]["ordered_on"][0]) == "2026-05-10"


def test_all_faults_are_told_at_once(shop):
    other = {**LINES, "files": "other/*.csv", "kind": "nothing"}
    found = message(shop, {"raw/a.csv": GOOD}, {"shop": {**LINES, "files": "x"}, "other": other})
    assert len(found) == 3


@pytest.mark.parametrize("period", ["2026-09", "2027", "2026-W52"])
def test_a_period_without_data_is_refused_with_the_months_that_have_some(shop, period):
    assert message(shop, {"raw/a.csv": GOOD}, period=period) == [
        f"period {period}: found no rows; there is data from 2026-10 to 2026-10, expected a period with data. Next: choose another period."
    ]


def test_a_source_with_a_header_only_is_no_data(shop):
    assert "there is no data at all" in message(shop, {"raw/a.csv": HEAD})[0]


def test_a_root_whose_folder_is_missing_is_told_once(shop, tmp_path):
    sources = {name: {**LINES, "files": f"away:{name}*.csv"} for name in ("one", "two")}
    shop.write({}, sources, roots={"away": str(tmp_path / "gone")})
    with pytest.raises(InputError) as told:
        shop.load()
    assert {str(problem) for problem in told.value.problems} == {
        f"company.yaml, roots.away: found no folder {tmp_path / 'gone'}, expected an existing folder. "
        "Next: correct the root, or mount the folder."
    }


def test_a_pattern_that_leaves_the_folder_is_told_where_it_stands(shop):
    shop.write({}, {"shop": {**LINES, "files": "../../x*.csv"}})
    with pytest.raises(InputError, match=r"company.yaml, sources.shop.files: found ../../x\*.csv"):
        shop.load()
