"""`revops new`: a folder of exports becomes a company.yaml that loads, says what to confirm and then runs."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from revops import ingest, pipeline
from revops.company import load_company
from revops.ingest.exports import WITH_IT
from revops.ingest.kinds import known
from revops.problems import InputError
from revops.workspace import open_workspace, root

DEMO = root() / "data" / "demo"
POS = "Mã hóa đơn,Thời gian,Mã KH,Khách hàng,Điện thoại,Chi nhánh,Người bán,Tổng tiền hàng,Trạng thái,Mã hàng,Số lượng,Đơn giá,Giảm giá,Thành tiền\n"  # noqa: E501
WEB = "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem price,Lineitem sku,Lineitem discount,Cancelled at,Refunded Amount,Phone,Billing Name,Shipping Province Name\n"  # noqa: E501
SALE = (
    "HD1,13/10/2026 08:53,KH1,An Lê,912345678,Sao Mai Huế,NV-07 Lê Na,2.000.000,Hoàn thành,A,1,2.000.000,0,2.000.000\n"
)
ORDER = "#1,an@x.example,paid,VND,2026-10-05 10:00:00 +0700,2,100000.00,A,0.00,,0.00,0912345678,An Lê,Huế\n"
SHOPS = {"pos/hoa-don_2026-09.csv": POS, "pos/hoa-don_2026-10.csv": POS + SALE, "web/orders_2026-10.csv": WEB + ORDER}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def proposed(tmp_path: Path, files: dict[str, str | bytes], **options: str) -> str:
    made = pipeline.new(tmp_path / "acme", write(tmp_path / "exports", files), **options)
    load_company(tmp_path / "acme")
    return made.path.read_text("utf-8")


def section(text: str, source: str) -> str:
    """The lines of one source, from the remark before it to the next one's."""
    found = re.search(rf"(?:^  #[^\n]*\n)*^  {source}:\n(?:^    [^\n]*\n)*", text, re.MULTILINE)
    assert found, f"no source {source} in\n{text}"
    return found[0]


