"""How a year is given over its months, and who is there when.

season     past months, Tết by the days around it
due        working days, open pipeline, and blends of all
presence   joiners, leavers, ramp: the share of each month that somebody carries
"""

from revops.quota.shape.due import by_pipeline, by_working_days, due_months, year_weights
from revops.quota.shape.presence import there
from revops.quota.shape.season import LEVEL, Shape, feast_of, seasonality

__all__ = [
    "LEVEL", "Shape", "by_pipeline", "by_working_days", "due_months", "feast_of", "seasonality", "there",
    "year_weights",
]  # fmt: skip
