"""The CD shop's two files: columns aligned by spaces, one without header line; the figures its publishers give."""

from datetime import date

import polars as pl
import pytest

from .exports import files

CDNOW = files("REVOPS_CDNOW_DATA", "cdnow")
pytestmark = CDNOW.needed


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    yield from CDNOW.read("cdnow", "1998-06", tmp_path_factory.mktemp("cdnow"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    yield from CDNOW.read("cdnow_sample", "1998-06", tmp_path_factory.mktemp("sample"))


def test_every_transaction_of_the_master_file_is_kept(master):
    _, loaded = master
    assert loaded.log.select("rows_read", "rows_kept", "header_row", "separator").rows() == [(69_659, 69_659, 1, " ")]
    lines, orders = loaded.tables["order_lines"], loaded.tables["orders"]
    assert (lines.height, lines["net_amount"].sum()) == (69_659, 250_031_563)
    assert (orders["customer_id"].n_unique(), loaded.tables["customers"].height) == (23_570, 23_570)


def test_a_purchase_is_a_customers_day(master):
    orders = master[1].tables["orders"]
    assert orders.height == orders.select("customer_id", "ordered_on").unique().height < 69_659
    assert (orders["ordered_on"].min(), orders["ordered_on"].max()) == (date(1997, 1, 1), date(1998, 6, 30))


def test_the_first_line_of_the_sample_is_no_header(sample):
    _, loaded = sample
    assert loaded.log.select("rows_read", "rows_kept", "header_row").rows() == [(6_919, 6_919, 0)]
    assert loaded.tables["orders"]["customer_id"].n_unique() == 2_357
    first = loaded.tables["order_lines"].filter(pl.col("row") == 1)
    assert first.select("order_id", "quantity", "net_amount").rows() == [("0001-1997-01-01", 2, 2933)]


def test_the_sample_says_the_same_as_the_master_file(master, sample):
    """The sample's own numbers are not the master's: the buyers' days and amounts are compared."""

    def baskets(loaded):
        return loaded.tables["order_lines"].group_by("quantity", "net_amount").len()

    both = baskets(sample[1]).join(baskets(master[1]), on=["quantity", "net_amount"], how="left", suffix="_master")
    assert both["len_master"].null_count() == 0
    assert (both["len"] <= both["len_master"]).all()


def test_calibration_ends_where_as_of_says(tmp_path):
    for _, loaded in CDNOW.read("cdnow_sample", "1997-09", tmp_path):
        assert loaded.tables["orders"]["ordered_on"].max() <= date(1997, 9, 30)
        assert loaded.fates.filter(fate="left_out")["reason"].to_list() == ["after_as_of"]
        assert loaded.log.select(pl.col("rows_kept") + pl.col("rows_left_out")).item() == 6_919
