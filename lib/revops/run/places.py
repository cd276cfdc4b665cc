"""Where a fault lies, as the reader of a terminal finds it: the file with its folder, and the line of the setting."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import yaml

from revops.company import line_numbers
from revops.problems import Problem
from revops.workspace import root

SETTINGS = "company.yaml"


def placed(problems: Iterable[Problem], folder: Path) -> list[Problem]:
    """The problems with the company's folder before its files; those of company.yaml first, by line; each once."""
    found = list(dict.fromkeys(problems))
    lines = _lines(folder) if any(p.where.startswith(SETTINGS) for p in found) else {}
    numbered = [replace(p, where=_numbered(p.where, lines)) for p in found]
    return [replace(p, where=_below(p.where, folder)) for p in sorted(numbered, key=_rank)]


def _lines(folder: Path) -> dict[str, int]:
    try:
        return {".".join(map(str, path)): line for path, line in line_numbers(folder / SETTINGS).items()}
    except (OSError, yaml.YAMLError):
        return {}


def _numbered(where: str, lines: dict[str, int]) -> str:
    """'company.yaml, quota.step' with the line of the setting, or of the nearest one above it that is there."""
    name, _, setting = where.partition(", ")
    if name != SETTINGS or not setting or setting.startswith("line "):
        return where
    parts = setting.split(".")
    known = [".".join(parts[:n]) for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in lines]
    return f"{name}, line {lines[known[0]]}, {setting}" if known else where


def _rank(problem: Problem) -> tuple[int, int]:
    line = re.match(rf"{re.escape(SETTINGS)}, line (\d+)", problem.where)
    if line:
        return 0, int(line[1])
    return (0, 0) if problem.where.startswith(SETTINGS) else (1, 0)


def _below(where: str, folder: Path) -> str:
    """The file of `where` with the company's folder, as it is typed from the repository's root."""
    file = where.partition(",")[0]
    shown = folder.relative_to(root()) if folder.is_relative_to(root()) else folder
    if Path(file).is_absolute():
        inside = Path(file).is_relative_to(folder)
        return (shown / Path(file).relative_to(folder)).as_posix() + where[len(file) :] if inside else where
    is_file = file.endswith(".yaml") or (folder / file).is_file()
    return f"{shown.as_posix()}/{where}" if is_file else where
