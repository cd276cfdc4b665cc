"""Files that come again: one content under two names, months that overlap, orders corrected in a later file.

An order is one whole: the file received last that has it speaks for all of it. What an earlier file said is merged:
`duplicate` where the later file says the same line, `corrected` where it says another or none.
"""

import shutil

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .small import HEAD, LINES, Shop

DAILY = {**LINES, "received_on": r"_(\d{4}-\d{2}-\d{2})"}
A = "A,2026-10-05,X,2,1000,Stores\n"
A_MORE = "A,2026-10-05,Y,1,700,Stores\n"
B = "B,2026-10-20,X,1,1000,Stores\n"
C = "C,2026-10-30,X,3,1000,Stores\n"


def read(shop, files: dict[str, str], source=DAILY):
    texts = {f"raw/{name}.csv": HEAD + rows for name, rows in files.items()}
    return shop.write(texts, {"shop": source}).load()


def fates(loaded) -> dict[str, dict]:
    """By file: fate and reason → rows."""
    told: dict[str, dict] = {}
    for file, fate, reason, rows in loaded.fates.select("file", "fate", "reason", "rows").iter_rows():
        told.setdefault(file.removeprefix("raw/").removesuffix(".csv"), {})[reason or fate] = rows
    return told


def lines(loaded) -> list[tuple]:
    return (
        loaded.tables["order_lines"].select("order_id", "product_id", "quantity").sort("order_id", "product_id").rows()
    )


