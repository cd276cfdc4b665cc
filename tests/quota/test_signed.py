"""Signed quotas: what a version covers, what it leaves, who may sign what, and that pay takes the signed number."""

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from revops import incentives, pipeline
from revops.cli import main
from revops.ingest import load
from revops.ingest.signed import in_force, signed
from revops.problems import InputError
from revops.quota.contracts import QuotaWhy
from revops.quota.signed import Signature, add, versions
from revops.report.quota import handed
from revops.run.manifest import sha256
from revops.tables import schema_of
from revops.workspace import open_workspace

D = date
QUOTAS = schema_of("quotas")
JAN, FEB, MAR, APR, JUL, END = (D(2026, month, 1) for month in (1, 2, 3, 4, 7, 12))


def sheet(*rows, measure="revenue"):
    """Quotas of the planning sheet: (person, first day, first day after, amount)."""
    told = [(who, measure, start, end, amount, "q", "q.csv", n + 2) for n, (who, start, end, amount) in enumerate(rows)]
    return pl.DataFrame(told, QUOTAS, orient="row")


def version(number, *rows):
    """The rows of a signed version as a run sees them."""
    return sheet(*rows).with_columns(version=pl.lit(number, pl.Int64))


def spans(frame):
    return [(str(s), str(e), q) for s, e, q in frame.select("start_on", "end_on", "quota_amount").iter_rows()]


QUARTER = sheet(("a", JAN, APR, 900))  # 31 + 28 + 31 days of 10 each


@pytest.mark.parametrize(
    ("start", "end", "left"),
    [
        (JAN, APR, []),
        (D(2026, 1, 2), APR, [("2026-01-01", "2026-01-02", 10)]),
        (FEB, APR, [("2026-01-01", "2026-02-01", 310)]),
        (D(2026, 3, 31), END, [("2026-01-01", "2026-03-31", 890)]),
        (APR, END, [("2026-01-01", "2026-04-01", 900)]),
        (JAN, MAR, [("2026-03-01", "2026-04-01", 310)]),
        (FEB, MAR, [("2026-01-01", "2026-02-01", 310), ("2026-03-01", "2026-04-01", 310)]),
    ],
)
def test_a_version_takes_its_days_and_leaves_the_parts_outside(start, end, left):
    found = in_force(QUARTER, version(1, ("b", start, end, 7)))
    assert spans(found.filter(pl.col("person_id") == "a")) == left
    assert spans(found.filter(pl.col("person_id") == "b")) == [(str(start), str(end), 7)]


def test_a_version_is_whole_who_is_not_in_it_has_no_quota_on_its_days():
    found = in_force(sheet(("a", JAN, FEB, 1), ("gone", JAN, FEB, 2)), version(1, ("a", JAN, FEB, 5)))
    assert found.select("person_id", "quota_amount").rows() == [("a", 5)]


def test_another_measure_stays():
    units = sheet(("a", JAN, APR, 3), measure="units")
    found = in_force(pl.concat([QUARTER, units]), version(1, ("a", JAN, APR, 5)))
    assert found.select("measure", "quota_amount").rows() == [("revenue", 5), ("units", 3)]


def test_the_latest_version_of_a_day_wins_and_earlier_days_keep_the_former():
    both = pl.concat([version(2, ("a", MAR, APR, 50)), version(1, ("a", FEB, MAR, 20), ("a", MAR, APR, 30))])
    assert spans(in_force(QUARTER, both)) == [
        ("2026-01-01", "2026-02-01", 310),
        ("2026-02-01", "2026-03-01", 20),
        ("2026-03-01", "2026-04-01", 50),
    ]


def test_a_signed_quota_leads_to_its_row():
    row = in_force(QUARTER, version(1, ("a", FEB, MAR, 20))).row(1, named=True)
    assert (row["source"], row["file"], row["row"]) == ("signed", "record/quotas.csv", 2)


MONTHS = [D(2026, month, 1) for month in range(1, 13)] + [D(2027, 1, 1)]
SPANS = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), max_size=4)
AMOUNTS = st.lists(st.integers(0, 10**12), min_size=12, max_size=12)


