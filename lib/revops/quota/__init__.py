"""Territories and quotas: who owns what, how much is asked of whom, when it is due, how far it is.

what 03 asks     `desk`: each question a property or one call, from the canonical tables; `declared` sets its knobs
who owns what    territory/: the matrix, rules and their owners, balance, proposals
the past         `actuals` (credited days), `hierarchy` (teams on a day), `past` and `bases` (years of people)
how much         much/: a method's top number, its factors, what it counts
to whom          `shares` (weights by method), `held` (knobs, pins, locks, bounds), carry/ (exact down the tree)
how              shape/ (season with Tết, working days, pipeline, who is there), carry.months
scenarios        `quotas.propose` on a `ground`, which `groundwork` lays for today or for an earlier day
which and why    compare/: back-test, cost, cover, sensitivity, the steps of each number
how far          attainment/: the quotas of record (`recorded`, `signed`) to date
left behind      `checks` (identities), `saved` and `proposed` (tables), `contracts` (their columns)

Settings are company.yaml's sections `quota` (`revops.planning`) and `territory`; pages are made in `report.quota`.
"""

from revops.quota.checks import check_proposal
from revops.quota.compare import side_by_side
from revops.quota.declared import chosen_of, knobs_of
from revops.quota.desk import Desk, open_desk
from revops.quota.saved import save_tables

__all__ = ["Desk", "check_proposal", "chosen_of", "knobs_of", "open_desk", "save_tables", "side_by_side"]
