"""What notebook 03 shows: territories, balance, scenarios, attainment, and what to do about it.

Every function takes the workspace and what the planning desk (`revops.quota`) found, and returns what a cell shows.
Titles are claims made from values; where a claim's test fails, a neutral title stands in.

the answer        `answer` (headline, findings, what to do), `attainment`
who owns what     `territories` (matrix), `owners` (rules), `balance`, `proposal` (frontier, moves)
next year         `much`, `strips` (to whom), `why`, `fairest`, `months` (when), `wrong` (what if), `desk` (knobs)
left behind       `checks`, `saved`, `handed` (signed versions, files), `letters`
shared            `marks` in the cells of tables, `names` of the data's values
"""

from revops.report.quota.answer import answer, findings, headline, to_do
from revops.report.quota.attainment import attained, periods, products, spread, teams
from revops.report.quota.balance import balance, balance_text, by_region
from revops.report.quota.checks import checks
from revops.report.quota.desk import budget, knobs, replaced, turned
from revops.report.quota.fairest import fairest
from revops.report.quota.handed import out, signed
from revops.report.quota.months import due, months, season
from revops.report.quota.much import exceptions, factors, metrics, readings, tops
from revops.report.quota.owners import outside_text, owners, rules, to_settle
from revops.report.quota.proposal import frontier, handovers, heads, shifts
from revops.report.quota.saved import left
from revops.report.quota.strips import strips
from revops.report.quota.territories import carried_text, held, inputs, matrix, placed, unplaced, ways_on
from revops.report.quota.why import bridges
from revops.report.quota.wrong import covered, wrong

__all__ = [
    "answer",
    "attained",
    "balance",
    "balance_text",
    "bridges",
    "budget",
    "by_region",
    "carried_text",
    "checks",
    "covered",
    "due",
    "exceptions",
    "factors",
    "fairest",
    "findings",
    "frontier",
    "handovers",
    "headline",
    "heads",
    "held",
    "inputs",
    "knobs",
    "left",
    "matrix",
    "metrics",
    "months",
    "out",
    "outside_text",
    "owners",
    "periods",
    "placed",
    "products",
    "readings",
    "replaced",
    "rules",
    "season",
    "shifts",
    "signed",
    "spread",
    "strips",
    "teams",
    "to_do",
    "to_settle",
    "tops",
    "turned",
    "unplaced",
    "ways_on",
    "wrong",
]
