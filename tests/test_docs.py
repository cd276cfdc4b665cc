"""Documents that are made stay in step with what they are made from; documents that are written name what exists."""

import importlib.util
import re
import subprocess
import sys

import pytest
import yaml

from revops.cli import main as revops


@pytest.fixture(scope="module")
def refresh(root):
    spec = importlib.util.spec_from_file_location("refresh", root / "docs" / "refresh.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_data_dictionary_says_what_the_contracts_say(refresh):
    assert refresh.DICTIONARY.read_text(encoding="utf-8") == refresh.dictionary_page(), "run: make refresh"


def targets(root) -> set[str]:
    return set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


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


def test_make_targets_are_explained_at_the_top_of_the_makefile(root):
    head = (root / "Makefile").read_text(encoding="utf-8").partition("\n\n")[0]
    explained = set(re.findall(r"^# make ([a-z]+)", head, re.MULTILINE))
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
