"""Columns that are rows: what a melted file becomes, and that no cell of it is lost."""

from datetime import date

import pytest

from revops.problems import InputError

DEALS = {
    "kind": "table",
    "files": "raw/*",
    "tables": {"opportunities": "entered_on IS NULL", "opportunity_stage_history": "entered_on IS NOT NULL"},
    "columns": {
        "opportunity_id": "id", "name": "deal", "opportunities.stage": "stage", "created_on": "made",
        "amount": "amount",
    },
    "melt": {
        "columns": {"entered_on": r'^entered "(?P<stage>.+)"$', "left_on": r'^left "(?P<stage>.+)"$'},
        "keeps_row": True,
    },
    "constants": {"snapshot_on": "$received_on"},
    "received_on": r"(\d{4}-\d{2}-\d{2})",
}  # fmt: skip
HEAD = 'id,deal,stage,made,amount,"entered ""Demo""","left ""Demo""","entered ""Offer""","left ""Offer"""\n'
MONTHS = {
    "kind": "table",
    "files": "raw/*",
    "table": "costs",
    "columns": {"cost_type": "type"},
    "melt": {"columns": {"cost_amount": r"^(?P<month_on>\d{4}-\d{2})$"}},
}
TICKETS = {
    "kind": "table",
    "table": "tickets",
    "files": "t.csv",
    "columns": {"ticket_id": "id", "opened_at": "at"},
}


def deals(shop, rows, **further):
    files = {"raw/x_2026-10-31.csv": HEAD + rows, **further}
    return shop.write(files, {"crm": DEALS}).load()


def costs(shop, text, **source):
    files = {"raw/x.csv": text, "t.csv": "id,at\n1,2026-10-05\n"}
    return shop.write(files, {"costs": {**MONTHS, **source}, "tickets": TICKETS}).load()


def counts(loaded, name):
    row = loaded.log.filter(file=name)
    return row.select("rows_read", "rows_kept", "rows_quarantined", "rows_merged", "rows_left_out").row(0)


def test_the_row_feeds_one_table_and_its_melted_cells_another(shop):
    loaded = deals(
        shop,
        "1,Fans,Offer,2026-10-01,500,2026-10-02,2026-10-05,2026-10-05,\n2,Kettles,Lead,2026-10-09,70,,,,\n",
    )
    assert sorted(loaded.tables["opportunities"].select("opportunity_id", "stage", "amount").rows()) == [
        ("1", "Offer", 500), ("2", "Lead", 70),
    ]  # fmt: skip
    history = loaded.tables["opportunity_stage_history"]
    assert history.sort("entered_on").select("opportunity_id", "stage", "entered_on", "left_on").rows() == [
        ("1", "Demo", date(2026, 10, 2), date(2026, 10, 5)),
        ("1", "Offer", date(2026, 10, 5), None),
    ]
    assert counts(loaded, "raw/x_2026-10-31.csv") == (4, 4, 0, 0, 0)
    assert loaded.amounts.select("table", "amount_read", "amount_kept").rows() == [
        ("opportunities", 570_0000, 570_0000)
    ]


def test_a_later_export_says_the_same_visit_again(shop):
    again = HEAD + "1,Fans,Offer,2026-10-01,500,2026-10-02,,,\n"
    loaded = deals(shop, "1,Fans,Offer,2026-10-01,500,2026-10-02,2026-10-05,,\n", **{"raw/x_2026-10-15.csv": again})
    assert sorted(loaded.tables["opportunities"]["snapshot_on"]) == [date(2026, 10, 15), date(2026, 10, 31)]
    assert loaded.tables["opportunity_stage_history"]["left_on"].to_list() == [date(2026, 10, 5)]
    assert counts(loaded, "raw/x_2026-10-15.csv") == (2, 1, 0, 1, 0)


def test_a_file_without_any_melted_column_is_its_rows_alone(shop):
    shop.write({"raw/x_2026-10-31.csv": "id,deal,stage,made,amount\n1,Fans,Offer,2026-10-01,500\n"}, {"crm": DEALS})
    loaded = shop.load()
    assert loaded.tables["opportunities"].height == 1
    assert loaded.tables["opportunity_stage_history"].height == 0


@pytest.mark.parametrize(
    ("rows", "read", "kept", "quarantined"),
    [
        ("tools,5,7\n", 2, 2, 0),
        ("tools,5,\n", 1, 1, 0),
        ("tools,5,-\n", 1, 1, 0),
        ("tools,0,\n", 1, 1, 0),
        ("tools,,\n", 0, 0, 0),
        ("tools,five,7\n", 2, 1, 1),
        ("tools,5,7,9\n", 2, 0, 2),
        ("tools,,,9\n", 1, 0, 1),
        ("tools,5,7\ntools,5,8\n", 4, 4, 0),
    ],
)
def test_every_filled_cell_is_a_row_with_a_fate(shop, rows, read, kept, quarantined):
    text = "type,2026-09,2026-10\n" + rows
    loaded = costs(shop, text + ("rent,1,1\n" if read == 0 else ""))
    more = 2 if read == 0 else 0
    assert counts(loaded, "raw/x.csv") == (read + more, kept + more, quarantined, 0, 0)


def test_a_column_that_comes_twice_gives_both_its_cells(shop):
    loaded = costs(
        shop, "type,2026-10,2026-10\ntools,5,7\n", melt={"columns": {"cost_amount": r"^(?P<month_on>\d{4}-\d{2})"}}
    )
    assert loaded.tables["costs"]["cost_amount"].sum() == 12


def test_a_file_without_its_months_is_refused(shop):
    with pytest.raises(InputError, match=r"no column \^\(.* among type, October, expected a column for cost_amount"):
        costs(shop, "type,October\ntools,5\n")


@pytest.mark.parametrize(
    "key",
    [{"melt": {"columns": {"cost_amount": "("}}}, {"apart": "("}, {"preamble": {"year": "("}}],
    ids=lambda key: [*key][0],
)
def test_a_wrong_pattern_is_told(shop, key):
    with pytest.raises(InputError, match=r"sources.costs: found \(: missing \), .*, expected a regular expression"):
        costs(shop, "type,2026-10\ntools,5\n", **key)


def test_levels_of_a_field_that_nothing_gives_are_told(shop):
    with pytest.raises(InputError, match="sources.costs.levels: found typ .did you mean type.*, expected a field"):
        costs(
            shop, "type,2026-10\ntools,5\n", levels={"typ": ["a", "b"]}, columns={"type?": "type", "cost_type": "type"}
        )


def test_what_is_said_above_the_header_fills_what_the_rows_do_not_say(shop):
    text = "Costs in USD\ntype,currency,2026-10\ntools,,5\nrent,VND,7\n"
    rates = {
        "kind": "table",
        "table": "fx_rates",
        "files": "fx.csv",
        "columns": {"currency": "c", "start_on": "d", "rate": "r"},
    }
    source = {
        **MONTHS,
        "columns": {"cost_type": "type", "currency?": "currency"},
        "preamble": {"currency": r"in ([A-Z]{3})"},
    }
    files = {"raw/x.csv": text, "t.csv": "id,at\n1,2026-10-05\n", "fx.csv": "c,d,r\nUSD,2026-01-01,25400\n"}
    loaded = shop.write(files, {"costs": source, "tickets": TICKETS, "rates": rates}).load()
    assert sorted(loaded.tables["costs"].select("cost_type", "cost_amount").rows()) == [("rent", 7), ("tools", 127_000)]
