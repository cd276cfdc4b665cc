"""What 04_incentives shows: the desk as sentences, tables and charts, and the notes for the index.

going in      `plans` (inventory, plans, who is on none)
earned        `credits`, `pay`
doubted       `doubts` (faults, what looks gamed), `what_if`
left behind   `league`, `answer` (sentences, totals, what is saved)
shared        `words`
"""

from revops.report.incentives.answer import answer, saved
from revops.report.incentives.credits import credited, one_order
from revops.report.incentives.doubts import faults, flag_rows, flags, gaming
from revops.report.incentives.league import contest, league, points, revoked
from revops.report.incentives.pay import pay_and_ladder, payments
from revops.report.incentives.plans import inventory, plans, unpaid
from revops.report.incentives.what_if import both_scales, cliff, what_if

__all__ = [
    "answer",
    "both_scales",
    "cliff",
    "contest",
    "credited",
    "faults",
    "flag_rows",
    "flags",
    "gaming",
    "inventory",
    "league",
    "one_order",
    "pay_and_ladder",
    "payments",
    "plans",
    "points",
    "revoked",
    "saved",
    "unpaid",
    "what_if",
]
