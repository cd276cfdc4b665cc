"""Exports of CRM systems and help desks: each kind's file, as it is exported, in the canonical tables."""

import csv
import io
import shutil
import unicodedata
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revops.ingest.kinds import known
from revops.problems import InputError
from revops.tables import key_of

FILES = Path(__file__).parent / "files"
TICKETS = {"kind": "table", "table": "tickets", "files": "t.csv", "columns": {"ticket_id": "id", "opened_at": "at"}}
TICKET = {"t.csv": "id,at\nT,2026-10-05\n"}
DAY = r"(\d{4}-\d{2}-\d{2})"
SHARE = 10_000_000  # one percent


def load(shop, kind, name, data=None, period="2026-10", company=None, **source):
    """The fixture `name` as the only file of its source, received on the last day of October."""
    content = (FILES / name).read_text("utf-8") if data is None else data
    path = f"raw/{name.rpartition('.')[0]}_2026-10-31.{name.rpartition('.')[2]}"
    crm = {"kind": kind, "files": "raw/*", "received_on": DAY, **source}
    shop.write({path: content, **TICKET}, {"crm": crm, "desk": TICKETS}, **(company or {}))
    return shop.load(period)


def pick(loaded, table, *columns):
    return loaded.tables[table].sort(key_of(table)).filter(pl.col("source") == "crm").select(columns).rows()


def counts(loaded):
    row = loaded.log.filter(source="crm")
    return row.select("rows_read", "rows_kept", "rows_quarantined", "rows_merged", "rows_left_out").row(0)


def fates(loaded):
    rows = loaded.fates.filter((pl.col("source") == "crm") & (pl.col("fate") != "kept"))
    return sorted(rows.group_by("fate", "reason").agg(pl.col("rows").sum()).rows())


def warnings(loaded):
    return loaded.log.filter(source="crm")["warnings"].item()


def workbook(text):
    """The text as a workbook whose cells are all text."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate(csv.reader(io.StringIO(text))):
            for j, cell in enumerate(row):
                sheet.write_string(i, j, cell)
    return buffer.getvalue()


def tabs(text):
    """The text as UTF-16 with tabs between its cells."""
    written = io.StringIO()
    csv.writer(written, delimiter="\t").writerows(csv.reader(io.StringIO(text)))
    return written.getvalue().encode("utf-16")


def western(text):
    """The text without Vietnamese letters, but with one that Latin-1 has."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in bare if not unicodedata.combining(c)).replace("Mai", "Zoé")


FORMS = {
    "utf-8": str.encode, "utf-8-sig": lambda text: text.encode("utf-8-sig"), "utf-16 with tabs": tabs,
    "iso-8859-1": lambda text: text.encode("iso-8859-1"), "cp1258": lambda text: as_cp1258(text), "xlsx": workbook,
}  # fmt: skip
OURS = ("salesforce", "hubspot", "zoho", "pipedrive", "helpdesk")
READ = [(kind, form) for kind in known() if kind.startswith(OURS) for form in known()[kind].about.encodings]


@pytest.mark.parametrize(("kind", "form"), READ)
def test_a_kind_reads_the_same_in_every_form_that_it_names(shop, kind, form):
    text = (FILES / f"{kind}.csv").read_text("utf-8").partition('"Grand')[0]
    text = western(text) if form == "iso-8859-1" else text
    plain = load(shop, kind, "x.csv", text)
    shutil.rmtree(shop.folder / "raw")
    loaded = load(shop, kind, "x.xlsx" if form == "xlsx" else "x.csv", FORMS[form](text))
    for table in known()[kind].tables:
        assert loaded.tables[table].drop("file").equals(plain.tables[table].drop("file")), table
        assert loaded.tables[table].height > 0


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ({"ids": {"opportunity": "salesforce"}}, "ids: found opportunity (did you mean opportunity_id?)"),
        ({"stand_in": {"opportunity_id": ["nam"]}}, "stand_in: found nam (did you mean name?)"),
        ({"absorbs": {"opportunity_id": "merged"}}, "absorbs: found merged"),
        ({"refuse": {"(": "-"}}, "company.yaml, sources.crm: found (: missing ), unterminated subpattern"),
    ],
)
def test_a_wrong_name_or_pattern_is_told(shop, key, fault):
    with pytest.raises(InputError) as error:
        load(shop, "salesforce_opportunities", "salesforce_opportunities.csv", **key)
    assert fault in str(error.value)


# --- Salesforce ------------------------------------------------------------------------------------------------------


