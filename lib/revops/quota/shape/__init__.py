"""How a year is given over its months: by season, by working days, by what is due, or all alike."""

from revops.quota.shape.season import LEVEL, Shape, seasonality

__all__ = ["LEVEL", "Shape", "seasonality"]