@given(AMOUNTS, SPANS, st.randoms())
def test_after_any_versions_each_day_has_one_quota_that_of_the_last_version_over_it(amounts, found, order):
    rows = [("a", MONTHS[n], MONTHS[n + 1], amount) for n, amount in enumerate(amounts)]
    holds, signed_rows = list(amounts), [version(0)]
    for number, (start, length) in enumerate(found, 1):
        end = min(12, start + length)
        signed_rows.append(version(number, *(("a", MONTHS[n], MONTHS[n + 1], number) for n in range(start, end))))
        holds[start:end] = [number] * (end - start)
    mixed = pl.concat(signed_rows).sample(fraction=1, shuffle=True, seed=order.randrange(99))
    result = in_force(sheet(*rows), mixed)
    assert result["quota_amount"].to_list() == holds
    assert result["start_on"].to_list() == MONTHS[:12]


@given(st.integers(-(10**15), 10**15), st.dates(D(2026, 1, 2), D(2026, 12, 30)), st.integers(1, 200))
def test_the_parts_of_a_cut_period_sum_to_it(amount, day, length):
    whole = sheet(("a", JAN, D(2027, 1, 1), amount))
    one = version(1, ("b", JAN, day, 1))
    two = version(1, ("b", day, D(2027, 1, 1), 1))
    parts = [in_force(whole, cut).filter(pl.col("person_id") == "a")["quota_amount"].sum() for cut in (one, two)]
    assert sum(parts) == amount


# --- signing ----------------------------------------------------------------------------------------------------------


def months(amount=100, people=("NV-1",), year=2027, over=0):
    """What the planning desk proposes: an amount a month each."""
    return pl.DataFrame(
        [
            {"person_id": who, "month_on": D(year, month, 1), "base_amount": amount, "quota_amount": amount + over,
             "is_manager": False}
            for who in people
            for month in range(1, 13)
        ]
    )  # fmt: skip


NOVEMBER = D(2026, 11, 22)


def by(day=NOVEMBER, scenario="last_year"):
    return Signature("2026-10", day, "NV-9", "The board agreed.", scenario, "abc")


def test_a_version_is_added_with_who_when_why_and_what(tmp_path):
    add(tmp_path, months(over=5), by())
    text = (tmp_path / "record/quotas.csv").read_text().splitlines()
    assert text[:2] == [
        "period,made_on,version,by,reason,scenario,inputs_id,person_id,measure,start_on,end_on,base_amount,"
        "quota_amount,is_manager",
        "2026-10,2026-11-22,1,NV-9,The board agreed.,last_year,abc,NV-1,revenue,2027-01-01,2027-02-01,100,105,false",
    ]
    assert len(text) == 13


def test_a_change_within_the_year_is_a_version_of_its_own_and_nothing_is_deleted(tmp_path):
    add(tmp_path, months(100), by())
    first = (tmp_path / "record/quotas.csv").read_text()
    add(tmp_path, months(200), by(D(2027, 6, 20), "market"), D(2027, 7, 1))
    assert (tmp_path / "record/quotas.csv").read_text().startswith(first)
    found = versions(tmp_path).select("version", "scenario", "start_on", "end_on", "quota_amount").rows()
    year_end = D(2028, 1, 1)
    assert found == [
        (1, "last_year", D(2027, 1, 1), year_end, 1200),
        (2, "market", D(2027, 7, 1), year_end, 1200),
    ]
    held = in_force(sheet(), signed(tmp_path))["quota_amount"].to_list()
    assert held == [100] * 6 + [200] * 6


def test_a_change_within_a_month_takes_its_part_by_days(tmp_path):
    add(tmp_path, months(3100), by())
    add(tmp_path, months(6200), by(), D(2027, 1, 11))
    assert spans(in_force(sheet(), signed(tmp_path)))[:3] == [
        ("2027-01-01", "2027-01-11", 1000),
        ("2027-01-11", "2027-02-01", 4200),
        ("2027-02-01", "2027-03-01", 6200),
    ]


