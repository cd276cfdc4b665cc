"""The contracts of the tables that the check of the CRM saves: grain, key, columns, units."""

import dataframely as dy


class HygieneFindings(dy.Schema):
    """One row per rule, record and problem: who has to put what right, in the run's language."""

    rule = dy.String(primary_key=True, description="id of the rule")
    object = dy.String(primary_key=True, description="what is judged: opportunities, contacts, …")
    record_id = dy.String(primary_key=True, description="the record; file:row of one that waits in quarantine")
    problem = dy.String(primary_key=True, description="which of the rule's problems")
    category = dy.String(description="duplicates, completeness, activity, consistency or references")
    severity = dy.String(description="high, medium, low or info")
    name = dy.String(nullable=True, description="the record's name")
    person_id = dy.String(nullable=True, description="who acts: the owner, where gone the manager, else the data's")
    person = dy.String(nullable=True, description="that person's name")
    evidence = dy.String(description="what was found, against what is expected")
    fix = dy.String(description="what to do")
    stands_for = dy.Int64(description="records that say the same: of orders and their lines all, else 1")
    open_amount = dy.Int64(description="open deals that the record touches, in the company's money")
    source = dy.String(nullable=True, description="source of the record")
    file = dy.String(nullable=True, description="file of the record")
    row = dy.Int64(nullable=True, description="row in the file, as a spreadsheet shows it")


class HygieneRules(dy.Schema):
    """One row per rule and object: how many records it could judge and how many it hit, or why it judged none."""

    rule = dy.String(primary_key=True, description="id of the rule")
    object = dy.String(primary_key=True, description="what is judged")
    category = dy.String(description="category in the object's score")
    severity = dy.String(description="severity of a hit, where the problem has none of its own")
    weight = dy.Float64(description="what a record hit costs, 1: the whole record")
    records = dy.Int64(description="records of the object")
    applicable = dy.Int64(nullable=True, description="records the rule could judge; null: not applicable")
    hit = dy.Int64(nullable=True, description="records with at least one problem")
    share = dy.Float64(nullable=True, description="hit ÷ applicable")
    open_amount = dy.Int64(nullable=True, description="open deals that the hit records touch, each once")
    reason = dy.String(nullable=True, description="why it is not applicable, with the table or column that is missing")


class HygieneScores(dy.Schema):
    """One row per object and category, and one per object for all of them ('all').

    A category's score is 1 − Σ over its judged records of the gravest weight that hits the record ÷ these records; the
    object's is 1 − Σ weight × (1 − the category's score).
    """

    object = dy.String(primary_key=True, description="what is judged")
    category = dy.String(primary_key=True, description="category, or all")
    records = dy.Int64(description="records of the object")
    applicable = dy.Int64(description="records that at least one rule could judge")
    hit = dy.Int64(description="of these, records with at least one problem")
    weight = dy.Float64(nullable=True, description="the category's part of the object's score; all: 1")
    score = dy.Float64(nullable=True, description="1 is clean; null: no rule could judge it, see reason")
    open_amount = dy.Int64(description="open deals that the hit records touch, each once")
    reason = dy.String(nullable=True, description="why there is no score")


HYGIENE_TABLES: dict[str, type[dy.Schema]] = {
    "hygiene_findings": HygieneFindings,
    "hygiene_rules": HygieneRules,
    "hygiene_scores": HygieneScores,
}
