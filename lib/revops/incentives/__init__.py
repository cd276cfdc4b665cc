"""Incentives: plans, credits, payouts, statements, and the league. A notebook starts with `open_desk(ws)`."""

from revops.incentives.desk import Desk, open_desk

__all__ = ["Desk", "open_desk"]
