"""Metrics by any dimension (`metric`, `browse`); tables of revenue, customers, deals and campaigns; findings."""

from revops.kpis import (
    bridge,
    causes,
    compare,
    contributions,
    customers,
    findings,
    funnel,
    marketing,
    recurring,
    references,
    revenue,
    targets,
)
from revops.kpis.catalogue import browse, metric
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
    "browse",
    "causes",
    "compare",
    "contributions",
    "customers",
    "find",
    "findings",
    "funnel",
    "gather",
    "headline",
    "marketing",
    "metric",
    "months_table",
    "recurring",
    "references",
    "revenue",
    "targets",
]