def test_salesforce_deals_as_they_stand_on_the_day_of_the_export(shop):
    loaded = load(shop, "salesforce_opportunities", "salesforce_opportunities.csv")
    assert pick(loaded, "opportunities", "opportunity_id", "account_id", "name", "stage", "amount", "probability") == [
        ("0065g00000AbCdE", "0015g00000QwErT", "Máy lạnh chuỗi cửa hàng 2026", "Negotiation", 1250000000, 75 * SHARE),
        ("0065g00000AbCdF", "0015g00000QwErU", "Total solution, máy lọc nước", "Closed Lost", 340000000, 0),
        ("0065g00000AbCdG", None, 'Bếp "từ" công nghiệp', "Closed Won", None, 100 * SHARE),
    ]  # fmt: skip
    assert pick(loaded, "opportunities", "snapshot_on", "created_on", "close_on", "is_closed", "is_won") == [
        (date(2026, 10, 31), date(2026, 8, 3), date(2026, 11, 20), False, False),
        (date(2026, 10, 31), date(2026, 7, 21), date(2026, 10, 14), True, False),
        (date(2026, 10, 31), date(2026, 9, 30), date(2026, 10, 9), True, True),
    ]  # fmt: skip
    assert pick(loaded, "opportunities", "forecast_category", "next_step", "lost_reason", "is_close_estimated")[:2] == [
        ("Commit", "Gọi lại, chốt giá", None, None),
        ("Omitted", None, "Giá cao", None),
    ]
    assert counts(loaded) == (3, 3, 0, 0, 0)
    assert loaded.log.filter(source="crm")["rows_not_data"].item() == 4
    assert loaded.faults == []
    assert warnings(loaded) == ""


def test_a_salesforce_total_is_a_checksum(shop):
    text = (FILES / "salesforce_opportunities.csv").read_text("utf-8").replace("1590000000", "1590000001")
    loaded = load(shop, "salesforce_opportunities", "x.csv", text)
    assert [str(fault) for fault in loaded.faults] == [
        "raw/x_2026-10-31.csv, column Total Amount: found rows that sum to 1,590,000,000, expected 1590000001, as its "
        "total row says. Next: export the file again, whole."
    ]


def test_a_total_below_the_names_is_no_deal(shop):
    head = "Opportunity Name,Opportunity ID,Stage,Amount,Close Date,Created Date\n"
    rows = "Total solution,1,Proposal,70,20/11/2026,03/08/2026\nGrand Totals (1 records),,,70,,\n"
    loaded = load(shop, "salesforce_opportunities", "x.csv", head + rows)
    assert pick(loaded, "opportunities", "name", "amount") == [("Total solution", 70)]
    assert counts(loaded) == (1, 1, 0, 0, 0)


def test_a_deal_without_number_is_known_by_account_name_and_day_and_the_log_says_so(shop):
    rates = {"kind": "table", "table": "fx_rates", "files": "fx.csv"}
    rates |= {"columns": {"currency": "c", "start_on": "d", "rate": "r"}, "constants": {}}
    crm = {"kind": "salesforce_opportunities", "files": "raw/*", "received_on": DAY}
    name = "salesforce_opportunities.without_id.csv"
    files = {"raw/2026-10-31.csv": (FILES / name).read_text("utf-8"), "fx.csv": "c,d,r\nUSD,2026-01-01,25400\n"}
    loaded = shop.write({**files, **TICKET}, {"crm": crm, "fx": rates, "desk": TICKETS}).load()
    assert pick(loaded, "opportunities", "opportunity_id", "amount", "probability") == [
        ("Công ty TNHH Điện máy Phú Lộc · Máy lạnh · 2026-08-03", 25_412_700, 50 * SHARE),
        ("Công ty TNHH Điện máy Phú Lộc · Quạt trần · 2026-08-03", 90_000_000, 50 * SHARE),
    ]  # fmt: skip
    assert warnings(loaded) == (
        "no column Opportunity ID or Id: rows are told apart by Account Name, Opportunity Name, Created Date"
    )