def revops(*arguments: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "revops.cli", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(root() / "lib")}
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """The demo's newest export of each kind under other names, and the company.yaml proposed for them."""
    folder = tmp_path_factory.mktemp("demo")
    newest = {}
    for path in sorted(p for p in DEMO.rglob("*") if p.suffix in (".csv", ".xlsx") and "record" not in p.parts):
        newest[path.parent, re.sub(r"\d.*", "", path.name)] = path
    for i, path in enumerate(newest.values()):
        day = re.search(r"\d{4}-\d{2}-\d{2}", path.name)
        letters = chr(97 + i // 26) + chr(97 + i % 26)
        copy = folder / "exports" / f"nhóm {i % 3}" / f"tệp {letters} {day[0] if day else ''}{path.suffix}"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    pipeline.new(folder / "acme", folder / "exports")
    return folder / "acme"


def test_every_demo_source_that_has_a_kind_is_recognised_under_any_name(demo):
    given = {source.kind for source in load_company(DEMO).sources.values()} - {"table"}
    assert given <= {source.kind for source in load_company(demo).sources.values()}


def test_what_has_no_kind_is_guessed_for_the_table_that_the_demo_gives_it(demo):
    own = {s.table for s in load_company(DEMO).sources.values() if s.table}
    guessed = {s.table for s in load_company(demo).sources.values() if s.table}
    assert {"order_lines", "subscriptions", "tickets", "credit_splits", "history"} <= guessed <= own


def test_the_demos_currency_zone_and_language_come_with_their_evidence(demo):
    text = (demo / "company.yaml").read_text("utf-8")
    assert re.search(r"# confirm: said by \d+ files, as .+\ncurrency: VND\n", text)
    assert re.search(r"# confirm: times are written as .+ \+0700 in .+\ntime_zone: Asia/Ho_Chi_Minh\n", text)
    assert re.search(r"# confirm: \d+ of \d+ files have Vietnamese headers\nlanguage: ", text)


def test_the_stages_of_deals_stand_in_the_order_of_their_probability(demo):
    funnel = load_company(demo).funnel
    assert (funnel.stages, funnel.won, funnel.lost) == (
        ["Qualified", "Visit or demo", "Proposal", "Negotiation"], "Closed Won", "Closed Lost",
    )  # fmt: skip


def test_a_till_and_a_web_shop_run_as_proposed(tmp_path):
    proposed(tmp_path, SHOPS)
    assert pipeline.check(tmp_path / "acme") == []
    loaded = ingest.load(open_workspace("01_ingest", tmp_path / "acme", "2026-10", build=str(tmp_path / "build")))
    assert loaded.quarantine.height == 0
    orders = loaded.tables["orders"].select("order_id", "channel").rows()
    assert sorted(orders) == [("#1", "Web shop"), ("HD1", "Stores")]
    assert loaded.tables["order_lines"]["net_amount"].sum() == 2_200_000
    assert loaded.tables["customers"].height == 1


def test_next_months_file_is_seen_without_a_change(tmp_path):
    proposed(tmp_path, SHOPS)
    later = POS + SALE.replace("HD1", "HD2").replace("13/10", "14/11")
    write(tmp_path / "exports", {"pos/hoa-don_2026-11.csv": later})
    loaded = ingest.load(open_workspace("01_ingest", tmp_path / "acme", "2026-11", build=str(tmp_path / "build")))
    assert "HD2" in loaded.tables["orders"]["order_id"].to_list()


def test_one_source_for_files_of_one_kind_whose_names_differ_by_the_month(tmp_path):
    text = proposed(tmp_path, SHOPS)
    assert section(text, "kiotviet_invoices") == (
        "  # 2 files: pos/hoa-don_2026-09.csv to pos/hoa-don_2026-10.csv\n"
        "  kiotviet_invoices:\n    kind: kiotviet_invoices\n    files: exports:pos/hoa-don_*.csv\n"
    )
    assert f"roots: {{exports: {tmp_path / 'exports'}}}\n" in text


def test_files_of_one_kind_with_other_names_are_sources_of_their_own(tmp_path):
    text = proposed(tmp_path, {"hue.csv": POS + SALE, "hai-phong.csv": POS + SALE})
    assert "exports:hue.csv" in section(text, "kiotviet_invoices_hue")
    assert "exports:hai-phong.csv" in section(text, "kiotviet_invoices_hai_phong")


def test_a_corrected_month_beside_the_months_of_a_till_does_not_make_a_source_of_each_month(tmp_path):
    names = ("bills July.csv", "bills August.csv", "bills August corrected.csv", "bills October (1).csv")
    text = proposed(tmp_path, {f"shop/{name}": POS + SALE for name in names})
    assert load_company(tmp_path / "acme").sources["kiotviet_invoices"].files == "exports:shop/bills *.csv"
    assert "  # 4 files: " in section(text, "kiotviet_invoices")


def test_a_file_of_another_kind_stays_out_of_the_pattern_of_the_months(tmp_path):
    other = {"shop/bills corrected.csv": WEB + ORDER}
    proposed(tmp_path, {**{f"shop/bills {month}.csv": POS + SALE for month in ("July", "August")}, **other})
    found = {source.files for source in load_company(tmp_path / "acme").sources.values()}
    assert found == {"exports:shop/bills July.csv", "exports:shop/bills August.csv", "exports:shop/bills corrected.csv"}


@pytest.mark.parametrize(
    "name", ['a\x07b "c".csv', "a\nsources: {}.csv", "a\x85b: #c.csv", "a\u2028b.csv", "a'b\t.csv"]
)
def test_whatever_a_file_is_called_the_proposal_can_be_read(tmp_path, name):
    proposed(tmp_path, {f"exports/{name}": POS + SALE})
    (source,) = load_company(tmp_path / "acme").sources.values()
    assert source.files.endswith(name)


def test_exports_below_the_companys_folder_need_no_root(tmp_path):
    write(tmp_path / "acme" / "raw", SHOPS)
    pipeline.new(tmp_path / "acme")
    company = load_company(tmp_path / "acme")
    assert company.roots == {}
    assert company.sources["kiotviet_invoices"].files == "raw/pos/hoa-don_*.csv"
    assert pipeline.check(tmp_path / "acme") == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("A1;05/10/2026;X;2;1.000.000\n", ["# confirm: dates: ", "# formats: {decimal: ',', dates: dmy}"]),
        ("A1;13/10/2026;X;2;1.000.000\n", ["formats: {dates: dmy, decimal: ','}  # 13/10/2026 in Ngày bán; 1.000.000"]),
        ("A1;10/13/2026;X;2;1,000.50\n", ["formats: {dates: mdy, decimal: .}  # 10/13/2026 in Ngày bán; 1,000.50"]),
        ("A1;2026-10-05;X;2;1000\n", []),
    ],
)
def test_days_and_numbers_are_decided_by_their_columns_or_asked(tmp_path, rows, told):
    text = proposed(tmp_path, {"x.csv": "Số phiếu;Ngày bán;Mã hàng;SL;Đơn giá\n" + rows}, currency="VND")
    block = section(text, "x")
    assert [line for line in told if line not in block] == []
    assert ("formats" in block) == bool(told)


