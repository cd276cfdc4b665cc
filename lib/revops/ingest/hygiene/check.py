"""All rules over all records: findings, what each rule judged, and a score per object.

A record that several rules of a category hit costs once, by the gravest:

    category = 1 − Σ weight of each judged record ÷ judged records
    object   = mean of the categories that could be judged

Of 200 contacts whose addresses were judged, 10 repeat one (high, 1.0) and 6 share a telephone only (medium, 0.5):
1 − (10 × 1.0 + 6 × 0.5) ÷ 200 = 0.935 for the duplicates.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from revops.company import Hygiene
from revops.ingest.hygiene import closed, people
from revops.ingest.hygiene.records import SUBJECT, Records
from revops.ingest.hygiene.rules import OBJECTS, RULES
from revops.ingest.hygiene.verdict import Rule, Unjudged

SEVERITIES = ("high", "medium", "low", "info")
ALL = "all"
TOUCHES = {
    "opportunities": "opportunity_id", "leads": "opportunity_id", "activities": "opportunity_id", "owners": "person_id",
}  # fmt: skip
MAY_BE_NULL = {
    "applicable": pl.Int64, "hit": pl.Int64, "open_amount": pl.Int64, "share": pl.Float64, "weight": pl.Float64,
    "score": pl.Float64, "reason": pl.String, "what": pl.String,
}  # fmt: skip
HITS = {
    **dict.fromkeys(("rule", "object", "category", "record_id", "problem", "found", "expected", "unit"), pl.String),
    "severity": pl.String, "weight": pl.Float64, "stands_for": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Checkup:
    """What the rules found, in facts: `findings`, `rules`, `scores`, and the open pipeline they were found in.

    `touched` has one row per finding's record and open deal that it touches: object, record_id, deal, amount.
    """

    findings: pl.DataFrame
    rules: pl.DataFrame
    scores: pl.DataFrame
    touched: pl.DataFrame
    open_deals: int
    open_amount: int

    def amount_of(self, findings: pl.DataFrame) -> int:
        """The open pipeline that these findings touch, each deal once."""
        return _worth(self.touched.join(findings, on=["object", "record_id"], how="semi"))


def examine(records: Records) -> Checkup:
    """Every rule over the records; nothing is read but the tables."""
    verdicts = [(rule, rule.judge(records)) for rule in RULES]
    hits = pl.concat([pl.DataFrame(schema=HITS), *(_hits(rule, verdict, records.bounds) for rule, verdict in verdicts)])
    subjects = pl.concat([_subjects(records, name, hits) for name in OBJECTS])
    deals = records.open_deals.select(
        pl.col("record_id").alias("deal"), "account_id", "person_id", pl.col("amount").fill_null(0).clip(0)
    )
    touched = pl.concat([_touched(part, name, deals) for (name,), part in subjects.group_by("object")] or [_NOTHING])
    counts = {name: _count(records, name) for name in OBJECTS}
    rules = [_rule_row(rule, verdict, records, counts[rule.object], hits, touched) for rule, verdict in verdicts]
    scores = [row for name in OBJECTS for row in _score_rows(name, verdicts, records, counts[name], hits, touched)]
    return Checkup(
        findings=_findings(hits, subjects, touched, records),
        rules=pl.DataFrame(rules, schema_overrides=MAY_BE_NULL, infer_schema_length=None),
        scores=pl.DataFrame(scores, schema_overrides=MAY_BE_NULL, infer_schema_length=None),
        touched=touched,
        open_deals=deals.height,
        open_amount=int(deals["amount"].sum()),
    )


_NOTHING = pl.DataFrame(schema={"object": pl.String, "record_id": pl.String, "deal": pl.String, "amount": pl.Int64})


def _hits(rule: Rule, verdict: pl.DataFrame | Unjudged, bounds: Hygiene) -> pl.DataFrame:
    """The problems a rule found; a problem without severity of its own has the rule's."""
    if isinstance(verdict, Unjudged):
        return pl.DataFrame(schema=HITS)
    weights = {name: float(getattr(bounds.weights, name)) for name in SEVERITIES}
    names, costs = pl.Series(list(weights), dtype=pl.String), pl.Series(list(weights.values()), dtype=pl.Float64)
    severity = pl.col("severity").fill_null(rule.severity)
    facts = {"rule": rule.id, "object": rule.object, "category": rule.category}
    return (
        verdict.filter(pl.col("problem").is_not_null())
        .with_columns(*(pl.lit(value).alias(name) for name, value in facts.items()), severity.alias("severity"))
        .with_columns(pl.col("severity").replace_strict(names, costs, return_dtype=pl.Float64).alias("weight"))
        .select(*HITS)
    )


def _subjects(records: Records, name: str, hits: pl.DataFrame) -> pl.DataFrame:
    ids = hits.filter(pl.col("object") == name)["record_id"].unique()
    if name in ("owners", "account_months"):
        rows = people.owners(records) if name == "owners" else closed.account_months(records)
        rows = rows.filter(pl.col("record_id").is_in(ids.implode()))
        blank = [pl.lit(None, kind).alias(c) for c, kind in SUBJECT.items() if c not in rows.columns]
        rows = rows.with_columns(blank).select(pl.col(c).cast(kind) for c, kind in SUBJECT.items())
    else:
        rows = records.subjects(name, ids)
    return rows.with_columns(pl.lit(name).alias("object"))


def _count(records: Records, name: str) -> int:
    made = {"owners": people.owners, "account_months": closed.account_months}
    return made[name](records).height if name in made else records.count(name)


