"""Findings: what deviates, why, and what to do about it.

found: all watches of a period, ranked · rules (rules.yaml): what is watched, looked for and done, in a file that users
edit · looks: revenue part by part (parts), any metric by its dimensions, deals · limits: what is usual · causes: those
of the data (gaps) before those of the business (drivers) · finding: one of them · followed: what became of the last
ones · themes: customers, sales and market together.
"""

from revops.kpis.findings.finding import Finding, could_be_luck, due_on, owner_of
from revops.kpis.findings.followed import KEY, follow, to_keep
from revops.kpis.findings.found import Found, find
from revops.kpis.findings.rules import Rules, load_rules
from revops.kpis.findings.themes import themes

__all__ = [
    "KEY",
    "Finding",
    "Found",
    "Rules",
    "could_be_luck",
    "due_on",
    "find",
    "follow",
    "load_rules",
    "owner_of",
    "themes",
    "to_keep",
]