def test_a_deal_without_number_and_without_account_cannot_be_told_apart(shop):
    text = "Opportunity Name,Stage,Close Date,Created Date\nMáy lạnh,Proposal,20/11/2026,03/08/2026\n"
    with pytest.raises(InputError) as error:
        load(shop, "salesforce_opportunities", "x.csv", text)
    assert str(error.value.problems[0]) == (
        "raw/x_2026-10-31.csv, row 1: found no column Opportunity ID or Id among Opportunity Name, Stage, "
        "Close Date, Created Date, expected a column for opportunity_id. Next: export it with that column, or set "
        "sources.crm.columns.opportunity_id."
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_grouped_salesforce_report_is_refused(shop, form):
    head = "Stage  ↑,Opportunity Name,Opportunity ID,Amount,Close Date,Created Date\n"
    deals = "Proposal,Fans,1,100,20/11/2026,03/08/2026\n,Kettles,2,50,20/11/2026,03/08/2026\n"
    text = head + deals + "Subtotal,,,150,,\nTotal,,,150,,\n"
    with pytest.raises(InputError) as error:
        load(shop, "salesforce_opportunities", f"x.{form}", workbook(text) if form == "xlsx" else text)
    assert str(error.value.problems[0]) == (
        f"raw/x_2026-10-31.{form}, row 4: found Subtotal, expected a plain list, one record a row. "
        "Next: export the report as 'Details Only'."
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0065g00000AbCdEAAV", "0065g00000AbCdE"),
        ("0065g00000AbCdE", "0065g00000AbCdE"),
        ("0065g00000AbCdEAAA", "0065g00000AbCdEAAA"),
        ("0065g00000AbCdeAAV", "0065g00000AbCdeAAV"),
        ("OPP-2026-000000017", "OPP-2026-000000017"),
    ],
)
def test_fifteen_and_eighteen_characters_are_one_record_only_where_the_last_three_check(shop, written, read):
    text = f"Opportunity Name,Stage,Close Date,Created Date,Opportunity ID\nA,Won,20/11/2026,03/08/2026,{written}\n"
    assert pick(load(shop, "salesforce_opportunities", "x.csv", text), "opportunities", "opportunity_id") == [(read,)]


def test_the_object_itself_names_its_fields_and_marks_what_was_deleted(shop):
    head = "Id,IsDeleted,AccountId,Name,StageName,Amount,Probability,CloseDate,IsClosed,IsWon,OwnerId,CreatedDate\n"
    rows = (
        "0065g00000AbCdEAAV,false,0015g00000QwErTAAV,Fans,Ký,70,100.0,2026-10-09,true,true,U1,2026-09-30T18:30:00.000Z\n"
        "0065g00000AbCdF,true,,Kettles,Demo,30,20.0,2026-10-09,false,false,U1,2026-09-30T10:00:00.000Z\n"
    )
    loaded = load(shop, "salesforce_opportunities", "x.csv", head + rows)
    columns = ("opportunity_id", "account_id", "is_won", "probability", "created_on", "person_id")
    assert pick(loaded, "opportunities", *columns) == [
        ("0065g00000AbCdE", "0015g00000QwErT", True, 100 * SHARE, date(2026, 10, 1), "U1")
    ]
    assert fates(loaded) == [("quarantined", "deleted", 1)]
    assert loaded.amounts.filter(source="crm").select("amount_kept", "amount_quarantined").row(0) == (70_0000, 30_0000)


def test_salesforce_leads(shop):
    loaded = load(shop, "salesforce_leads", "salesforce_leads.csv")
    assert pick(loaded, "leads", "lead_id", "name", "account_name", "email", "phone", "status", "region") == [
        (
            "Khách sạn Biển Xanh · Dũng · Phạm · 2026-10-18", "Dũng Phạm", "Khách sạn Biển Xanh", None, None,
            "Open - Not Contacted", "Miền Trung",
        ),
        (
            "Total Cơ Khí Bình Tân · Hoa · Nguyễn Thị · 2026-10-02", "Hoa Nguyễn Thị", "Total Cơ Khí Bình Tân",
            "hoa.nt@phuloc.example", "+84912345678", "Closed - Converted", "Miền Nam",
        ),
    ]  # fmt: skip
    assert pick(loaded, "leads", "created_on", "converted_on", "opportunity_id") == [
        (date(2026, 10, 18), None, None),
        (date(2026, 10, 2), date(2026, 10, 15), "0065g00000AbCdE"),
    ]
    assert counts(loaded) == (2, 2, 0, 0, 0)
    assert warnings(loaded).startswith("no column Lead ID: rows are told apart by Company / Account, First Name, ")


def test_a_salesforce_history_tells_changes_and_becomes_visits(shop):
    loaded = load(shop, "salesforce_stage_history", "salesforce_stage_history.csv")
    assert pick(loaded, "opportunity_stage_history", "opportunity_id", "stage", "entered_on", "left_on") == [
        ("0065g00000AbCdE", "Negotiation", date(2026, 8, 20), None),
        ("0065g00000AbCdE", "Proposal", date(2026, 8, 13), date(2026, 8, 20)),
        ("0065g00000AbCdE", "Qualified", date(2026, 8, 3), date(2026, 8, 13)),
        ("0065g00000AbCdE", "Visit", date(2026, 8, 13), date(2026, 8, 13)),
    ]  # fmt: skip
    assert counts(loaded) == (5, 4, 0, 0, 1)
    assert fates(loaded) == [("left_out", "not_asked_for", 1)]


