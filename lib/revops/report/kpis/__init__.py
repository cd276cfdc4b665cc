"""What 02_kpis shows: frames of `revops.kpis` as sentences, tables and charts, and the notes for the index."""

from revops.report.kpis.checks import check_bridges, check_revenue
from revops.report.kpis.customers import cohorts, conversion, trade
from revops.report.kpis.explore import cut, definitions, knobs, listed, looker
from revops.report.kpis.findings import finding_line, findings_frame, found, person, told
from revops.report.kpis.follow import follow_table, followed, trends
from revops.report.kpis.marketing import by_rule, cac_words, campaigns, check_attribution, worth
from revops.report.kpis.money import mrr, mrr_words
from revops.report.kpis.pipeline import funnel_table, funnel_words, lead_cohorts, slipped
from revops.report.kpis.shown import missing, name_of, save, show_change, show_value
from revops.report.kpis.summary import headline, tiles, year
from revops.report.kpis.where import bridge, bullets, cube_table, reference_of

__all__ = [
    "bridge",
    "bullets",
    "by_rule",
    "cac_words",
    "campaigns",
    "check_attribution",
    "check_bridges",
    "check_revenue",
    "cohorts",
    "conversion",
    "cube_table",
    "cut",
    "definitions",
    "finding_line",
    "findings_frame",
    "follow_table",
    "followed",
    "found",
    "funnel_table",
    "funnel_words",
    "headline",
    "knobs",
    "lead_cohorts",
    "listed",
    "looker",
    "missing",
    "mrr",
    "mrr_words",
    "name_of",
    "person",
    "reference_of",
    "save",
    "show_change",
    "show_value",
    "slipped",
    "tiles",
    "told",
    "trade",
    "trends",
    "year",
    "worth",
]
