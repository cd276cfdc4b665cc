"""Targets: what is planned and promised, how much of it should have come, how it stands.

plan      the target sheets at any grain, without repeating a coarse target over fine rows
pace      the season's share of a span: last year's days, near Tết by the distance to it, else working days
goals     SMART targets of company.yaml, absolute or grown from an earlier period's exact actual
standing  attainment, pace, gap, projected end, state and luck of each target
"""

from revops.kpis.targets.plan import attainment, elapsed_share, plan_by, plan_rate, plan_total

__all__ = ["attainment", "elapsed_share", "plan_by", "plan_rate", "plan_total"]