def test_what_was_asked_and_answered_runs(tmp_path):
    rows = "A1;05/10/2026;X;2;1.000.000\n"
    text = proposed(tmp_path, {"x.csv": "Số phiếu;Ngày bán;Mã hàng;SL;Đơn giá\n" + rows}, currency="VND")
    (asked,) = pipeline.check(tmp_path / "acme")
    assert asked.next_step == "set sources.x.formats.ordered_on to dmy or mdy"
    settled = re.search(r"\n    formats:.*(?=\n)", text)[0]
    (tmp_path / "acme" / "company.yaml").write_text(
        text.replace(settled, "").replace("# formats:", "formats:"), "utf-8"
    )
    assert pipeline.check(tmp_path / "acme") == []


def test_a_guess_says_what_it_rests_on(tmp_path):
    files = {"ban-si.csv": "Số phiếu,Ngày bán,Mã hàng,SL,Doanh thu (VND),Ghi chú\nA1,2026-10-05,X,2,5000,x\n"}
    block = section(proposed(tmp_path, files), "ban_si")
    assert "# confirm: no kind knows these columns; table order_lines fits 5 of them" in block
    assert "      net_amount: Doanh thu (VND)  # confirm: contains 'doanh thu'; e.g. 5000\n" in block
    assert "      # no field for: Ghi chú\n" in block
    assert "    # confirm: no column tells channel 'Ban si'; that is what the file is called\n" in block
    assert "    constants: {channel: Ban si}\n" in block


def test_values_that_a_kind_does_not_know_are_named_with_what_they_can_be(tmp_path):
    block = section(proposed(tmp_path, {"h.csv": POS + SALE.replace("Hoàn thành", "Chờ duyệt")}), "kiotviet_invoices")
    assert "    # confirm: Trạng thái has 'Chờ duyệt', which the kind does not know\n" in block
    assert "    # values: {is_cancelled: {Chờ duyệt: false or true}}\n" in block.replace(
        "true or false", "false or true"
    )


def test_sheets_of_two_kinds_are_two_sources(tmp_path):
    data = io.BytesIO()
    returns = ["Mã trả hàng", "Ngày trả", "ID hóa đơn gốc", "Mã hàng", "Số lượng", "Thành tiền"]
    sheets = {
        "Hóa đơn": [POS.strip().split(","), SALE.strip().split(",")],
        "Trả hàng": [returns, ["TH1", "15/10/2026", "HD1", "A", "1", "2.000.000"]],
    }
    with xlsxwriter.Workbook(data) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    text = proposed(tmp_path, {"thang_2026-10.xlsx": data.getvalue()})
    assert "sheet" not in section(text, "kiotviet_invoices")
    assert "    files: exports:thang_*.xlsx\n    sheet: Trả hàng\n" in section(text, "kiotviet_returns")
    assert pipeline.check(tmp_path / "acme") == []
    loaded = ingest.load(open_workspace("01_ingest", tmp_path / "acme", "2026-10", build=str(tmp_path / "build")))
    assert loaded.tables["returns"].select("return_id", "order_id", "net_amount").rows() == [
        ("TH1-A", "HD1", 2_000_000)
    ]


