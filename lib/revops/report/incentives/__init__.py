"""What 04_incentives shows: the desk as sentences, tables and charts, and the notes for the index.

going in      `plans` (inventory, plans, who is on none), `terms` (of a plan, in words)
earned        `credits`, `pay`, `stages` (what each step adds), `between` (what stands between earned and paid)
doubted       `doubts` (faults, what looks gamed)
designed      `costs`, `drafts`, `gaps`, `turned` (what moved terms do, what one more deal earns)
closed        `closing`, `finance`
left behind   `league`, `answer` (sentences, totals, what is saved)
shared        `words`
"""

from revops.report.incentives.answer import answer, saved
from revops.report.incentives.between import between
from revops.report.incentives.closing import closed, decided
from revops.report.incentives.costs import every_plan, plan_cost, plan_knobs, spread
from revops.report.incentives.credits import counted, credited, one_order
from revops.report.incentives.doubts import faults, flag_rows, flags, gaming
from revops.report.incentives.drafts import draft, draft_knobs
from revops.report.incentives.finance import accruals, contract_costs, liability
from revops.report.incentives.gaps import gaps, other_bases
from revops.report.incentives.league import contest, league, points, revoked
from revops.report.incentives.pay import pay_and_ladder, payments
from revops.report.incentives.plans import components, inventory, partial, plans, unpaid
from revops.report.incentives.stages import parts, stages
from revops.report.incentives.totals import explained, totals
from revops.report.incentives.turned import turn_knobs, turned, worth, worth_knobs

__all__ = [
    "explained",
    "totals",
    "accruals",
    "answer",
    "between",
    "closed",
    "components",
    "contest",
    "contract_costs",
    "counted",
    "credited",
    "decided",
    "draft",
    "draft_knobs",
    "every_plan",
    "faults",
    "flag_rows",
    "flags",
    "gaming",
    "gaps",
    "inventory",
    "league",
    "liability",
    "one_order",
    "other_bases",
    "partial",
    "parts",
    "pay_and_ladder",
    "payments",
    "plan_cost",
    "plan_knobs",
    "plans",
    "points",
    "revoked",
    "saved",
    "spread",
    "stages",
    "turn_knobs",
    "turned",
    "unpaid",
    "worth",
    "worth_knobs",
]
