"""Deals from lead to renewal: who came how far, what stands open and what it is worth, where hand-overs leak.

funnel     leads, win rate, sales cycle, deals that stand still, slippage     stages    one row per deal and stage
worth      the open pipeline: weighted, calibrated, moved between exports     cover     against what is left of quotas
handover   what nobody took over between marketing, sales and service         journey   from lead to renewal
facts      the fact tables of the catalogue's pipeline metrics                contracts the tables that 02_kpis saves
"""

from revops.kpis.pipeline.facts import FACTS, stays
from revops.kpis.pipeline.worth import (
    MOVES,
    calibration,
    coverage,
    exports,
    moves,
    pushes,
    stage_rates,
    velocity,
    waterfall,
    weighted,
    whole,
)

__all__ = [
    "FACTS",
    "MOVES",
    "calibration",
    "coverage",
    "exports",
    "moves",
    "pushes",
    "stage_rates",
    "stays",
    "velocity",
    "waterfall",
    "weighted",
    "whole",
]