def test_a_run_sees_what_was_signed_before_its_day(tmp_path):
    add(tmp_path, months(), by(D(2026, 11, 22)))
    assert [signed(tmp_path, day).height for day in (D(2026, 11, 22), D(2026, 11, 23))] == [0, 12]


def test_months_without_a_quota_are_no_quota_periods(tmp_path):
    joins = pl.when(pl.col("month_on") >= D(2027, 4, 1)).then("quota_amount").otherwise(0)
    assert add(tmp_path, months().with_columns(quota_amount=joins), by())["start_on"].min() == D(2027, 4, 1)


@pytest.mark.parametrize("start", [D(2026, 12, 31), D(2028, 1, 1)])
def test_a_first_day_outside_the_year_is_refused(tmp_path, start):
    with pytest.raises(InputError) as refused:
        add(tmp_path, months(), by(), start)
    assert str(refused.value) == (
        f"--from: found {start}, expected a day from 2027-01-01 to before 2028-01-01. Next: correct the day."
    )
    assert not (tmp_path / "record/quotas.csv").exists()


def test_a_version_that_another_would_outlast_is_refused(tmp_path):
    add(tmp_path, months(year=2027), by())
    add(tmp_path, months(year=2028), by())
    with pytest.raises(InputError) as refused:
        add(tmp_path, months(year=2027).with_columns(pl.col("month_on").dt.offset_by("6mo")), by())
    assert str(refused.value) == (
        "record/quotas.csv: found version 2 from 2028-01-01 to before 2029-01-01, in part under one from 2027-07-01 "
        "to before 2028-07-01, expected a version that covers it whole, or starts with it. "
        "Next: sign with --from 2028-01-01."
    )
    assert versions(tmp_path)["version"].to_list() == [1, 2]


def test_two_at_once_are_two_versions(tmp_path):
    with ThreadPoolExecutor(8) as at_once:
        list(at_once.map(lambda n: add(tmp_path, months(n + 1), by()), range(8)))
    found = versions(tmp_path)
    assert found["version"].to_list() == list(range(1, 9))
    assert sorted(found["quota_amount"]) == [12 * n for n in range(1, 9)]
    assert [path.name for path in (tmp_path / "record").iterdir()] == ["quotas.csv"]


# --- the command ------------------------------------------------------------------------------------------------------

SCENARIOS = {"last_year": 100, "market": 120}


def person(key, name):
    return {
        "person_id": key,
        "start_on": D(2020, 1, 1),
        "name": name,
        "role": "seller",
        "region": "North",
        "channel": None,
        "manager_id": None,
    }


@pytest.fixture
def shop(tmp_path):
    """A company with one finished run that shows two scenarios."""
    company, report = tmp_path / "shop", tmp_path / "reports" / "shop" / "2026-10"
    (report / "tables").mkdir(parents=True)
    company.mkdir()
    (company / "company.yaml").write_text("name: Tiệm\ncurrency: USD\nmoney_decimals: 2\n")
    shown = [months(amount, ("NV-1", "NV-2")).with_columns(scenario=pl.lit(key)) for key, amount in SCENARIOS.items()]
    proposed = pl.concat(shown).with_columns(
        is_chosen=pl.col("scenario") == "last_year", quota_year=pl.lit("2027"), present=pl.lit(1.0)
    )
    parts = months(50, ("NV-1", "NV-2")).select("person_id", "month_on", "quota_amount", scenario=pl.lit("last_year"))
    for name, frame in {
        "quota_proposed": proposed,
        "quota_parts": pl.concat([parts.with_columns(factor=pl.lit(factor)) for factor in ("Fans", "Pans")]),
        "quota_why": pl.DataFrame(schema=dict.fromkeys(QuotaWhy.columns(), pl.String)),
        "people": pl.DataFrame([person("NV-1", "An"), person("NV-2", "Bình")]),
    }.items():
        frame.write_parquet(report / f"tables/{name}.parquet")
    manifest(report, tables={"quota_proposed": {"sha256": sha256(report / "tables/quota_proposed.parquet")}})
    return tmp_path


