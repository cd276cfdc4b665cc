"""company.yaml is read whole: every fault is told at once, with its line and the nearest known name."""

from pathlib import Path

import pytest

from revops.company import Company, expand_root, load_company, resolve
from revops.problems import InputError

GOOD = """\
name: Sao Mộc Home
currency: VND
money_decimals: 0
sources:
  web: {kind: shopify_orders, files: "raw/web/*.csv"}
"""

FAULTS = [
    (
        "an unknown key",
        GOOD + "curency: VND\n",
        [
            "company.yaml, line 6, curency: found unknown key curency (did you mean currency?), expected one of ",
        ],
    ),
    (
        "an unknown key below a source",
        GOOD + "  shops: {kind: table, file: raw/x.csv, files: raw/x.csv}\n",
        ["company.yaml, line 6, sources.shops.file: found unknown key file (did you mean files?), expected one of "],
    ),
    (
        "an unknown key in a section",
        GOOD + "quota:\n  grwth: 0.1\n",
        ["company.yaml, line 7, quota.grwth: found unknown key grwth (did you mean growth?), expected one of "],
    ),
    (
        "a missing key",
        GOOD.replace("currency: VND\n", ""),
        ["company.yaml, line 1, currency: found nothing, expected the key currency. Next: add the key."],
    ),
    (
        "a mistyped key in place of a required one",
        GOOD.replace("currency", "curency") + "language: fr\n",
        [
            "company.yaml, line 2, curency: found unknown key curency (did you mean currency?)",
            "company.yaml, line 2, currency: found nothing, expected the key currency",
            "company.yaml, line 6, language: found fr",
        ],
    ),
    (
        "a wrong type",
        GOOD.replace("money_decimals: 0", "money_decimals: two"),
        ["company.yaml, line 3, money_decimals: found two, expected a valid integer"],
    ),
    (
        "a way of writing days or numbers that is none",
        GOOD + "  shops: {kind: table, table: orders, files: raw/x.csv, formats: {dates: d/m/y}}\n"
        "  tills: {kind: table, table: orders, files: raw/y.csv, formats: {ordered_on: dmy, unit_price: ;}}\n",
        [
            "company.yaml, line 6, sources.shops.formats: found the keys dates, expected dates: dmy or mdy or ymd",
            "company.yaml, line 7, sources.tills.formats: found the keys ordered_on, unit_price, expected unit_price",
        ],
    ),
    (
        "a code that is none",
        GOOD.replace("VND", "đồng"),
        ["company.yaml, line 2, currency: found đồng, expected a text like [A-Z]{3}. Next: correct the value."],
    ),
    (
        "a value that may be a text or a list is told once",
        GOOD + "  shop: {kind: table, files: raw/x.csv, columns: {order_id: {a: b}}}\n",
        ["company.yaml, line 6, sources.shop.columns.order_id: found the keys a, expected a valid string or "],
    ),
    (
        "the beginning of a key",
        GOOD + "lang: en\n",
        ["company.yaml, line 6, lang: found unknown key lang (did you mean language?), expected one of "],
    ),
    (
        "a value out of bounds",
        GOOD.replace("money_decimals: 0", "money_decimals: 9"),
        ["company.yaml, line 3, money_decimals: found 9, expected less than or equal to 8"],
    ),
    (
        "a value that is not one of the choices",
        GOOD + "language: fr\n",
        ["company.yaml, line 6, language: found fr, expected 'en' or 'vi'"],
    ),
    (
        "an unknown time zone",
        GOOD + "time_zone: Asia/Ho_Chi_Min\n",
        [
            "company.yaml, line 6, time_zone: found Asia/Ho_Chi_Min, expected a known time zone "
            "(did you mean Asia/Ho_Chi_Minh?)"
        ],
    ),
    (
        "the same key twice",
        GOOD + "currency: USD\n",
        ["company.yaml, line 6: found the key currency twice, expected each key once. Next: remove one of them."],
    ),
    ("no YAML", GOOD + "plans: [a, b\n", ["company.yaml, line 7: found expected ',' or ']'"]),
    ("no mapping", "- name\n", ["company.yaml, line 1, file: found ['name'], expected a valid dictionary"]),
    (
        "an empty file",
        "",
        [
            "company.yaml, line 1, name: found nothing, expected the key name",
            "company.yaml, line 1, currency: found nothing",
            "company.yaml, line 1, money_decimals: found nothing",
        ],
    ),
    (
        "three faults at once",
        GOOD.replace("currency: VND", "currency: dong") + "language: fr\nplan: []\n",
        [
            "company.yaml, line 2, currency: found dong",
            "company.yaml, line 6, language: found fr",
            "company.yaml, line 7, plan: found unknown key plan (did you mean plans?)",
        ],
    ),
]


