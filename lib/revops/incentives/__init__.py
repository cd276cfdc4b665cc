"""Incentives: plans, credits, payouts, statements, and the league. A notebook starts with `open_desk(ws)`."""

from revops.incentives.design.study import Study
from revops.incentives.desk import Desk, open_desk
from revops.incentives.explain import explain
from revops.incentives.saved import save_tables

__all__ = ["Desk", "Study", "explain", "open_desk", "save_tables"]