SITUATIONS = {
    "the same file under two names": (
        {"x_2026-10-21": A + B, "y_2026-10-21": A + B},
        {"x_2026-10-21": {"duplicate": 2}, "y_2026-10-21": {"kept": 2}},
        [("A", "X", 2), ("B", "X", 1)],
    ),
    "the same file again a day later": (
        {"x_2026-10-21": A + B, "x_2026-10-22": A + B},
        {"x_2026-10-21": {"duplicate": 2}, "x_2026-10-22": {"kept": 2}},
        [("A", "X", 2), ("B", "X", 1)],
    ),
    "months that overlap": (
        {"october_2026-11-01": A + B, "late_2026-11-05": B + C},
        {"october_2026-11-01": {"kept": 1, "duplicate": 1}, "late_2026-11-05": {"kept": 2}},
        [("A", "X", 2), ("B", "X", 1), ("C", "X", 3)],
    ),
    "an order that a later file corrects": (
        {"x_2026-10-21": A + B, "x_2026-10-22": A.replace(",2,", ",5,")},
        {"x_2026-10-21": {"corrected": 1, "kept": 1}, "x_2026-10-22": {"kept": 1}},
        [("A", "X", 5), ("B", "X", 1)],
    ),
    "one line of two corrected: the order comes whole from the later file": (
        {"x_2026-10-21": A + A_MORE, "x_2026-10-22": A + A_MORE.replace(",1,", ",4,")},
        {"x_2026-10-21": {"duplicate": 1, "corrected": 1}, "x_2026-10-22": {"kept": 2}},
        [("A", "X", 2), ("A", "Y", 4)],
    ),
    "fewer lines in the later file": (
        {"x_2026-10-21": A + A_MORE, "x_2026-10-22": A},
        {"x_2026-10-21": {"duplicate": 1, "corrected": 1}, "x_2026-10-22": {"kept": 1}},
        [("A", "X", 2)],
    ),
    "more lines in the later file": (
        {"x_2026-10-21": A, "x_2026-10-22": A + A_MORE},
        {"x_2026-10-21": {"duplicate": 1}, "x_2026-10-22": {"kept": 2}},
        [("A", "X", 2), ("A", "Y", 1)],
    ),
    "three versions: the last counts": (
        {"x_2026-10-21": A, "x_2026-10-22": A.replace(",2,", ",5,"), "x_2026-10-23": A},
        {"x_2026-10-21": {"duplicate": 1}, "x_2026-10-22": {"corrected": 1}, "x_2026-10-23": {"kept": 1}},
        [("A", "X", 2)],
    ),
    "the same line twice in one order is two lines, also when it comes again": (
        {"x_2026-10-21": A + A, "x_2026-10-22": A + A},
        {"x_2026-10-21": {"duplicate": 2}, "x_2026-10-22": {"kept": 2}},
        [("A", "X", 2), ("A", "X", 2)],
    ),
    "a later file that cannot be read does not take the order away": (
        {"x_2026-10-21": A, "x_2026-10-22": A.replace("1000", "liên hệ")},
        {"x_2026-10-21": {"kept": 1}, "x_2026-10-22": {"unreadable_money": 1}},
        [("A", "X", 2)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SITUATIONS)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_what_comes_again(shop, case, backwards):
    files, told, kept = SITUATIONS[case]
    loaded = read(shop, dict(reversed(files.items())) if backwards else files)
    assert fates(loaded) == told
    assert lines(loaded) == kept


def test_amounts_of_what_was_merged_stand_in_the_ledger(shop):
    loaded = read(shop, {"x_2026-10-21": A + B, "x_2026-10-22": A.replace(",2,", ",5,")})
    assert loaded.amounts.select("file", "amount_read", "amount_kept", "amount_merged").rows() == [
        ("raw/x_2026-10-21.csv", 30_000_000, 10_000_000, 20_000_000),
        ("raw/x_2026-10-22.csv", 50_000_000, 50_000_000, 0),
    ]
    assert loaded.tables["order_lines"]["net_amount"].sum() == 6_000


def test_without_days_in_their_names_the_files_speak_in_the_order_of_their_names(shop):
    loaded = read(shop, {"a": A, "b": A.replace(",2,", ",5,")}, LINES)
    assert fates(loaded) == {"a": {"corrected": 1}, "b": {"kept": 1}}


def test_a_correction_that_arrives_later_changes_the_order_in_the_next_run(shop):
    assert lines(read(shop, {"x_2026-10-21": A})) == [("A", "X", 2)]
    loaded = read(shop, {"x_2026-10-22": A.replace(",2,", ",5,")})
    assert not loaded.from_cache
    assert lines(loaded) == [("A", "X", 5)]


def test_one_content_under_two_names_has_one_hash_and_two_lines_in_the_log(shop):
    loaded = read(shop, {"x_2026-10-21": A + B, "y_2026-10-21": A + B})
    assert (loaded.log.height, loaded.log["sha256"].n_unique()) == (2, 1)


STATE = {
    "kind": "table",
    "table": "accounts",
    "files": "raw/*.csv",
    "columns": {"account_id": "id", "name": "name"},
    "received_on": DAILY["received_on"],
}


@pytest.mark.parametrize(
    ("later", "reason", "name"),
    [("A1,An Phát\n", "duplicate", "An Phát"), ("A1,Bình Minh\n", "corrected", "Bình Minh")],
)
def test_a_list_that_is_sent_again_speaks_for_the_keys_it_has(shop, later, reason, name):
    files = {"raw/l_2026-10-01.csv": "id,name\nA1,An Phát\nA2,Cẩm Tú\n", "raw/l_2026-10-08.csv": "id,name\n" + later}
    orders = {"raw2/o_2026-10-09.csv": HEAD + A}
    loaded = shop.write(files | orders, {"accounts": STATE, "shop": {**DAILY, "files": "raw2/*.csv"}}).load()
    assert loaded.tables["accounts"].select("account_id", "name").rows() == [("A1", name), ("A2", "Cẩm Tú")]
    assert fates(loaded)["l_2026-10-01"] == {reason: 1, "kept": 1}


ROWS = st.tuples(st.sampled_from("ABC"), st.sampled_from("XY"), st.sampled_from(["1", "2"]))
FILES = st.lists(st.lists(ROWS, max_size=4), min_size=1, max_size=4)


@settings(max_examples=25)
@given(FILES)
def test_every_order_is_as_the_last_file_that_has_it_says(tmp_path_factory, files):
    shop = Shop(tmp_path_factory.mktemp("resent"))
    texts = {
        f"x_2026-10-{10 + n}": "".join(f"{o},2026-10-05,{p},{q},10,Stores\n" for o, p, q in rows)
        for n, rows in enumerate(files)
    }
    loaded = read(shop, {**texts, "z_2026-10-01": "Z,2026-10-01,X,1,10,Stores\n"})
    expected = {order: sorted((p, int(q)) for o, p, q in rows if o == order) for rows in files for order, *_ in rows}
    got = loaded.tables["order_lines"].filter(pl.col("order_id") != "Z")
    said: dict[str, list] = {}
    for order, product, quantity in got.select("order_id", "product_id", "quantity").iter_rows():
        said.setdefault(order, []).append((product, quantity))
    assert {order: sorted(rows) for order, rows in said.items()} == expected
    assert loaded.fates["rows"].sum() == sum(map(len, files)) + 1
    assert set(loaded.fates["reason"].drop_nulls()) <= {"duplicate", "corrected"}
    shutil.rmtree(shop.folder)
