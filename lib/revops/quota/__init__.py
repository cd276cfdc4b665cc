"""Territories, quotas, attainment: who owns what, how much is asked, how far they are."""

from revops.quota.checks import check_proposal
from revops.quota.compare import side_by_side
from revops.quota.desk import Desk, chosen_of, knobs_of, open_desk
from revops.quota.saved import save_tables

__all__ = ["Desk", "check_proposal", "chosen_of", "knobs_of", "open_desk", "save_tables", "side_by_side"]