def write(folder: Path, text: str) -> Path:
    (folder / "company.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_good_file_is_read_with_its_defaults(tmp_path):
    company = load_company(write(tmp_path, GOOD))
    assert (company.name, company.currency, company.money_decimals) == ("Sao Mộc Home", "VND", 0)
    assert (company.language, company.fiscal_year_starts, company.zone.key) == ("en", 1, "Asia/Ho_Chi_Minh")
    assert company.sources["web"].kind == "shopify_orders"


@pytest.mark.parametrize(("text", "told"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_every_fault_is_told_with_line_and_next_step(tmp_path, text, told):
    with pytest.raises(InputError) as caught:
        load_company(write(tmp_path, text))
    messages = [str(problem) for problem in caught.value.problems]
    assert len(messages) == len(told), messages
    for message, start in zip(messages, told, strict=True):
        assert message.startswith(start), message
        assert ". Next: " in message


def test_a_folder_without_the_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"company\.yaml: found no such file, expected a company\.yaml"):
        load_company(tmp_path)


@pytest.fixture
def company() -> Company:
    return Company(name="A", currency="USD", money_decimals=2, roots={"books": "${AW_TEST}/files"})


def test_a_pattern_starts_in_the_company_s_folder(company, tmp_path):
    assert resolve(tmp_path, company, "raw/*.csv") == (tmp_path, "raw/*.csv")


def test_a_named_root_is_read_from_the_environment(company, tmp_path, monkeypatch):
    monkeypatch.setenv("AW_TEST", "/srv/aw")
    assert resolve(tmp_path, company, "books:Sales*.csv") == (Path("/srv/aw/files"), "Sales*.csv")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("../other/*.csv", "expected a path that stays below the company's folder or a named root"),
        ("raw/../../x.csv", "expected a path that stays below the company's folder or a named root"),
        ("/etc/passwd", "expected a path that stays below the company's folder or a named root"),
        (
            "book:Sales.csv",
            r"found root 'book' \(did you mean books\?\), expected a root that company.yaml names under roots",
        ),
    ],
)
def test_nothing_outside_the_folder_and_its_roots_is_read(company, tmp_path, pattern, message):
    with pytest.raises(InputError, match=message):
        resolve(tmp_path, company, pattern)


def test_a_root_is_not_left_by_its_pattern(company, tmp_path, monkeypatch):
    monkeypatch.setenv("AW_TEST", "/srv/aw")
    with pytest.raises(InputError, match="stays below the company's folder or a named root"):
        resolve(tmp_path, company, "books:../x.csv")


def test_an_unset_variable_is_told(monkeypatch):
    monkeypatch.delenv("AW_TEST", raising=False)
    with pytest.raises(InputError) as caught:
        expand_root("aw", "${AW_TEST}/files")
    assert str(caught.value) == (
        "company.yaml, roots.aw: found environment variable AW_TEST is not set, expected the folder of the files. "
        "Next: set AW_TEST and run again."
    )


def test_the_demo_company_is_valid(root):
    assert load_company(root / "data" / "demo").currency == "VND"


def test_no_and_false_are_words_where_a_text_is_meant(tmp_path):
    columns = "{order_id: No, region: Yes, channel: on}, values: {is_cancelled: {no: false}}"
    text = GOOD + f"  shop: {{kind: table, files: raw/x.csv, columns: {columns}}}\nhygiene: {{may_reopen: yes}}\n"
    (tmp_path / "company.yaml").write_text(text, encoding="utf-8")
    company = load_company(tmp_path)
    assert company.sources["shop"].columns == {"order_id": "No", "region": "Yes", "channel": "on"}
    assert company.sources["shop"].values == {"is_cancelled": {"no": "false"}}
    assert company.hygiene.may_reopen is True