ADS = "Campaign,Currency code,Impr.,Clicks,Cost,Conversions\nTết,VND,1,1,5,0\n"


@pytest.mark.parametrize(
    ("files", "draft"),
    [
        (
            {"ads_2026-10.csv": ADS},
            "  # google_ads:\n  #   kind: google_ads\n  #   files: exports:ads_*.csv\n"
            "  #   columns:\n  #     spent_on: which column?\n",
        ),
        (
            {"x_2026-10.csv": "Hợp đồng,Ngày bắt đầu,Phí tháng\nA1,2026-10-05,99000\n"},
            "  # x:\n  #   kind: table\n  #   table: subscriptions\n  #   files: exports:x_*.csv\n  #   columns:\n"
            "  #     subscription_id: Hợp đồng  # e.g. A1\n  #     start_on: Ngày bắt đầu  # e.g. 2026-10-05\n"
            "  #     mrr: Phí tháng  # e.g. 99000\n  #     customer_id: which column?\n",
        ),
        (
            {"x_2026-10.csv": "Hợp đồng,Ngày bắt đầu gói,Phí tháng\nA1,2026-10-05,99000\n"},
            "  #     start_on: Ngày bắt đầu gói  # contains 'ngay bat dau'; e.g. 2026-10-05\n",
        ),
    ],
)
def test_what_lacks_a_column_is_written_as_a_remark_to_be_completed(tmp_path, files, draft):
    text = proposed(tmp_path, {**SHOPS, **files})
    assert draft in text
    assert set(load_company(tmp_path / "acme").sources) == {"kiotviet_invoices", "shopify_orders"}


def test_the_currencies_of_exchange_rates_are_not_the_companys(tmp_path):
    rates = "currency,valid from,rate\nUSD,2026-01-01,25000\n"
    assert "\ncurrency: VND\n" in proposed(tmp_path, {"o.csv": WEB + ORDER, "a.csv": rates, "b.csv": rates})


def test_nothing_personal_is_copied_into_the_proposal(tmp_path):
    rows = "Số phiếu,Ngày bán,Mã hàng,SL,Doanh thu,Khách hàng,SĐT\nA1,2026-10-05,X,2,5000,An Lê,0912345678\n"
    text = proposed(tmp_path, {"x.csv": rows}, currency="VND")
    assert "customer_name: Khách hàng  # not shown: personal" in text
    assert "An Lê" not in text
    assert "0912345678" not in text


SNAPSHOT = '"Opportunity ID","Opportunity Name","Stage","Amount","Close Date","Created Date"\n"1","Fans","Proposal","100","20/10/2026","01/09/2026"\n'  # noqa: E501


def test_the_day_of_a_snapshot_is_taken_from_its_name(tmp_path):
    files = {f"deals_2026-{month}-30.csv": SNAPSHOT for month in ("09", "10")}
    assert r"received_on: '(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)'" in proposed(tmp_path, files, currency="VND")
    assert pipeline.check(tmp_path / "acme") == []


def test_a_lone_snapshot_without_a_day_takes_its_files_own_and_says_so(tmp_path):
    write(tmp_path / "exports", {"deals.csv": SNAPSHOT})
    os.utime(tmp_path / "exports" / "deals.csv", (1_792_800_000, 1_792_800_000))
    text = proposed(tmp_path, {}, currency="VND")
    assert re.search(r"# confirm: no day in the file's name; it was last changed on 2026-10-2\d\. Better: rename", text)
    assert re.search(r"constants: \{snapshot_on: '2026-10-2\d'\}", text)
    assert pipeline.check(tmp_path / "acme") == []


def test_snapshots_without_days_are_refused_until_they_have_one(tmp_path):
    text = proposed(tmp_path, {"deals_1.csv": SNAPSHOT, "deals_2.csv": SNAPSHOT}, currency="VND")
    assert "# confirm: no day in the files' names: rename them to" in text
    assert {problem.found for problem in pipeline.check(tmp_path / "acme")} == {"no day of receipt"}