def test_changes_of_one_day_are_told_apart_by_their_hour(shop):
    head = "Opportunity ID,To Stage,Edit Date\n"
    rows = '1,C,"20/08/2026, 4:05 PM"\n1,A,"13/08/2026, 9:05 AM"\n1,B,"20/08/2026, 10:05 AM"\n'
    loaded = load(shop, "salesforce_stage_history", "x.csv", head + rows)
    assert pick(loaded, "opportunity_stage_history", "stage", "entered_on", "left_on") == [
        ("A", date(2026, 8, 13), date(2026, 8, 20)),
        ("B", date(2026, 8, 20), date(2026, 8, 20)),
        ("C", date(2026, 8, 20), None),
    ]


def test_a_history_that_names_its_visits_keeps_their_ends(shop):
    text = "Opportunity ID,Stage,Entered On,Left On\n1,A,13/10/2026,14/10/2026\n1,B,20/10/2026,\n1,A,25/10/2026,\n"
    loaded = load(shop, "salesforce_stage_history", "x.csv", text)
    assert pick(loaded, "opportunity_stage_history", "stage", "entered_on", "left_on") == [
        ("A", date(2026, 10, 13), date(2026, 10, 14)),
        ("A", date(2026, 10, 25), None),
        ("B", date(2026, 10, 20), date(2026, 10, 25)),
    ]


def test_a_history_without_number_of_the_deal_needs_what_stands_for_it(shop):
    head = "Opportunity Name,From Stage,To Stage,Stage Duration,Edited By,Edit Date"
    row = "Máy lạnh,Visit,Proposal,7,Mai,20/08/2026"
    with pytest.raises(InputError, match="no column Opportunity ID among .*, expected a column for opportunity_id"):
        load(shop, "salesforce_stage_history", "x.csv", f"{head}\n{row}\n")
    text = f"{head},Account Name,Created Date\n{row},Phú Lộc,03/08/2026\n"
    loaded = load(shop, "salesforce_stage_history", "x.csv", text)
    assert pick(loaded, "opportunity_stage_history", "opportunity_id") == [("Phú Lộc · Máy lạnh · 2026-08-03",)]


def test_salesforce_accounts(shop):
    loaded = load(shop, "salesforce_accounts", "salesforce_accounts.csv")
    columns = ("account_id", "name", "phone", "domain", "customer_group", "size", "person_id", "created_on")
    assert pick(loaded, "accounts", *columns) == [
        (
            "0015g00000QwErT", "Công ty TNHH Điện máy Phú Lộc", "+842838221234", "phuloc.example", "Dealer", "120",
            "Trần Thị Mai", date(2024, 3, 12),
        ),
        (
            "0015g00000QwErU", "Total Energies Hải Phòng", None, None, "Project", None, "Lê Văn Quân",
            date(2025, 5, 13),
        ),
    ]  # fmt: skip


def test_salesforce_contacts_that_were_there_on_the_day(shop):
    loaded = load(shop, "salesforce_contacts", "salesforce_contacts.csv")
    columns = ("contact_id", "name", "account_id", "email", "phone", "phone_as_written", "created_on")
    assert pick(loaded, "contacts", *columns) == [
        (
            "0035g00000ZxCvB", "Hoa Nguyễn Thị", "0015g00000QwErT", "hoa.nt@phuloc.example", "+84912345678",
            "+84 912 345 678", date(2024, 3, 12),
        ),
        ("0035g00000ZxCvC", "Dũng Total", None, None, None, "hotline 24/7", date(2026, 10, 18)),
    ]  # fmt: skip
    assert fates(loaded) == [("left_out", "after_as_of", 1)]


def test_salesforce_activities_are_done_when_they_say_so(shop):
    loaded = load(shop, "salesforce_activities", "salesforce_activities.csv")
    assert pick(loaded, "activities", "activity_id", "activity_type", "due_on", "done_on", "opportunity_id") == [
        ("00T5g00000AaBbC", "Call", date(2026, 10, 20), date(2026, 10, 21), "0065g00000AbCdE"),
        ("00T5g00000AaBbD", "Email", date(2026, 10, 22), date(2026, 10, 22), "0065g00000AbCdE"),
        ("00T5g00000AaBbE", "Task", date(2026, 10, 28), None, None),
        ("00U5g00000AaBbF", "Event", date(2026, 10, 30), date(2026, 10, 30), None),
        ("00U5g00000AaBbG", "Event", date(2026, 11, 5), None, None),
    ]  # fmt: skip


# --- HubSpot ---------------------------------------------------------------------------------------------------------


