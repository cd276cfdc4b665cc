"""Scenarios side by side: back-tested, priced, shaken, held against capacity, and each number explained.

backtest   quotas as if at the end of earlier years   scores        how much of the outcome was luck
cost       pay at the company's curve                 cover         what people can bring against the base
why        base year → quota in steps that sum        sensitivity   one assumption moved at a time
tables     all of it at once, as it is saved
"""

from revops.quota.compare.backtest import FLAT, Backtest, backtest
from revops.quota.compare.cover import cover
from revops.quota.compare.scores import Score
from revops.quota.compare.sensitivity import sensitivity
from revops.quota.compare.tables import Compared, side_by_side
from revops.quota.compare.why import PARTS, bridge

__all__ = [
    "FLAT", "PARTS", "Backtest", "Compared", "Score", "backtest", "bridge", "cover", "sensitivity", "side_by_side",
]  # fmt: skip
