"""Documents that are made stay in step with what they are made from; documents that are written name what exists."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml

from revops import ingest
from revops.cli import main as revops
from revops.company import Database
from revops.ingest import corrections
from revops.pipeline import check
from revops.workspace import open_workspace


def module_of(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def refresh(root):
    return module_of(root / "docs" / "refresh.py")


@pytest.fixture(scope="module")
def page(root):
    return module_of(root / "docs" / "company_page.py")


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_data_dictionary_says_what_the_contracts_say(refresh):
    assert refresh.DICTIONARY.read_text(encoding="utf-8") == refresh.dictionary_page(), "run: make refresh"


def test_the_page_of_company_yaml_says_what_the_models_say(refresh, page):
    assert refresh.COMPANY.read_text(encoding="utf-8") == page.company_page(), "run: make refresh"


def test_the_page_of_kinds_says_what_the_kinds_say(root, refresh):
    page = module_of(root / "docs" / "kinds_page.py")
    assert refresh.KINDS.read_text(encoding="utf-8") == page.kinds_page(), "run: make refresh"


def test_the_page_of_plans_says_what_the_models_say(root, refresh, monkeypatch):
    monkeypatch.syspath_prepend(root / "docs")
    page = module_of(root / "docs" / "plans_page.py")
    assert refresh.PLANS.read_text(encoding="utf-8") == page.plans_page(), "run: make refresh"
    empty = [row[0] for _, model in page.PARTS for row in page.rows_of(model) if not row[3]]
    assert empty == []


def test_the_page_of_metrics_says_what_the_catalogue_says(root, refresh):
    page = module_of(root / "docs" / "metrics_page.py")
    assert refresh.METRICS.read_text(encoding="utf-8") == page.metrics_page(), "run: make refresh"


def test_the_page_of_findings_says_what_the_rules_say(root, refresh):
    page = module_of(root / "docs" / "findings_page.py")
    assert refresh.FINDINGS.read_text(encoding="utf-8") == page.findings_page(), "run: make refresh"


def test_the_rules_shown_on_the_page_of_findings_load(root, tmp_path):
    from revops.company import load_company
    from revops.kpis.findings import load_rules

    shown = (root / "docs" / "findings.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "company.yaml").write_text("name: Acme\ncurrency: VND\nmoney_decimals: 0\n", encoding="utf-8")
    (tmp_path / "findings.yaml").write_text(shown, encoding="utf-8")
    assert load_rules(tmp_path, load_company(tmp_path)).watch["cac"].off


def test_every_key_of_company_yaml_is_explained(page):
    assert [f"{where}.{row[0]}" for where, _, rows in page.sections() for row in rows if not row[3]] == []


def test_the_example_of_a_company_is_true(refresh, page, tmp_path):
    blocks = re.findall(r"```(yaml|csv)\n# (\S+)\n(.*?)```", refresh.COMPANY.read_text(encoding="utf-8"), re.DOTALL)
    assert [kind for kind, _, _ in blocks] == ["yaml", "csv"]
    for _, name, text in blocks:
        path = tmp_path / Path(name).relative_to("data/acme")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert check(tmp_path) == []
    loaded = ingest.load(open_workspace("01_ingest", tmp_path, "2026-10", build=str(tmp_path / "build")))
    assert loaded.quarantine.height == 0
    assert loaded.tables["order_lines"]["net_amount"].sum() == 2 * 450_000 + 1_290_000 + 890_000
    orders = loaded.tables["orders"].select("order_id", "channel", "region", "is_cancelled").rows()
    assert orders == [("1001", "Shop", "North", False), ("1002", "Shop", "South", False)]


def targets(root) -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_path_in_the_readme_exists(root, readme):
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", readme)
    quoted = re.findall(r"`((?:lib|docs|data/demo|notebooks|tests)[\w./-]*)`", readme)
    missing = [path for path in linked + quoted if not (root / path).exists()]
    assert linked
    assert missing == []


def test_every_make_target_in_the_readme_exists(root, readme):
    named = set(re.findall(r"\bmake ([a-z]+)", readme))
    assert {"run", "test"} <= named
    assert named <= targets(root)


def test_every_revops_command_in_the_readme_exists_with_its_options(readme):
    lines = re.findall(r"\brevops ([a-z]+)([^\n`]*)", "\n".join(re.findall(r"```\w*\n(.*?)```", readme, re.DOTALL)))
    assert "run" in {name for name, _ in lines}
    for name, rest in lines:
        assert name in revops.commands, name
        known = {option for parameter in revops.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known


def test_every_option_that_the_readme_names_exists(readme):
    known = {name for command in revops.commands.values() for option in command.params for name in option.opts}
    assert set(re.findall(r"`(--[a-z-]+)`", readme)) <= known


def test_corrections_and_databases_are_named_in_the_readme_as_they_are(readme):
    assert f"`data/acme/{corrections.FOLDER}/`" in readme
    assert f"`{corrections.RAW_ROW}`" in readme
    drivers = set(get_args(Database.model_fields["driver"].annotation))
    named = re.search(r"`database:` with (\w+), (\w+) or (\w+)", readme)
    assert named
    assert {name.lower() for name in named.groups()} == drivers


def test_make_targets_are_explained_at_the_top_of_the_makefile(root):
    head = (root / "Makefile").read_text(encoding="utf-8").partition("\n\n")[0]
    explained = set(re.findall(r"^# make ([a-z-]+)", head, re.MULTILINE))
    phony = set(re.search(r"^\.PHONY: (.*)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1].split())
    assert explained == phony <= targets(root)


def test_the_readme_fits_one_screen(readme):
    assert len(readme.splitlines()) <= 70


def test_the_command_is_up_without_loading_charts_or_notebooks(root):
    heavy = ["altair", "papermill", "nbconvert", "pandas", "polars", "jupyterlab"]
    code = f"import sys, revops.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=root / "lib", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_news_pop_up_of_jupyterlab_is_off(root):
    path = root / "jupyter" / "labconfig" / "default_setting_overrides.json"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert 'JUPYTER_CONFIG_PATH="$(CURDIR)/jupyter"' in (root / "Makefile").read_text(encoding="utf-8")
