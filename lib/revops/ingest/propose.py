"""A company.yaml for a folder of exports: what is recognised, what is guessed and why, what has to be asked.

Files of one kind whose names are alike become one source. Whatever is not certain stands below a line `# confirm: …`
that says what it rests on; what cannot be decided is asked, and refused by `revops check` until it is answered.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from revops.company import Mapping
from revops.ingest.evidence import Settings, funnel_of
from revops.ingest.exports import Seen, look_at
from revops.ingest.fields import RECEIVED, kind_of
from revops.ingest.guess import Guess, constants_of, formats_of
from revops.ingest.kinds import known
from revops.ingest.patterns import alike, day_pattern, pattern_of
from revops.ingest.recognise import rivals
from revops.ingest.text import fold
from revops.problems import InputError, Problem

# What a remark cannot hold (line ends among it): a file's name may; values stand escaped.
UNPRINTED = re.compile("[\x00-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
CONFIRM = "# confirm:"
HEAD = """\
# Proposed from {files}. What stands below or beside a remark 'confirm' is a guess: correct it, then take the remark
# away. `revops check` tells what else is missing.
"""
SHOWN = 5
PERSONAL = {"name", "customer_name", "phone", "email", "tax_code"}
CHOICES = {
    "dates": ("dmy", "dmy where the day stands first, mdy where the month does"),
    "decimal": (",", "',' or '.', whichever is the decimal mark"),
}


@dataclass(frozen=True)
class Proposal:
    """company.yaml as text; a line on each source, and on each file that is none and why."""

    text: str
    sources: list[str]
    others: list[str]
    to_confirm: int


def propose(folder: Path, exports: Path, name: str, currency: str) -> Proposal:
    """The proposal for the company folder `folder` from the files below `exports`; empty texts are guessed.

    Raises InputError where no file is recognised, or nothing tells the currency.
    """
    found, others = look_at(exports)
    seen, drafts = [s for s in found if not s.lacks], [s for s in found if s.lacks]
    every = {s.name for s in found} | set(others)
    others |= {s.name: s.lacks for s in drafts}
    told = [f"{file}: {why}" for file, why in sorted(others.items())]
    if not seen:
        expected, next_step = "exports as .csv or .xlsx with a header that is known", "name the folder of the exports"
        raise InputError(Problem(str(exports), "; ".join(told[:3]) or "no file", expected, next_step))
    own = [(s.name, s.table) for s in seen if "fx_rates" not in s.tables]
    settings = Settings.of(own, name or titled(folder.name), bool(name), currency)
    inside = exports.is_relative_to(folder)
    prefix = f"{exports.relative_to(folder).as_posix()}/".removeprefix("./") if inside else "exports:"
    blocks, lines = list[str](), list[str]()
    for source, files, pattern in _sources(seen, every):
        blocks += _block(source, files, prefix + pattern, settings.currency)
        what = files[0].kind if files[0].guess is None else f"guessed: {files[0].guess.table}"
        lines.append(f"{source}: {what}, {prefix}{pattern}, {_counted(files)}")
    for source, files, pattern in _sources(drafts, every):
        blocks += _draft(_block(source, files, prefix + pattern, settings.currency), files[0])
    roots = [] if inside else [f"roots: {_flow({'exports': str(exports)})}"]
    stages = funnel_of([(s.table, known()[s.kind]) for s in seen if s.fits and "opportunities" in s.tables])
    head = [line for key in settings.head() for line in _setting(*key)]
    every_line = [*head, *roots, "", "sources:", *blocks, *stages, ""]
    text = HEAD.format(files=_counted(every)) + "\n".join(UNPRINTED.sub("?", line) for line in every_line)
    return Proposal(text, lines, told, text.count(CONFIRM))


def titled(text: str) -> str:
    """A file's or folder's name as people write one.

    >>> titled("cua-hang_online")
    'Cua hang online'
    """
    words = re.sub(r"[-_.#]+", " ", text).strip()
    return words[:1].upper() + words[1:]


def _sources(seen: list[Seen], every: set[str]) -> list[tuple[str, list[Seen], str]]:
    """Name, files and pattern of each source, by name; where no pattern finds just its files, each stands for itself.

    A source is called as its kind, or as its files are where it has none; both, where a kind comes twice.
    """
    parts = list[tuple[list[Seen], str]]()
    for files in _groups(seen, every):
        pattern = _pattern(files, every)
        alone = [([s], re.sub(r"([\[*?])", r"[\1]", s.name)) for s in files]
        parts += [(files, pattern)] if pattern else alone
    kinds = [files[0].kind for files, _ in parts if files[0].fits]
    plain = [min(files, key=lambda s: len(alike(s.name))) for files, _ in parts]
    names = [_named(seen, kinds.count(seen.kind)) for seen in plain]
    numbered = [n if names.count(n) == 1 else f"{n}_{names[: i + 1].count(n)}" for i, n in enumerate(names)]
    return sorted((name, *part) for name, part in zip(numbered, parts, strict=True))


def _groups(seen: list[Seen], every: set[str]) -> list[list[Seen]]:
    """Files that are alike; with them those of their kind and folder without which no pattern finds them.

    'bills July.csv' and 'bills August corrected.csv' are of one till: apart, each month would be a source that ended.
    """
    alike_ones = [list(files) for _, files in groupby(sorted(seen, key=lambda s: (s.group, s.name)), lambda s: s.group)]
    found = list[list[Seen]]()
    for _, groups in groupby(sorted(alike_ones, key=lambda files: _place(files[0])), lambda files: _place(files[0])):
        apart = list(groups)
        together = sorted((s for files in apart for s in files), key=lambda s: s.name)
        needs = any(len(files) > 1 and not _pattern(files, every) for files in apart)
        found += [together] if needs and _pattern(together, every) else apart
    return found


def _place(seen: Seen) -> tuple[str, str, str, tuple[str, ...]]:
    """Kind, sheet, folder and, without a kind, the header: what files of one source have in common."""
    kind, sheet, name, *headers = seen.group
    return (kind, sheet, name.rpartition("/")[0], tuple(headers))


def _pattern(files: list[Seen], every: set[str]) -> str | None:
    names = list(dict.fromkeys(s.name for s in files))
    return pattern_of(names, every - set(names))


def _named(seen: Seen, times: int) -> str:
    """The name of a source whose kind comes so many times."""
    words = fold(f"{alike(seen.name).rpartition('/')[2]} {seen.sheet}").replace("%", "").split() or ["files"]
    return seen.kind if times == 1 else "_".join([*([seen.kind] if seen.fits else []), *words])


def _block(source: str, files: list[Seen], pattern: str, currency: str) -> Iterator[str]:
    """One source as lines of YAML."""
    first, names = files[0], [s.name for s in files]
    yield f"  # {_counted(files)}: {names[0] if len(names) == 1 else f'{names[0]} to {names[-1]}'}"
    also = [match.kind for match in rivals(first.fits)] if first.fits else first.guess.rivals if first.guess else []
    if first.guess:
        told = f"no kind knows these columns; table {first.guess.table} fits {len(first.guess.columns)} of them"
        yield f"  {CONFIRM} {'; '.join([told, *(f'{other} fits as well' for other in also)])}"
    elif also:
        yield f"  {CONFIRM} {' and '.join(also)} fit{'s' if len(also) == 1 else ''} these columns as well"
    yield from (f"  {source}:", f"    kind: {first.kind}")
    yield from [f"    table: {first.guess.table}"] if first.guess else []
    yield f"    files: {_flow(pattern)}"
    yield from [f"    sheet: {_flow(first.sheet)}"] if first.sheet else []
    if first.guess:
        yield from _columns(first.guess)
        constants = constants_of(first.guess, titled(alike(first.name).rpartition("/")[2]))
        yield from _formats(files, {n: c.header for n, c in first.guess.columns.items()}, {}, currency)
        yield from _constants(files, constants, RECEIVED in constants.values())
    else:
        mapping = known()[first.kind]
        yield from _new_values(files, mapping)
        yield from _formats(files, first.fits[0].headers, mapping.formats, currency)
        yield from _constants(files, {}, RECEIVED in mapping.constants.values())


def _draft(block: Iterable[str], seen: Seen) -> Iterator[str]:
    """A source that lacks something, as a remark: what it has, and the fields that must still be given."""
    yield f"  {CONFIRM} {seen.lacks}"
    remarks = (line for line in block if not line.lstrip().startswith(CONFIRM))
    yield from (f"  # {line[2:].replace(CONFIRM, '#')}" for line in remarks)
    if seen.fits:
        yield "  #   columns:"
    yield from (f"  #     {field}: which column?" for field in seen.missing)


def _new_values(files: Sequence[Seen], mapping: Mapping) -> Iterator[str]:
    """A line for each field with values that the kind does not know: their rows would wait in quarantine."""
    for name, values in mapping.values.items():
        if "*" in values or name in mapping.extract:
            continue
        listed, new = {fold(value) for value in values}, dict[str, str]()
        for seen in files:
            header = seen.fits[0].headers.get(name, "")
            if header in seen.table.headers:
                texts = seen.table.frame[header].drop_nulls().unique().sort()
                new.update((" ".join(text.split())[:40], header) for text in texts if fold(text) not in listed)
        if new:
            shown = ", ".join(f"'{text}'" for text in list(new)[:SHOWN]) + (", …" if len(new) > SHOWN else "")
            choices = " or ".join(dict.fromkeys(value for value in values.values() if value))
            yield f"    {CONFIRM} {next(iter(new.values()))} has {shown}, which the kind does not know"
            yield f"    # values: {{{name}: {_flow(dict.fromkeys(list(new)[:SHOWN], choices))}}}"


def _columns(found: Guess) -> Iterator[str]:
    yield "    columns:"
    for name, column in found.columns.items():
        why = [] if column.is_same else [f"contains '{column.word}'"]
        why += [f"or {' or '.join(column.others)}"] if column.others else []
        asked = f"{CONFIRM[2:]} {', '.join(why)}; " if why else ""
        yield f"      {name}: {_flow(column.header)}  # {asked}{_example(name, column.example)}"
    if found.unused:
        yield f"      # no field for: {', '.join(found.unused)}"
    if found.table == "order_lines" and not {"ordered_on", "ordered_at"} & set(found.columns):
        yield f"    {CONFIRM} no column tells the day of an order: another source must give the orders"


def _constants(files: list[Seen], constants: dict[str, str], is_snapshot: bool) -> Iterator[str]:
    """What no column tells, and the day of the export: in the names, or a lone snapshot file's own date."""
    named = [f"{name} '{value}'" for name, value in constants.items() if value != RECEIVED]
    pattern = day_pattern([s.name for s in files])
    if named:
        yield f"    {CONFIRM} no column tells {' and '.join(named)}; that is what the file is called"
    if is_snapshot and not pattern and len(files) == 1:
        day = datetime.fromtimestamp(files[0].path.stat().st_mtime).date()
        yield f"    {CONFIRM} no day in the file's name; it was last changed on {day}. Better: rename it to …_{day}"
        constants = {**constants, "snapshot_on": str(day)}
    elif is_snapshot and not pattern:
        yield f"    {CONFIRM} no day in the files' names: rename them to …_2026-10-31 and give received_on"
    if constants:
        yield f"    constants: {_flow(constants)}"
    if pattern:
        if not is_snapshot:
            yield f"    {CONFIRM} the last day in the name is the day of the export; later files go before earlier ones"
        yield f"    received_on: '{pattern}'"


