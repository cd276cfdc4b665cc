"""The check in words, and saved: evidence, what to do and why a rule could not judge, in the run's language."""

from datetime import date
from typing import Any

import polars as pl

from revops.ingest.hygiene.check import Checkup, examine
from revops.ingest.hygiene.contracts import HYGIENE_TABLES
from revops.ingest.hygiene.records import Records
from revops.ingest.load import Loaded
from revops.money import RATE_SCALE
from revops.words import Words
from revops.workspace import Workspace


def check(ws: Workspace, loaded: Loaded) -> Checkup:
    """Examine what was loaded, and save `hygiene_findings`, `hygiene_rules` and `hygiene_scores`."""
    received = dict(loaded.log.select("file", "received_on").drop_nulls().rows())
    records = Records(loaded.tables, loaded.quarantine, ws.company, ws.as_of, received)
    found = examine(records)
    names = dict(records.table("people").sort("start_on").select("person_id", "name").rows())
    told = Checkup(
        findings=_findings(found.findings, names, ws.words),
        rules=found.rules.with_columns(_told("reason", _reasons(found.rules, ws.words))),
        scores=found.scores.with_columns(_told("reason", _reasons(found.scores, ws.words))),
        touched=found.touched,
        open_deals=found.open_deals,
        open_amount=found.open_amount,
    )
    for name, frame in (("findings", told.findings), ("rules", told.rules), ("scores", told.scores)):
        contract = HYGIENE_TABLES[f"hygiene_{name}"]
        columns = [pl.col(c).cast(column.dtype) for c, column in contract.columns().items()]
        ws.save(f"hygiene_{name}", frame.select(columns), contract)
    return told


def evidence(words: Words, finding: dict[str, Any]) -> str:
    """What was found, against what is expected."""
    shown = {name: _shown(words, finding[name], finding["unit"]) for name in ("found", "expected")}
    return str(words.t(f"hygiene.evidence.{finding['problem']}", **shown))


def fix(words: Words, finding: dict[str, Any]) -> str:
    """What to do about it."""
    return str(words.t(f"hygiene.fix.{finding['problem']}"))


def reason(words: Words, key: str, what: str | None) -> str:
    """Why a rule could not judge."""
    return str(words.t(f"hygiene.reason.{key}", what=what or ""))


def _findings(facts: pl.DataFrame, names: dict[str, str], words: Words) -> pl.DataFrame:
    rows = facts.to_dicts()
    return facts.with_columns(
        _told("evidence", [evidence(words, row) for row in rows]),
        _told("fix", [fix(words, row) for row in rows]),
        _told("person", [names.get(row["person_id"], row["person_id"]) for row in rows]),
    )


def _reasons(facts: pl.DataFrame, words: Words) -> list[str | None]:
    keys = facts.select("reason", "what").rows()
    return [reason(words, key, what) if key else None for key, what in keys]


def _told(name: str, texts: list[Any]) -> pl.Series:
    return pl.Series(name, texts, pl.String)


def _shown(words: Words, value: str | None, unit: str) -> str:
    """A value of the evidence as the language writes it; '' for none."""
    if value is None:
        return ""
    if unit == "date":
        year, month, day = (int(part) for part in value.split("-"))
        return words.date(date(year, month, day))
    if unit == "money":
        return words.money_short(int(value))
    if unit == "share":
        return words.percent(int(value) / RATE_SCALE, 0) if value.lstrip("-").isdigit() else value
    return words.number(int(value)) if unit in ("days", "count") else value
