"""Territories, quotas, attainment: who owns what, how much is asked, how far they are."""

from revops.quota.desk import Desk, chosen_of, knobs_of, open_desk

__all__ = ["Desk", "chosen_of", "knobs_of", "open_desk"]