def test_hubspot_deals_and_the_stages_they_entered(shop):
    loaded = load(shop, "hubspot_deals", "hubspot_deals.csv")
    columns = ("opportunity_id", "stage", "pipeline", "amount", "account_id", "account_name", "probability")
    assert pick(loaded, "opportunities", *columns) == [
        (
            "9001", "Contract Sent", "Sales Pipeline", 1250000000, "701", "Công ty TNHH Điện máy Phú Lộc", 90 * SHARE,
        ),
        ("9002", "Closed Won", "Sales Pipeline", 80000000, None, None, 100 * SHARE),
        ("9003", "In use", "Renewals", None, None, None, None),
    ]  # fmt: skip
    assert pick(loaded, "opportunities", "is_closed", "is_won", "created_on", "close_on") == [
        (False, False, date(2026, 8, 3), date(2026, 11, 20)),
        (True, True, date(2026, 9, 30), date(2026, 10, 9)),
        (False, False, date(2026, 10, 1), None),
    ]
    assert pick(loaded, "opportunity_stage_history", "opportunity_id", "stage", "entered_on", "left_on") == [
        ("9001", "Appointment Scheduled", date(2026, 8, 3), date(2026, 10, 12)),
        ("9001", "Contract Sent", date(2026, 10, 12), None),
        ("9002", "Appointment Scheduled", date(2026, 9, 30), date(2026, 10, 9)),
        ("9002", "Closed Won", date(2026, 10, 9), None),
        ("9002", "Contract Sent", date(2026, 10, 9), date(2026, 10, 9)),
        ("9003", "In use", date(2026, 10, 1), None),
    ]  # fmt: skip


def test_every_hubspot_row_and_stage_has_a_fate_and_merged_deals_are_merged(shop):
    loaded = load(shop, "hubspot_deals", "hubspot_deals.csv")
    assert counts(loaded) == (4 + 7, 3 + 6, 0, 2, 0)
    assert fates(loaded) == [("merged", "absorbed", 2)]
    money = loaded.amounts.filter(source="crm").select("table", "amount_read", "amount_kept", "amount_merged")
    assert money.rows() == [("opportunities", 1_410_000_000_0000, 1_330_000_000_0000, 80_000_000_0000)]


def test_an_earlier_snapshot_keeps_a_deal_that_was_merged_later(shop):
    head = 'Record ID,Deal Name,Deal Stage,Create Date,Merged Deal IDs,"Date entered ""Demo (Sales)"""\n'
    files = {
        "raw/2026-09-30.csv": head + "1,Fans,Demo,2026-09-01,,2026-09-02\n2,Fans,Demo,2026-09-03,,2026-09-03\n",
        "raw/2026-10-31.csv": head + "3,Fans,Demo,2026-09-01,1; 2,2026-09-02\n",
    }
    crm = {"kind": "hubspot_deals", "files": "raw/*", "received_on": DAY}
    loaded = shop.write({**files, **TICKET}, {"crm": crm, "desk": TICKETS}).load()
    assert pick(loaded, "opportunities", "snapshot_on", "opportunity_id") == [
        (date(2026, 9, 30), "1"), (date(2026, 9, 30), "2"), (date(2026, 10, 31), "3"),
    ]  # fmt: skip
    assert pick(loaded, "opportunity_stage_history", "opportunity_id") == [("3",)]


def test_a_later_hubspot_export_repeats_the_visits(shop):
    text = (FILES / "hubspot_deals.csv").read_text("utf-8")
    crm = {"kind": "hubspot_deals", "files": "raw/*", "received_on": DAY}
    files = {"raw/2026-10-15.csv": text, "raw/2026-10-31.csv": text}
    loaded = shop.write({**files, **TICKET}, {"crm": crm, "desk": TICKETS}).load()
    assert loaded.tables["opportunities"]["snapshot_on"].value_counts(sort=True)["count"].to_list() == [3, 3]
    assert loaded.tables["opportunity_stage_history"].height == 6
    assert not loaded.quarantine.height


@pytest.mark.parametrize(
    ("written", "pipeline", "stage"),
    [
        ("closedwon", "Sales Pipeline", "Đã chốt"),
        ("Closed Won (Sales Pipeline)", "Sales Pipeline", "Đã chốt"),
        ("Closed won", "", "Đã chốt"),
        ("dachot", "", "Đã chốt"),
        ("Demo (second)", "Sales Pipeline", "Demo (second)"),
        ("qualifiedtobuy", "", "Qualified To Buy"),
        ("Archive", "", "Archive"),
    ],
)
def test_stages_are_spelled_as_the_funnel_spells_them(shop, written, pipeline, stage):
    funnel = {"funnel": {"stages": ["Qualified To Buy", "Demo (second)"], "won": "Đã chốt"}}
    text = f"Record ID,Deal Name,Deal Stage,Pipeline,Create Date\n1,Fans,{written},{pipeline},2026-10-01\n"
    values = {"opportunities.stage": {"closedwon": "Đã chốt", "Closed Won*": "Đã chốt", "*": "*"}}
    loaded = load(shop, "hubspot_deals", "x.csv", text, company=funnel, values=values)
    assert pick(loaded, "opportunities", "stage", "is_won") == [(stage, stage == "Đã chốt")]