def manifest(report, **more):
    whole = {"as_of": "2026-10-31", "inputs_id": "abc", "identities": {"03_quota": [{"difference": 0}]}}
    path = report / "run.json"
    known = json.loads(path.read_text()) if path.exists() else whole
    path.write_text(json.dumps(known | more))


GIVEN = ("--period", "2026-10", "--on", "2026-11-22", "--by", "NV-1", "--reason", "Agreed.")


def revops(place, *options):
    return CliRunner().invoke(main, ["sign", str(place / "shop"), "--reports", str(place / "reports"), *options])


def test_signing_says_what_was_signed(shop):
    said = revops(shop, *GIVEN)
    assert (said.exit_code, said.output) == (
        0,
        "version 1: last_year of 2026-10, 2027-01-01 to before 2028-01-01, 2 people, base 24.00, quotas 24.00 USD; "
        "signed on 2026-11-22 by NV-1: Agreed.\n"
        f"Letters and files: {shop}/reports/shop/signed/version-1. Runs of later days take these quotas.\n",
    )


def test_a_version_has_its_letters_and_its_files(shop):
    revops(shop, *GIVEN, "--from", "2027-07-16")
    place = shop / "reports/shop/signed/version-1"
    assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*.*")) == [
        "letters/NV-1.en.html", "letters/NV-2.en.html", "quotas.csv", "quotas_hubspot.csv", "quotas_salesforce.csv",
    ]  # fmt: skip
    assert "NV-2,,2027-07-16,0.52,,USD" in (place / "quotas_salesforce.csv").read_text()
    letter = " ".join(re.sub("<[^>]*>", " ", (place / "letters/NV-2.en.html").read_text()).split())
    assert "version 1, signed on 22 Nov 2026" in letter
    assert "Your quota for 2027, from 16 Jul 2027 on $5.52" in letter  # 0.52 of July and five times 1.00
    assert "Agreed." in letter
    assert "Parts less the number ✓ $0.00" in letter


def test_the_list_holds_every_version(shop):
    revops(shop, *GIVEN)
    revops(shop, *GIVEN, "--scenario", "market", "--from", "2027-07-01")
    lines = revops(shop, "--list").output.splitlines()
    assert [line.split(",")[0] for line in lines] == ["version 1: last_year of 2026-10", "version 2: market of 2026-10"]


