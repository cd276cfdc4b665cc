"""Incentives: plans, credits, payments, statements, and the league. A notebook starts with `open_desk(ws)`.

a plan's terms        `terms`, `plans`; as files with worked cases: `plan_files`, `checks`, `cases`
who is credited       `events` (what, by basis), `hierarchy`, `credits`, `exchange`; for a period: `crediting`, `sold`
what a scale pays     `scales`, on the days of `windows`; as credit lines: `lines`
one person's period   `stretches` of the `book` → `earnings` (scale, `windfalls`, hurdle, multiplier, cap) → `extras`
from earned to paid   `payments/`: draws, clawbacks, holds, caps, currency; in what order: `payouts`; from sums: `given`
what is closed        `closing/`; what Finance books: `finance`, `contract_costs`
what is told          `statements`, `pay_lines`, `reasons`, `next_deals`, `explain/`; saved by `saved` as in `contracts`
what might be         `design/`: costs, drafts, gaps; what is played: `games/`
all of it at once     `desk`: everything of one period, computed when it is asked for
"""

from revops.incentives.design.study import Study
from revops.incentives.desk import Desk, open_desk
from revops.incentives.explain import explain
from revops.incentives.pay_lines import uncounted
from revops.incentives.saved import save_tables

__all__ = ["Desk", "Study", "explain", "open_desk", "save_tables", "uncounted"]
