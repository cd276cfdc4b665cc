"""Quota letters: the number, why, by month and part; nobody else's figures; one page; a signed version its own."""

import re
from datetime import date
from html import unescape

import polars as pl
import pytest

from revops import quota
from revops.ingest import load
from revops.quota.compare import bridge
from revops.quota.proposed import parts_table, proposed_table
from revops.report.quota import letters as view
from revops.workspace import open_workspace

KILOBYTES = 60


def text_of(html):
    """What a reader sees."""
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub("<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def opened(build, language="en"):
    return open_workspace("quota", "data/demo", "2026-10", language=language, build=str(build))


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """A build with the tables that letters read; people are given 5% more than their teams."""
    folder = tmp_path_factory.mktemp("demo")
    ws = opened(folder)
    load(ws)
    company = ws.company.model_copy(update={"quota": ws.company.quota.model_copy(update={"over": [0, 0, 0, 0.05]})})
    ws.company = company
    desk = quota.open_desk(ws)
    proposal = desk.propose(quota.knobs_of(company.quota, 0))
    ws.save("quota_proposed", proposed_table(desk, proposal, company.quota.chosen))
    ws.save("quota_parts", parts_table(proposal))
    ws.save("quota_why", bridge(proposal, company.quota.chosen))
    return folder


@pytest.fixture(scope="module")
def pages(build, tmp_path_factory):
    place = tmp_path_factory.mktemp("letters")
    for language in ("en", "vi"):
        view.write(opened(build, language), place)
    return place


@pytest.fixture(scope="module")
def proposed(build):
    return opened(build).read("quota_proposed").filter("is_chosen")


def test_everybody_with_a_number_has_a_letter_in_each_language(pages, proposed):
    people = proposed["person_id"].unique()
    wanted = {f"{person}.{language}.html" for person in people for language in ("en", "vi")}
    assert {path.name for path in pages.iterdir()} == wanted
    assert len(people) == 25


def test_a_letter_shows_the_persons_own_number_and_months(build, proposed):
    words = opened(build).words
    for letter in view.letters(opened(build)):
        mine = proposed.filter(person_id=letter.person["person_id"])
        html = text_of(view.render(letter))
        assert letter.amount == mine["quota_amount"].sum()
        assert words.money(letter.amount) in html
        assert {month: amount for month, amount, _ in letter.months} == dict(
            mine.select("month_on", "quota_amount").iter_rows()
        )
        assert "Parts less the number ✓ ₫0" in html


def test_months_quarters_and_parts_sum_to_the_number(build):
    for letter in view.letters(opened(build)):
        sums = [sum(months.values()) for months in letter.parts.values()]
        assert not letter.parts or sum(sums) == letter.amount
        assert letter.parts or letter.person["is_manager"]


def test_the_steps_lead_from_the_year_before_to_the_number(build):
    for letter in view.letters(opened(build)):
        figures = [int(re.sub(r"[^\d-]", "", figure.replace("−", "-"))) for _, _, figure in view._steps(letter)]
        assert sum(figures) == letter.amount or letter.person["is_manager"]


def test_nobody_elses_name_id_or_number_is_in_the_file(pages, proposed, build):
    people = {row["person_id"]: row["name"] for row in opened(build).read("people").iter_rows(named=True)}
    numbers = dict(proposed.group_by("person_id").agg(pl.col("quota_amount").sum()).iter_rows())
    words = opened(build).words
    bosses = dict(opened(build).read("people").sort("start_on").select("person_id", "manager_id").iter_rows())
    for path in pages.glob("*.en.html"):
        person, html = path.name.removesuffix(".en.html"), path.read_text(encoding="utf-8")
        known = {person, bosses[person]}
        others = {number for other, number in numbers.items() if other != person and number != numbers.get(person)}
        assert not [name for other, name in people.items() if other not in known and name in html]
        assert not [other for other in people if other != person and other in html]
        assert not [number for number in others if words.money_plain(number) in html]


def test_the_base_is_nowhere_in_a_letter(pages, proposed, build):
    words = opened(build).words
    own = proposed.filter(~pl.col("is_manager")).group_by("person_id")
    for person, base, street in own.agg(pl.col("base_amount").sum(), pl.col("quota_amount").sum()).iter_rows():
        html = (pages / f"{person}.en.html").read_text(encoding="utf-8")
        assert base < street
        assert words.money_plain(street) in html
        assert words.money_plain(base) not in html
        assert "Over-assign" not in text_of(html)


@pytest.mark.parametrize(
    ("person", "language", "said"),
    [
        ("NV-0101", "en", "Quota letter · 2027 · proposal as of 31 Oct 2026, not signed"),
        ("NV-0101", "en", "NV-0101 · Sales representative, North"),
        ("NV-0101", "en", "Questions go to Vũ Hồng Nhung"),
        ("NV-0010", "en", "It is what the people of your team carry at your level."),
        ("NV-0101", "vi", "Chỉ tiêu của bạn năm 2027"),
        ("NV-0101", "vi", "Thắc mắc xin hỏi Vũ Hồng Nhung"),
    ],
)
def test_what_a_letter_says(pages, person, language, said):
    assert said in text_of((pages / f"{person}.{language}.html").read_text(encoding="utf-8"))


def test_who_has_no_manager_is_not_sent_to_anybody(pages):
    assert "Questions go to" not in (pages / "NV-0001.en.html").read_text(encoding="utf-8")


def test_a_letter_asks_for_nothing_and_is_small(pages):
    for path in pages.iterdir():
        html = path.read_text(encoding="utf-8")
        assert len(html) < KILOBYTES * 1000
        assert not re.search(r"<script|src=|https?://(?!www\.w3\.org)", html)


PRESENT = [0.0] * 2 + [0.25, 0.5, 0.75] + [1.0] * 7


def test_months_that_are_carried_in_part_are_named(build, tmp_path):
    ws = opened(build)
    rows = ws.read("quota_proposed").sort("scenario", "person_id", "month_on")
    months = rows["month_on"].dt.month().to_list()
    present = pl.Series("present", [PRESENT[month - 1] for month in months])
    shown = next(view.letters(_with(ws, tmp_path, quota_proposed=rows.with_columns(present))))
    assert "You carry a part of these months: January 0%, February 0%, March 25%, April 50% and May 75%." in text_of(
        view.render(shown)
    )


def test_a_vacancy_gets_no_letter(build, tmp_path):
    ws = opened(build)
    rows = ws.read("quota_proposed")
    vacancy = rows.filter(person_id="NV-0101").with_columns(person_id=pl.lit("Vacancy North"))
    found = view.letters(_with(ws, tmp_path, quota_proposed=pl.concat([rows, vacancy])))
    assert "Vacancy North" not in {letter.person["person_id"] for letter in found}


def _with(ws, folder, **changed):
    """The workspace with some of its tables replaced."""
    (folder / "tables").mkdir()
    for name in ("people", "quota_proposed", "quota_parts", "quota_why"):
        changed.get(name, ws.read(name)).write_parquet(folder / "tables" / f"{name}.parquet")
    return opened(folder)


def test_a_signed_version_has_the_letters_of_its_own_scenario_and_days(build):
    ws = opened(build)
    other = ws.read("quota_proposed").filter(~pl.col("is_chosen"), pl.col("month_on") >= date(2027, 7, 1))
    key = other["scenario"][0]
    rows = other.filter(scenario=key).rename({"month_on": "start_on"}).with_columns(
        version=2, made_on=date(2027, 6, 20), reason=pl.lit("Two shops opened.")
    )  # fmt: skip
    letter = next(found for found in view.letters(ws, rows) if found.person["person_id"] == "NV-0101")
    parts = ws.read("quota_parts").filter(pl.col("month_on") >= date(2027, 7, 1), scenario=key, person_id="NV-0101")
    assert letter.amount == rows.filter(person_id="NV-0101")["quota_amount"].sum()
    assert letter.parts == {
        factor: dict(own.select("month_on", "quota_amount").iter_rows())
        for (factor,), own in parts.partition_by("factor", as_dict=True).items()
    }
    said = text_of(view.render(letter))
    assert "version 2, signed on 20 Jun 2027" in said
    assert "Your quota for 2027, from 1 Jul 2027 on" in said
    assert "Two shops opened." in said


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("name", ["NV-0101.en", "NV-0113.vi", "NV-0001.vi"])
def test_a_letter_is_one_sheet_of_paper_and_fits_a_phone(pages, browser, name):
    with browser.new_page(viewport={"width": 390, "height": 844}) as page:
        page.goto((pages / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