def test_without_a_day_it_is_signed_today(shop):
    pipeline.sign(shop / "shop", "2026-10", reports=shop / "reports", by="NV-1", reason="x", on="2026-11-22")
    today = [option for option in GIVEN if option not in ("--on", "2026-11-22")]
    assert revops(shop, *today).exit_code == 0
    assert versions(shop / "shop")["made_on"][1] >= D(2026, 10, 31)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--scenario", "markt"],
         "--scenario: found markt (did you mean market?), expected one of last_year, market. Next: choose another."),
        (["--period", "2026-09"],
         "period 2026-09: found no finished run, expected reports of the period. "
         "Next: run the period, then sign: revops run … --period 2026-09."),
        (["--on", "2026-10-30"],
         "--on: found 2026-10-30, expected 2026-10-31 or later, the day the run knows. Next: correct the day."),
        (["--on", "tomorrow"], "--on: found tomorrow, expected a day as 2027-01-01. Next: correct the day."),
        (["--by", "NV-11"],
         "--by: found NV-11 (did you mean NV-1?), expected a person_id of the company. Next: name who signs."),
        (["--by", ""], "--by: found nobody, expected a person_id of the company. Next: name who signs."),
        (["--reason", " "],
         "--reason: found nothing, expected why these are the quotas. Next: give the reason in a sentence."),
        (["--from", "2026-12-31"],
         "--from: found 2026-12-31, expected a day from 2027-01-01 to before 2028-01-01. Next: correct the day."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_nothing_written(shop, given, message):
    said = revops(shop, *GIVEN, *given)
    assert (said.exit_code, said.output) == (2, f"{message}\n")
    assert not (shop / "shop/record").exists() or not any((shop / "shop/record").iterdir())


@pytest.mark.parametrize("checks", [{}, {"03_quota": []}, {"03_quota": [{"difference": 0}, {"difference": 1}]}])
def test_a_run_whose_checks_are_not_complete_is_not_signed(shop, checks):
    manifest(shop / "reports/shop/2026-10", identities=checks)
    assert "2026-10, 03_quota: found checks that are not complete" in revops(shop, *GIVEN).output


def test_a_table_that_the_run_did_not_write_is_not_signed(shop):
    path = shop / "reports/shop/2026-10/tables/quota_proposed.parquet"
    pl.read_parquet(path).with_columns(pl.col("quota_amount") + 1).write_parquet(path)
    assert "2026-10, quota_proposed: found not the table that the run wrote" in revops(shop, *GIVEN).output


# --- what follows from it ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(root, tmp_path_factory):
    """The demo company, its quotas of 2026 signed anew: everybody 7 above the sheet, from October on."""
    folder = tmp_path_factory.mktemp("signed") / "demo"
    shutil.copytree(root / "data/demo", folder, ignore=shutil.ignore_patterns("generator"))
    place = folder.parent / "build"
    before = open_workspace("01_ingest", folder, "2026-10", build=str(place))
    load(before)
    sheet = before.read("quotas").filter(pl.col("start_on") >= D(2026, 1, 1), pl.col("measure") == "revenue")
    proposed = sheet.select("person_id", month_on="start_on", base_amount="quota_amount").with_columns(
        quota_amount=pl.col("base_amount") + 7, is_manager=False
    )
    add(folder, proposed, by(D(2026, 9, 30)), D(2026, 10, 1))
    again = open_workspace("04_incentives", folder, "2026-10", build=str(place))
    return sheet, load(again), again


def test_a_run_after_signing_reads_the_signed_quotas_and_earlier_days_keep_theirs(demo):
    sheet, loaded, ws = demo
    assert not loaded.from_cache
    changed = sheet.join(ws.read("quotas"), on=["person_id", "measure", "start_on"], suffix="_now")
    assert changed.height == sheet.height
    more = pl.col("quota_amount_now") - pl.col("quota_amount")
    assert changed.filter(more != pl.when(pl.col("start_on") >= D(2026, 10, 1)).then(7).otherwise(0)).is_empty()


def test_pay_is_computed_on_the_signed_quotas(demo):
    sheet, _, ws = demo
    then = dict(sheet.filter(pl.col("start_on") == D(2026, 10, 1)).select("person_id", "quota_amount").iter_rows())
    sellers = [p for p in incentives.open_desk(ws).now if p.role == "representative"]
    paid = {p.person_id: p.quota.amount for p in sellers}
    assert paid
    assert paid == {person: then[person] + 7 for person in paid}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Version 1 holds from 1 Oct 2026 to 31 Dec 2026"),
        ("vi", "Bản 1 có hiệu lực từ 01/10/2026 đến 31/12/2026"),
    ],
)
def test_the_page_shows_what_is_signed_by_whom_and_why(demo, language, title):
    _, _, ws = demo
    shown = handed.signed(open_workspace("03_quota", ws.folder, "2026-10", language=language, build=str(ws.build)))
    assert shown.plain == title
    assert "The board agreed." in shown.html
    assert "last year" in shown.html  # no key of company.yaml
    assert "last_year" not in shown.html


def test_the_page_says_how_to_sign_where_nothing_is(demo, root):
    _, _, ws = demo
    unsigned = open_workspace("03_quota", root / "data/demo", "2026-10", build=str(ws.build))
    assert "revops sign … --period 2026-10" in handed.signed(unsigned).plain


def test_of_two_signed_at_once_each_is_told_its_own(shop, monkeypatch):
    monkeypatch.setattr("revops.pipeline.signed", lambda company: ["version 1: mine", "version 2: another's"])
    assert revops(shop, *GIVEN).output.splitlines()[0] == "version 1: mine"
    assert revops(shop, *GIVEN).output.splitlines()[0] == "version 2: another's"