def _touched(subjects: pl.DataFrame, name: str, deals: pl.DataFrame) -> pl.DataFrame:
    """One row per record and open deal it touches: its own, its account's or its owner's."""
    key = TOUCHES.get(str(name), "account_id")
    named = subjects.filter(pl.col(key).is_not_null()).select("object", "record_id", key)
    keyed = deals.select(pl.col("deal").alias("opportunity_id"), "deal", "account_id", "person_id", "amount")
    columns = list(dict.fromkeys([key, "deal", "amount"]))
    return named.join(keyed.select(columns), on=key).select(_NOTHING.columns).unique()


def _worth(touched: pl.DataFrame) -> int:
    return int(touched.unique("deal")["amount"].sum())


def _rule_row(
    rule: Rule,
    verdict: pl.DataFrame | Unjudged,
    records: Records,
    count: int,
    hits: pl.DataFrame,
    touched: pl.DataFrame,
) -> dict[str, Any]:
    row = {
        "rule": rule.id, "object": rule.object, "category": rule.category, "severity": rule.severity,
        "weight": float(getattr(records.bounds.weights, rule.severity)), "records": count,
    }  # fmt: skip
    if isinstance(verdict, Unjudged):
        blank = dict.fromkeys(("applicable", "hit", "share", "open_amount"))
        return {**row, **blank, "reason": verdict.reason, "what": verdict.what}
    mine = hits.filter((pl.col("rule") == rule.id) & (pl.col("object") == rule.object))
    applicable, hit = _judged(rule, verdict, records), _records_hit(mine)
    return {
        **row, "applicable": applicable, "hit": hit, "share": hit / applicable if applicable else None,
        "open_amount": _worth(touched.join(mine, on=["object", "record_id"], how="semi")) if hit else 0,
        "reason": None, "what": None,
    }  # fmt: skip


def _records_hit(hits: pl.DataFrame) -> int:
    return int(hits.group_by("record_id").agg(pl.col("stands_for").max())["stands_for"].sum())


def _judged(rule: Rule, verdict: pl.DataFrame, records: Records) -> int:
    return rule.among(records) if rule.among else verdict["record_id"].n_unique()


def _score_rows(
    name: str, verdicts: list[Any], records: Records, count: int, hits: pl.DataFrame, touched: pl.DataFrame
) -> list[dict[str, Any]]:
    """An object's categories that could be judged, and all of them together; where none could, why not."""
    mine = hits.filter(pl.col("object") == name)
    ours = [(rule, verdict) for rule, verdict in verdicts if rule.object == name]
    judged = [(r, v) for r, v in ours if isinstance(v, pl.DataFrame) and _judged(r, v, records)]
    categories = list(dict.fromkeys(rule.category for rule, _ in judged))
    rows = []
    for category in categories:
        applicable = _together([(r, v) for r, v in judged if r.category == category], records)
        lost = (
            mine.filter(pl.col("category") == category).group_by("record_id").agg(pl.col("weight", "stands_for").max())
        )
        score = 1 - float((lost["weight"] * lost["stands_for"]).sum()) / applicable
        rows.append(_score(name, category, count, applicable, lost, touched) | {
            "weight": 1 / len(categories), "score": score, "reason": None, "what": None,
        })  # fmt: skip
    whole = _score(name, ALL, count, _together(judged, records), mine, touched)
    if not rows:
        why = next((v for _, v in ours if isinstance(v, Unjudged)), Unjudged("no_records", name))
        return [whole | {"weight": None, "score": None, "reason": why.reason, "what": why.what}]
    score = 1 - sum(1 - row["score"] for row in rows) / len(rows)
    return [*rows, whole | {"weight": 1.0, "score": score, "reason": None, "what": None}]


def _together(judged: list[Any], records: Records) -> int:
    """Records that at least one of these rules judged."""
    counted = [rule.among(records) for rule, _ in judged if rule.among]
    listed = [verdict["record_id"] for rule, verdict in judged if not rule.among]
    return max([*counted, pl.concat(listed).n_unique() if listed else 0])


def _score(
    name: str, category: str, count: int, applicable: int, hit: pl.DataFrame, touched: pl.DataFrame
) -> dict[str, Any]:
    mine = touched.filter(pl.col("object") == name).join(hit, on="record_id", how="semi") if hit.height else touched[:0]
    return {
        "object": name, "category": category, "records": count, "applicable": applicable,
        "hit": _records_hit(hit), "open_amount": _worth(mine),
    }  # fmt: skip


def _findings(hits: pl.DataFrame, subjects: pl.DataFrame, touched: pl.DataFrame, records: Records) -> pl.DataFrame:
    """The problems with their records, who acts, and the open pipeline they touch; the gravest and costliest first."""
    sums = touched.group_by("object", "record_id").agg(pl.col("amount").sum().alias("open_amount"))
    every = hits.join(subjects, on=["object", "record_id"], how="left").join(
        sums, on=["object", "record_id"], how="left"
    )
    about = pl.col("object") == "owners"
    owned = every.select("person_id", about.alias("about")).unique()
    acts = owned.with_columns(
        pl.Series(
            "acts", [people.who_acts(records, person, about_owner=flag) for person, flag in owned.rows()], pl.String
        )
    )
    named = every.with_columns(about.alias("about")).join(acts, on=["person_id", "about"], how="left", nulls_equal=True)
    named = named.with_columns(
        pl.col("acts").alias("person_id"),
        pl.col("open_amount").fill_null(0),
        pl.col("severity").replace_strict(SEVERITIES, range(4), return_dtype=pl.Int64).alias("_rank"),
    )
    order = ["_rank", "open_amount", "rule", "object", "record_id", "problem"]
    return named.sort(order, descending=[False, True, *[False] * 4]).drop("_rank", "about", "acts")
