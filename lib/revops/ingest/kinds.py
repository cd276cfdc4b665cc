"""Kinds of export files, declared as data: `kinds/<kind>.yaml` in the grammar of company.Mapping.

A new system needs a new YAML file, no code. What company.yaml says about a source goes before what its kind says.
"""

import re
from collections.abc import Mapping as Map
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from revops import tables
from revops.company import YAML, Mapping, Source
from revops.ingest.fields import RECEIVED, melted_fields
from revops.ingest.text import fold
from revops.problems import Problem, nearest
from revops.section import Section

FOLDER = Path(__file__).parent / "kinds"
PLAIN = "table"
GENERAL = {"dates", "decimal", "zone"}


class About(Section):
    """What people are told of a kind; docs/kinds.md is made from it."""

    system: str = Field(description="the system whose export it is")
    export: str = Field(description="the export's name in that system, and where to find it")
    grain: str = Field(description="what one row is")
    date: str = Field(description="which column decides the period, and in which zone it is read")
    cancelled: str = Field("-", description="what counts as cancelled")
    returned: str = Field("-", description="what counts as returned, and on which day")
    encodings: list[str] = Field(min_length=1, description="encodings, separators and workbooks that the tests read")


OWN = About(
    system="any",
    export="a table of your own",
    grain="as the canonical table says",
    date="the day that decides the period of the canonical table",
    encodings=["whatever the reader reads"],
)


class Kind(Mapping):
    """A declared mapping with what people are told of it."""

    about: About


@cache
def names() -> list[str]:
    """The names of all declared kinds; `table` knows nothing and takes all from company.yaml."""
    return [PLAIN, *sorted(file.stem for file in FOLDER.glob("*.yaml"))]


@cache
def declared(name: str) -> Kind:
    """One declared kind."""
    if name == PLAIN:
        return Kind(customers="", about=OWN)
    return Kind.model_validate(yaml.load((FOLDER / f"{name}.yaml").read_text("utf-8"), Loader=YAML))


@cache
def known() -> dict[str, Kind]:
    """Every declared kind by name."""
    return {name: declared(name) for name in names()}


def mapping_of(name: str, source: Source) -> tuple[Mapping, list[Problem]]:
    """The source's full mapping: its kind's, overridden key by key; and what is wrong with it."""
    if source.kind not in names():
        where = f"company.yaml, sources.{name}.kind"
        expected = f"one of {', '.join(sorted(names()))}"
        problem = Problem(where, f"{source.kind}{nearest(source.kind, names())}", expected, "correct the kind")
        return Mapping(), [problem]
    kind, own = declared(source.kind), source.model_dump(exclude_unset=True, include=set(Mapping.model_fields))
    merged: dict[str, Any] = kind.model_dump(exclude_unset=True, exclude={"about"})
    for key, value in own.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    if "values" in own:
        merged["values"] |= _with_known(own["values"], kind.values)
    if source.database:
        merged |= _of_query(merged, own)
    if own.get("table"):
        merged["tables"] = _fed_by(own["table"], merged.get("columns", {}))
    mapping = Mapping.model_validate(merged)
    return mapping, [*_problems(name, mapping), *(_without_day(name, mapping) if source.database else [])]


def _with_known(own: dict[str, dict[str, str]], kinds: Map[str, Map[str, str]]) -> dict[str, dict[str, str]]:
    """A source's values by field, and after them those of its kind; a source that lists values says all that are kept.

    >>> _with_known({"status": {"Xong": "done"}, "region": {"HN": "North"}},
    ...             {"status": {"Completed": "done", "*": "open"}, "region": {"*": "*"}})
    {'status': {'Xong': 'done', 'Completed': 'done', '*': 'open'}, 'region': {'HN': 'North'}}
    """
    found = dict[str, dict[str, str]]()
    for field, values in own.items():
        said = {_alike(key) for key in values}
        kept = {key: value for key, value in kinds.get(field, {}).items() if (key, value) != ("*", "*")}
        found[field] = {**values, **({} if "*" in values else {k: v for k, v in kept.items() if _alike(k) not in said})}
    return found


def _alike(value: str) -> str:
    """A listed value as it is compared; a pattern as it is written."""
    return value if "*" in value else fold(value)


def _of_query(merged: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What a kind says of its export that does not hold for a query: the decimal mark, and a day of receipt."""
    formats = {**merged.get("formats", {}), "decimal": ".", **own.get("formats", {})}
    given = {field.rstrip("?") for field in merged.get("columns", {})}
    constants = {f: v for f, v in merged.get("constants", {}).items() if v != RECEIVED or f not in given}
    return {"formats": formats, "constants": constants}


def _without_day(name: str, mapping: Mapping) -> list[Problem]:
    """A query has no day of receipt: each row must say of which day its state is."""
    return [
        Problem(
            f"company.yaml, sources.{name}.columns",
            f"no column for {field}",
            "the day of each row's state, as a query has no day of receipt",
            f"give the query such a column and name it as {field}",
        )
        for field, value in mapping.constants.items()
        if value == RECEIVED
    ]


def _fed_by(table: str, columns: dict[str, Any]) -> dict[str, str]:
    """A file of order lines that also says when the order was placed feeds both tables."""
    with_orders = table == "order_lines" and {"ordered_on", "ordered_at"} & set(columns)
    return {"orders": "", table: ""} if with_orders else {table: ""}


def _problems(name: str, mapping: Mapping) -> list[Problem]:
    where = f"company.yaml, sources.{name}"
    if not mapping.tables or not mapping.columns:
        return [Problem(where, "no table or no columns", "table and columns for kind table", "add them")]
    unknown = [
        Problem(f"{where}.tables", f"{table}{nearest(table, tables.CANONICAL)}", "a canonical table", "correct it")
        for table in mapping.tables
        if table not in tables.CANONICAL
    ]
    return [*unknown, *(_wrong_patterns(where, mapping) or _unknown_fields(where, mapping))]


def _unknown_fields(where: str, mapping: Mapping) -> list[Problem]:
    """Keys that speak of a field which nothing gives."""
    given = {field.rstrip("?") for field in (*mapping.columns, *mapping.constants, *mapping.compute, *mapping.ranges)}
    given |= {*melted_fields(mapping), *mapping.heads, *(field.rstrip("?") for field in mapping.preamble)}
    spoken = {name: list(getattr(mapping, name)) for name in ("values", "extract", "lookups", "fill_down", "required")}
    spoken |= {"ids": list(mapping.ids), "absorbs": [*mapping.absorbs, *mapping.absorbs.values()]}
    spoken["levels"] = list(mapping.levels)
    spoken["stand_in"] = [*mapping.stand_in, *(part for parts in mapping.stand_in.values() for part in parts)]
    spoken["versions"] = [*mapping.versions.of, mapping.versions.newest] if mapping.versions else []
    spoken["formats"] = [field for field in mapping.formats if field not in GENERAL]
    return [
        Problem(f"{where}.{key}", f"{field}{nearest(field, given)}", "a field of the source's columns", "correct it")
        for key, fields in spoken.items()
        for field in fields
        if field not in given
    ]


def _wrong_patterns(where: str, mapping: Mapping) -> list[Problem]:
    melted = [*mapping.preamble.values(), *(mapping.melt.columns.values() if mapping.melt else ())]
    apart = [mapping.apart] if mapping.apart else []
    patterns = [*mapping.extract.values(), *mapping.heads.values(), *mapping.not_data, *mapping.refuse, *melted, *apart]
    problems = []
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            problems.append(Problem(where, f"{pattern}: {error}", "a regular expression", "correct the pattern"))
    return problems