@pytest.mark.parametrize(
    "header",
    [
        'Date entered "Demo (Sales Pipeline)"',
        "Date entered “Demo (Sales)”",
        'date entered "Demo"',
        "hs_date_entered_demo",
    ],
)
def test_a_stage_is_told_by_its_header(shop, header):
    quoted = '"' + header.replace('"', '""') + '"'
    text = f"Record ID,Deal Name,Deal Stage,Create Date,{quoted}\n1,Fans,Demo,2026-10-01,2026-10-02\n"
    loaded = load(shop, "hubspot_deals", "x.csv", text, company={"funnel": {"stages": ["Demo"]}})
    assert pick(loaded, "opportunity_stage_history", "stage", "entered_on") == [("Demo", date(2026, 10, 2))]


def test_hubspot_by_internal_names(shop):
    head = "hs_object_id,dealname,dealstage,pipeline,amount,createdate,closedate,hs_v2_date_entered_closedwon\n"
    loaded = load(
        shop, "hubspot_deals", "x.csv", head + "1,Fans,closedwon,default,5,2026-10-01,2026-10-09,2026-10-09\n"
    )
    assert pick(loaded, "opportunities", "stage", "amount", "is_won") == [("Closed Won", 5, True)]
    assert pick(loaded, "opportunity_stage_history", "stage", "entered_on") == [("Closed Won", date(2026, 10, 9))]


def test_hubspot_contacts(shop):
    loaded = load(shop, "hubspot_contacts", "hubspot_contacts.csv", tabs((FILES / "hubspot_contacts.csv").read_text()))
    assert pick(loaded, "contacts", "contact_id", "name", "email", "phone", "account_id", "lifecycle_stage") == [
        ("501", "Hoa Nguyễn Thị", "hoa.nt@phuloc.example", "+84912345678", "701", "Customer"),
        ("502", "Dũng Phạm", None, None, None, "Lead"),
    ]
    assert fates(loaded) == [("merged", "absorbed", 1)]


def test_hubspot_companies(shop):
    loaded = load(shop, "hubspot_companies", "hubspot_companies.csv")
    assert pick(loaded, "accounts", "account_id", "name", "domain", "phone", "region", "person_id") == [
        ("701", "Công ty TNHH Điện máy Phú Lộc", "phuloc.example", "+842838221234", "Hồ Chí Minh", "Trần Thị Mai"),
        ("702", "khophuloc.example", "khophuloc.example", None, None, None),
    ]


def test_hubspot_tickets(shop):
    loaded = load(shop, "hubspot_tickets", "hubspot_tickets.csv")
    assert pick(loaded, "tickets", "ticket_id", "opened_at", "closed_at", "customer_id", "topic") == [
        ("31", datetime(2026, 10, 5, 8, 30), datetime(2026, 10, 6, 17), "hubspot:501", "Product issue"),
        ("32", datetime(2026, 10, 30, 23, 50), None, None, None),
    ]
    assert loaded.tables["customers"].select("customer_id", "name").rows() == [("hubspot:501", "Hoa Nguyễn Thị")]


def test_hubspot_calls_and_meetings_happen_on_their_date_and_tasks_when_they_are_completed(shop):
    loaded = load(shop, "hubspot_activities", "hubspot_activities.csv")
    columns = ("activity_id", "activity_type", "due_on", "done_on", "opportunity_id", "contact_id")
    assert pick(loaded, "activities", *columns) == [
        ("61", "Call", date(2026, 10, 20), date(2026, 10, 20), "9001", "501"),
        ("62", "Meeting", date(2026, 11, 4), None, "9001", None),
    ]
    tasks = load(shop, "hubspot_activities", "hubspot_activities.tasks.csv")
    assert pick(tasks, "activities", *columns)[-2:] == [
        ("71", "To-do", date(2026, 10, 22), date(2026, 10, 22), "9001", None),
        ("72", "Call", date(2026, 10, 23), None, None, None),
    ]


def test_one_pipeline_of_several_is_taken_with_its_visits(shop):
    loaded = load(shop, "hubspot_deals", "hubspot_deals.csv", only="pipeline = 'Renewals'")
    assert pick(loaded, "opportunities", "opportunity_id") == [("9003",)]
    assert pick(loaded, "opportunity_stage_history", "opportunity_id") == [("9003",)]
    assert fates(loaded) == [("left_out", "not_asked_for", 7), ("merged", "absorbed", 2)]


DEALS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", ""]),
        st.lists(st.sampled_from(["", "2026-10-09", "2027-01-01", "x"]), max_size=3),
    ),
    max_size=6,
)