def _formats(files: Sequence[Seen], headers: dict[str, str], declared: dict[str, str], currency: str) -> Iterator[str]:
    """Days and numbers as the columns decide them, with the value that shows it; what is open, as a question.

    What a kind declares is not asked, and what its columns decide is left to the reader.
    """
    shown: dict[tuple[str, str | None], str] = {}
    for seen in files:
        for name, header, convention, example in formats_of(seen.table, headers, currency):
            general = "dates" if kind_of(name) in ("day", "stamp") else "decimal"
            if not {name, general} & set(declared):
                shown.setdefault((general, convention), f"{' '.join(example.split())} in {header}")
    decided = {general: [c for g, c in shown if g == general and c] for general in CHOICES}
    settled = {general: marks[0] for general, marks in decided.items() if len(marks) == 1 and files[0].guess}
    if settled:
        yield f"    formats: {_flow(settled)}  # {'; '.join(shown[item] for item in settled.items())}"
    asked = [general for general in CHOICES if (general, None) in shown and not decided[general]]
    for general in asked:
        yield f"    {CONFIRM} {general}: {CHOICES[general][1]}; all values are like {shown[general, None]}"
    if asked:
        every = {**settled, **{general: CHOICES[general][0] for general in asked}}
        yield f"    # formats: {_flow(every)}" + ("  # in place of the line above" if settled else "")


def _setting(key: str, value: str | int, why: str) -> Iterator[str]:
    if why:
        yield f"{CONFIRM} {why}"
    yield f"{key}: {_flow(value)}"


def _counted(files: Collection[Any]) -> str:
    return f"{len(files)} file{'s' if len(files) > 1 else ''}"


def _example(name: str, value: str) -> str:
    """One of the column's values; nothing that tells of a person."""
    if not value:
        return "always empty"
    return "not shown: personal" if name in PERSONAL else f"e.g. {' '.join(value.split())[:40]}"


def _flow(value: Any) -> str:
    """A value as it stands in one line of YAML."""
    style = '"' if UNPRINTED.search("".join(map(str, value.values() if isinstance(value, dict) else [value]))) else None
    text = yaml.safe_dump(
        value, default_flow_style=True, default_style=style, allow_unicode=True, width=10**6, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")
