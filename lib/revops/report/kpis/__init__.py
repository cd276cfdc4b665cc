"""What 02_kpis shows: frames of `revops.kpis` as sentences, tables and charts, and the notes for the index."""

from revops.report.kpis.accuracy import accuracy, accuracy_frame, fared
from revops.report.kpis.budget import budgets
from revops.report.kpis.checks import check_bridges, check_revenue
from revops.report.kpis.cohorts import brought, cohort_quarters, cohorts, later
from revops.report.kpis.customers import conversion, trade
from revops.report.kpis.deals import calibration as chances
from revops.report.kpis.deals import coverage, pipeline_since, pipeline_worth
from revops.report.kpis.drivers import driver_tables, turn_drivers
from revops.report.kpis.explore import cut, definitions, knobs, listed, looker
from revops.report.kpis.findings import finding_line, findings_frame, found, person, told
from revops.report.kpis.follow import follow_table, followed, trends
from revops.report.kpis.forecast import forecast_frame, keep_forecasts, nodes, open_quarter, others, year_end
from revops.report.kpis.handover import lead_journey, leaks
from revops.report.kpis.marketing import by_rule, cac_words, campaigns, check_attribution, worth
from revops.report.kpis.people import people_table, ramp_words
from revops.report.kpis.periods import against, check_periods, contributed, customer_moves
from revops.report.kpis.pipeline import funnel_table, funnel_words, lead_cohorts, slipped
from revops.report.kpis.prospects import calibration, model_checks, prospects, prospects_words, tracking
from revops.report.kpis.recurring import kept_by, mrr, renewals
from revops.report.kpis.segments import check_segments, inactivity, segment_table, slipping, with_reasons
from revops.report.kpis.service import churn_words, service_words, tickets, waiting
from revops.report.kpis.shown import missing, name_of, save, show_change, show_value
from revops.report.kpis.summary import headline, tiles, year
from revops.report.kpis.targets import asked, planned, promised
from revops.report.kpis.where import bridge, bullets, cube_table, reference_of

__all__ = [
    "accuracy",
    "accuracy_frame",
    "against",
    "asked",
    "bridge",
    "brought",
    "budgets",
    "bullets",
    "by_rule",
    "cac_words",
    "calibration",
    "campaigns",
    "chances",
    "check_attribution",
    "check_bridges",
    "check_periods",
    "check_revenue",
    "check_segments",
    "churn_words",
    "cohort_quarters",
    "cohorts",
    "contributed",
    "conversion",
    "coverage",
    "cube_table",
    "customer_moves",
    "cut",
    "definitions",
    "driver_tables",
    "fared",
    "finding_line",
    "findings_frame",
    "follow_table",
    "followed",
    "forecast_frame",
    "found",
    "funnel_table",
    "funnel_words",
    "headline",
    "inactivity",
    "keep_forecasts",
    "kept_by",
    "knobs",
    "later",
    "lead_cohorts",
    "lead_journey",
    "leaks",
    "listed",
    "looker",
    "missing",
    "model_checks",
    "mrr",
    "name_of",
    "nodes",
    "open_quarter",
    "others",
    "people_table",
    "person",
    "pipeline_since",
    "pipeline_worth",
    "planned",
    "promised",
    "prospects",
    "prospects_words",
    "ramp_words",
    "reference_of",
    "renewals",
    "save",
    "segment_table",
    "service_words",
    "show_change",
    "show_value",
    "slipped",
    "slipping",
    "tickets",
    "tiles",
    "told",
    "tracking",
    "trade",
    "trends",
    "turn_drivers",
    "waiting",
    "with_reasons",
    "worth",
    "year",
    "year_end",
]
