"""Measures of revenue, customers, recurring revenue, funnel and marketing; targets; findings."""

from revops.kpis import bridge, causes, compare, customers, findings, funnel, marketing, recurring, revenue, targets
from revops.kpis.facts import KEYS, Facts, gather
from revops.kpis.findings import find
from revops.kpis.headline import METRICS, TILES, headline, months_table
from revops.kpis.spans import Spans

__all__ = [
    "KEYS",
    "METRICS",
    "TILES",
    "Facts",
    "Spans",
    "bridge",
    "causes",
    "compare",
    "customers",
    "find",
    "findings",
    "funnel",
    "gather",
    "headline",
    "marketing",
    "months_table",
    "recurring",
    "revenue",
    "targets",
]
