"""What the company measures: `metric(facts, key, periods, by=…)` counts any metric, the packages explain them.

what a metric is            catalogue/<area>.yaml declares it (loaded by `catalogue`); `counting` counts it, `composed`
                            the few that are made of others
what it is counted from     <area>/facts.py or FACTS of the area's module: `commerce`, `marketing`, `pipeline`,
                            `recurring`, `customers`, `people`, `service`, `forecast`; `fact_tables` says what one is
what is in memory           `facts` gathers it once from the canonical tables; `revenue` has every signed row of money,
                            `frames` and `engine` the doors to polars, DuckDB and Spark
against what                `spans` (periods before), `targets` (plans, paces, goals), `periods` (bridges, effects)
what will come              `forecast`, `outlooks`
what to do about it         `findings`: rules.yaml has what is watched
what the page shows         `headline`, `compare`; `contracts` has the tables it saves, `star` the schema for BI tools
"""

from revops.kpis import (
    compare,
    customers,
    findings,
    forecast,
    marketing,
    outlooks,
    pipeline,
    recurring,
    revenue,
    targets,
)
from revops.kpis.catalogue import browse
from revops.kpis.counting import metric, trace
from revops.kpis.facts import KEYS, Facts
from revops.kpis.findings import find, load_rules
from revops.kpis.headline import METRICS, TILES, headline, months_table
from revops.kpis.marketing import campaigns, economics
from revops.kpis.periods import references
from revops.kpis.recurring import retention
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