@given(DEALS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_deal_and_every_filled_stage_is_counted_once(shop, deals):
    head = "Record ID,Deal Name,Deal Stage,Create Date,Amount" + "".join(f",hs_date_entered_s{i}" for i in range(3))
    rows = [f"{number},Fans,Demo,2026-10-01,70,{','.join([*days, '', '', ''][:3])}" for number, days in deals]
    loaded = load(shop, "hubspot_deals", "x.csv", "\n".join([head, "9,Fans,Demo,2026-10-01,70,,,", *rows, ""]))
    filled = sum(day != "" for _, days in deals for day in days)
    read, *by_fate = counts(loaded)
    assert read == sum(by_fate) == 1 + len(deals) + filled
    amount = loaded.amounts.filter(source="crm", table="opportunities")["amount_read"].sum()
    assert amount == 70_0000 * (1 + len(deals))


# --- Zoho, Pipedrive -------------------------------------------------------------------------------------------------


def test_the_close_of_a_closed_zoho_deal_is_estimated_and_marked(shop):
    loaded = load(shop, "zoho_deals", "zoho_deals.csv")
    assert pick(loaded, "opportunities", "opportunity_id", "stage", "close_on", "is_close_estimated", "is_won") == [
        ("4150000001", "Negotiation/Review", date(2026, 11, 20), None, False),
        ("4150000002", "Closed Won", date(2026, 10, 9), True, True),
        ("4150000003", "Closed Lost", date(2026, 10, 5), True, False),
    ]  # fmt: skip
    assert pick(loaded, "opportunities", "account_id", "amount", "probability", "lost_reason") == [
        ("4170000001", 1250000000, 75 * SHARE, None),
        (None, 80000000, 100 * SHARE, None),
        (None, 34000000, 0, "Giá"),
    ]


@pytest.mark.parametrize(
    ("closing", "modified", "closed", "close", "estimated"),
    [
        ("2026-10-08", "2026-10-09 11:00:00", "", date(2026, 10, 8), True),
        ("2026-10-09", "2026-10-09 11:00:00", "", date(2026, 10, 9), True),
        ("2026-10-10", "2026-10-09 11:00:00", "", date(2026, 10, 9), True),
        ("", "2026-10-09 11:00:00", "", date(2026, 10, 9), True),
        ("2026-10-10", "2026-10-09 11:00:00", "2026-10-07", date(2026, 10, 7), None),
    ],
)
def test_a_deal_was_closed_no_later_than_it_was_changed(shop, closing, modified, closed, close, estimated):
    head = "Record Id,Deal Name,Stage,Closing Date,Created Time,Modified Time,Closed Time\n"
    text = head + f"1,Fans,Closed Won,{closing},2026-09-01 08:00:00,{modified},{closed}\n"
    loaded = load(shop, "zoho_deals", "x.csv", text.encode("utf-8-sig"))
    assert pick(loaded, "opportunities", "close_on", "is_close_estimated") == [(close, estimated)]


def test_zoho_leads(shop):
    loaded = load(shop, "zoho_leads", "zoho_leads.csv")
    assert pick(loaded, "leads", "lead_id", "name", "status", "created_on", "converted_on", "opportunity_id") == [
        ("4190000001", "Hoa Nguyễn Thị", "Contacted", date(2026, 10, 2), date(2026, 10, 15), "4150000001"),
        ("4190000002", "Phạm", "-None-", date(2026, 10, 18), None, None),
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_closed_pipedrive_deal_keeps_its_stage_and_takes_the_day_of_its_status(shop, form):
    text = (FILES / "pipedrive_deals.csv").read_text("utf-8")
    loaded = load(shop, "pipedrive_deals", f"x.{form}", workbook(text) if form == "xlsx" else text)
    assert pick(loaded, "opportunities", "opportunity_id", "stage", "is_closed", "is_won", "close_on") == [
        ("11", "Proposal", False, False, date(2026, 11, 20)),
        ("12", "Negotiation", True, True, date(2026, 10, 9)),
        ("13", "Proposal", True, False, date(2026, 10, 15)),
    ]  # fmt: skip
    assert pick(loaded, "opportunities", "account_name", "amount", "probability", "lost_reason") == [
        ("Phú Lộc", 1250000000, 60 * SHARE, None),
        ("Sen Vàng", 80000000, None, None),
        ("Biển Xanh", 34000000, None, "Giá"),
    ]
    assert fates(loaded) == [("quarantined", "deleted", 1)]


@pytest.mark.parametrize(
    ("written", "shares"),
    [(["0.6", "1"], [60, 100]), (["60", "1"], [60, 1]), (["1", ""], [100, None]), (["100", "0"], [100, 0])],
)
def test_a_column_of_probabilities_is_in_percent_where_one_is_above_one(shop, written, shares):
    head = "Deal - ID,Deal - Title,Deal - Status,Deal - Stage,Deal - Deal created,Deal - Probability\n"
    rows = "".join(f"{i},Fans,Open,Demo,2026-10-01,{share}\n" for i, share in enumerate(written))
    loaded = load(shop, "pipedrive_deals", "x.csv", head + rows)
    expected = [(None if share is None else share * SHARE,) for share in shares]
    assert pick(loaded, "opportunities", "probability") == expected


def test_a_pipedrive_status_that_nobody_knows_waits(shop):
    head = "Deal - ID,Deal - Title,Deal - Status,Deal - Stage,Deal - Deal created\n"
    loaded = load(shop, "pipedrive_deals", "x.csv", head + "1,Fans,Gewonnen,Demo,2026-10-01\n")
    assert loaded.quarantine.select("reason", "field", "found").rows() == [("unknown_value", "status", "Gewonnen")]


# --- help desks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["utf-8", "tabs", "xlsx"])
def test_a_ticket_that_was_opened_again_has_no_end(shop, form):
    text = (FILES / "helpdesk_tickets.csv").read_text("utf-8")
    data = tabs(text) if form == "tabs" else workbook(text) if form == "xlsx" else text
    loaded = load(shop, "helpdesk_tickets", "x.xlsx" if form == "xlsx" else "x.csv", data)
    columns = ("ticket_id", "opened_at", "closed_at", "customer_id", "topic", "satisfaction")
    assert pick(loaded, "tickets", *columns) == [
        ("1001", datetime(2026, 10, 5, 8, 30), datetime(2026, 10, 6, 17), "helpdesk:77001", "Problem", 5),
        ("1002", datetime(2026, 10, 20, 10), None, "helpdesk:dung@bienxanh.example", "Task", None),
    ]
    assert fates(loaded) == [("quarantined", "deleted", 1)]
    assert loaded.tables["customers"].select("name", "email").rows() == [
        ("Hoa Nguyễn Thị", "hoa.nt@phuloc.example"), ("Dũng Phạm", "dung@bienxanh.example"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "score"),
    [("1", 1), ("5", 5), ("Good", 5), ("Not Offered", None), ("", None), ("0", "0"), ("6", "6"), ("-1", "-1")],
)
def test_a_score_of_another_scale_waits(shop, written, score):
    head = "Ticket ID,Created time,Closed time,Status,Full name,Survey results\n"
    loaded = load(shop, "helpdesk_tickets", "x.csv", head + f"1,2026-10-05 08:30,,Open,Hoa,{written}\n")
    if isinstance(score, str):
        assert loaded.quarantine.select("reason", "field", "found").rows() == [("other_scale", "satisfaction", score)]
    else:
        assert pick(loaded, "tickets", "satisfaction") == [(score,)]


def test_the_first_reply_and_the_times_of_opening_again_are_read_where_the_system_tells_them(shop):
    head = "Ticket ID,Created time,Initial response time,Closed time,Status,Full name,Reopens\n"
    loaded = load(shop, "helpdesk_tickets", "x.csv", head + "1,2026-10-05 08:30,2026-10-05 09:10,,Open,Hoa,2\n")
    assert pick(loaded, "tickets", "first_reply_at", "reopens") == [(datetime(2026, 10, 5, 9, 10), 2)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1258"])
def test_a_vietnamese_list_of_tickets(shop, encoding):
    text = (FILES / "helpdesk_tickets.vietnamese.csv").read_text("utf-8")
    data = text.encode(encoding) if encoding != "cp1258" else as_cp1258(text)
    loaded = load(shop, "helpdesk_tickets", "x.csv", data)
    columns = ("ticket_id", "opened_at", "closed_at", "product_group", "region", "topic", "satisfaction")
    assert pick(loaded, "tickets", *columns) == [
        ("PH01", datetime(2026, 10, 13, 8, 30), datetime(2026, 10, 14, 17), "Máy lạnh", "Miền Nam", "Bảo hành", 5),
        ("PH02", datetime(2026, 10, 20, 10), None, "Bếp từ", "Miền Trung", "Lắp đặt", None),
        ("PH03", datetime(2026, 10, 21, 10), datetime(2026, 10, 22, 10), "Quạt", "Miền Bắc", "Bảo hành", 2),
    ]  # fmt: skip
    assert pick(loaded, "tickets", "customer_id")[0] == ("helpdesk:+84912345678",)


def as_cp1258(text):
    """Vietnamese as the code page of old Windows writes it: a letter, then its tone."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    written = []
    for letter in text:
        apart = unicodedata.normalize("NFD", letter)
        tone = "".join(c for c in apart if c in tones)
        written.append(unicodedata.normalize("NFC", "".join(c for c in apart if c not in tones)) + tone)
    return "".join(written).encode("cp1258")
