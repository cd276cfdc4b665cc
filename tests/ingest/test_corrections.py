"""Rows that wait are corrected in the company's folder `corrections`; the raw file stays as it is."""

import pytest

from revops.problems import InputError

from .small import HEAD

RAW = HEAD + "A1,2026-10-05,X,1,100,Stores\nB1,2026-10-06,X,1,liên hệ,Stores\nC1,2026-10-07,X,1,miễn phí,Stores\n"
NAME = "shop.raw_a.csv"
NO_HEADER = (
    "found no row with known headers (first: order, day, item, qty, price, channel), expected the columns as in the "
    "folder quarantine, with raw row. Next: restore the file's header."
)
NO_ROW = (
    "found raw row missing or twice, expected the number of a raw row, each once. Next: correct the column raw row."
)


def quarantined(shop) -> str:
    return (shop.folder / "build" / "quarantine" / NAME).read_text("utf-8-sig")


def test_a_corrected_copy_of_the_quarantine_file_takes_the_place_of_its_rows(shop):
    shop.write({"raw/a.csv": RAW}).load()
    copy = quarantined(shop).replace("liên hệ", "500", 1)  # the reason beside it may stay
    loaded = shop.write({f"corrections/{NAME}": copy}).load()
    assert loaded.tables["order_lines"].select("order_id", "net_amount").rows() == [("A1", 100), ("B1", 500)]
    assert loaded.quarantine.select("row", "found").rows() == [(4, "miễn phí")]
    assert loaded.log.select("rows_read", "rows_kept", "rows_quarantined", "rows_amended").rows() == [(3, 2, 1, 2)]
    assert (shop.folder / "raw" / "a.csv").read_text("utf-8") == RAW


def test_without_the_correction_the_old_row_is_back(shop):
    corrected = "raw row," + HEAD + "3,B1,2026-10-06,X,1,500,Stores\n"
    assert shop.write({"raw/a.csv": RAW, f"corrections/{NAME}": corrected}).load().quarantine.height == 1
    (shop.folder / "corrections" / NAME).unlink()
    assert shop.load().quarantine["row"].to_list() == [3, 4]


def test_a_correction_of_no_raw_file_is_a_fault(shop):
    loaded = shop.write({"raw/a.csv": RAW, "corrections/shop.raw_b.csv": "raw row,price\n3,500\n"}).load()
    assert [str(fault) for fault in loaded.faults] == [
        "corrections/shop.raw_b.csv: found no raw file of that name, expected a name as in the folder quarantine. "
        "Next: rename it."
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (HEAD + "B1,2026-10-06,X,1,500,Stores\n", NO_HEADER),
        ("raw row," + HEAD + ",B1,2026-10-06,X,1,500,Stores\n", NO_ROW),
        ("raw row," + HEAD + 2 * "3,B1,2026-10-06,X,1,500,Stores\n", NO_ROW),
    ],
)
def test_a_correction_that_names_no_row_is_refused(shop, content, found):
    with pytest.raises(InputError) as refused:
        shop.write({"raw/a.csv": RAW, f"corrections/{NAME}": content}).load()
    assert [str(problem) for problem in refused.value.problems] == [f"corrections/{NAME}: {found}"]


def test_a_row_that_the_raw_file_does_not_have_adds_nothing(shop):
    corrected = "raw row," + HEAD + "9,D1,2026-10-06,X,1,500,Stores\n"
    loaded = shop.write({"raw/a.csv": RAW, f"corrections/{NAME}": corrected}).load()
    assert loaded.tables["orders"]["order_id"].to_list() == ["A1"]
    assert loaded.log["rows_read"].sum() == 3


def test_rows_of_another_content_of_the_file_correct_nothing(shop):
    shop.write({"raw/a.csv": RAW}).load()
    (made,) = (shop.folder / "build" / "quarantine").glob("*.csv")
    corrected = made.read_text("utf-8-sig")
    shop.write({f"corrections/{made.name}": corrected}).load()
    with pytest.raises(
        InputError, match="found rows of another raw/a.csv, expected raw file hash .*, as the file is now"
    ):
        shop.write({"raw/a.csv": RAW.replace("\n", "\nA9,2026-10-03,X,1,100,Stores\n", 1)}).load()
