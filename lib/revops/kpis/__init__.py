"""Metrics by any dimension (`metric`, `browse`); tables of revenue, customers, deals and campaigns; findings."""

from revops.kpis import (
    campaigns,
    compare,
    customers,
    economics,
    findings,
    forecast,
    marketing,
    outlooks,
    pipeline,
    recurring,
    retention,
    revenue,
    targets,
)
from revops.kpis.catalogue import browse
from revops.kpis.counting import metric, trace
from revops.kpis.facts import KEYS, Facts
from revops.kpis.findings import find, load_rules
from revops.kpis.headline import METRICS, TILES, headline, months_table
from revops.kpis.periods import references
from revops.kpis.spans import Spans
from revops.kpis.targets.goals import gather
from revops.kpis.targets.standing import standing

__all__ = [
    "KEYS",
    "METRICS",
    "TILES",
    "Facts",
    "Spans",
    "browse",
    "campaigns",
    "compare",
    "customers",
    "economics",
    "find",
    "findings",
    "forecast",
    "pipeline",
    "gather",
    "headline",
    "load_rules",
    "marketing",
    "metric",
    "months_table",
    "recurring",
    "outlooks",
    "references",
    "retention",
    "revenue",
    "standing",
    "targets",
    "trace",
]