@pytest.mark.parametrize(
    ("files", "currency", "why"),
    [
        ({"o.csv": WEB + ORDER}, "VND", "said by 1 file, as column Currency of o.csv"),
        ({"o.csv": WEB + ORDER.replace("VND", "USD")}, "USD", "said by 1 file, as column Currency of o.csv"),
        ({"h.csv": POS + SALE}, "VND", "nothing says a currency, but headers are Vietnamese, as in h.csv"),
        (
            {"o.csv": WEB + ORDER, "p.csv": WEB + ORDER, "q.csv": WEB + ORDER.replace("VND", "GBP")},
            "VND",
            "said by 2 files, as column Currency of o.csv; GBP in 1, as column Currency of q.csv: give its fx_rates",
        ),
    ],
)
def test_the_currency_is_what_most_files_say(tmp_path, files, currency, why):
    assert f"# confirm: {why}\ncurrency: {currency}\n" in proposed(tmp_path, files)
    assert load_company(tmp_path / "acme").money_decimals == {"VND": 0, "USD": 2}[currency]


def test_what_is_given_is_not_to_be_confirmed(tmp_path):
    text = proposed(tmp_path, {"h.csv": POS + SALE}, name="Gốm: Sông Bé", currency="USD")
    assert text.splitlines()[2:5] == ["name: 'Gốm: Sông Bé'", "currency: USD", "money_decimals: 2"]


def zipped(tmp_path: Path) -> bytes:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.csv", POS)
    return (tmp_path / "x.zip").read_bytes()


def test_the_command_says_what_became_a_source_what_did_not_and_what_to_do_next(tmp_path):
    files = {
        **SHOPS, "cũ.zip": zipped(tmp_path), "notes.csv": "a,b\n1,2\n", "empty.csv": "", "readme.md": "x",
        "ads.csv": ADS, "~$x.xlsx": b"x",
    }  # fmt: skip
    days = " or ".join(known()["google_ads"].columns["spent_on"][:3])
    done = revops("new", str(tmp_path / "acme"), "--from", str(write(tmp_path / "exports", files)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{tmp_path}/acme/company.yaml: 2 sources",
        "  kiotviet_invoices: kiotviet_invoices, exports:pos/hoa-don_*.csv, 2 files",
        "  shopify_orders: shopify_orders, exports:web/orders_*.csv, 1 file",
        "no source yet:",
        f"  ads.csv: nearly google_ads, but without {days}: {WITH_IT}",
        "  cũ.zip: packed: unpack it here",
        "  empty.csv: found an empty file, expected a header and rows: export it again or remove the file",
        "  notes.csv: no known header (first row: a, b): write the source by hand",
        f"Next: confirm 5 remarks in {tmp_path}/acme/company.yaml, then: revops check {tmp_path}/acme",
    ]


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        (
            {"acme/company.yaml": "name: x\n"},
            [],
            r"company.yaml: found a company.yaml, expected a new company. Next: edit",
        ),
        (
            {},
            ["--from", "no/such"],
            r"--from no/such: found no such folder, expected the folder of the exports. Next: ",
        ),
        ({}, ["--currency", "dong"], r"--currency: found dong, expected an ISO code such as VND. Next: correct it\."),
        (
            {"acme/notes.csv": "a,b\n1,2\n"},
            [],
            r"acme: found notes.csv: no known header .* expected exports as .csv or",
        ),
        (
            {"acme/o.csv": WEB + ORDER, "acme/p.csv": WEB + ORDER.replace("VND", "USD")},
            [],
            r"the exports: found VND in 1 and USD in 1 files each, expected the currency .* name it: --currency VND",
        ),
    ],
)
def test_what_cannot_be_proposed_is_refused_and_nothing_is_written(tmp_path, files, arguments, message):
    write(tmp_path, {"acme/.keep": "", **files})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = revops("new", str(tmp_path / "acme"), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(message, done.stderr), done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_refused_proposal_leaves_no_folder(tmp_path):
    with pytest.raises(InputError):
        pipeline.new(tmp_path / "acme", write(tmp_path / "exports", {"notes.csv": "a,b\n1,2\n"}))
    assert not (tmp_path / "acme").exists()
