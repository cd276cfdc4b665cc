"""Territories: the matrix of cells, who owns each account, how fair that is, and what would be fairer.

matrix      cells, what lies outside them, one dimension more or less
rules       the owner of each account on a day; `ownership`: over time, and where other sources differ; `sheets` reads
balance     loads, indices, heads
proposal    what may move; `relax` (the bound), `improve` (whole units), `solve` (the proposal with its gap),
            `frontier` (balance against disruption), `moves` (what changes hands)
"""

from revops.quota.territory.balance import (
    LOADS,
    account_people,
    alignment,
    balance,
    balance_by,
    heads_needed,
    index,
    most_over_least,
    spread,
    unfair,
    workload_hours,
)
from revops.quota.territory.frontier import Frontier, frontier, heads
from revops.quota.territory.matrix import (
    ACCOUNT_DIMENSIONS,
    PRODUCT,
    check_dimensions,
    matrix,
    own_of,
    place,
    reconcile,
    sales,
    two_way_cells,
    unplaced,
    ways_on,
    with_dimensions,
)
from revops.quota.territory.moves import moves, shares
from revops.quota.territory.ownership import (
    check_territory,
    differences,
    outside_territory,
    read_territory,
    scan_absent,
    scan_unknown,
    spans,
    without_territory,
)
from revops.quota.territory.proposal import Realignment, realign
from revops.quota.territory.rules import (
    count_gaps,
    count_overlaps,
    has_gaps,
    has_overlaps,
    named_of,
    owners,
    scan_gaps,
    scan_overlaps,
)
from revops.quota.territory.sheets import ANY, read_columns
from revops.quota.territory.solve import Placement, propose

__all__ = [
    "ACCOUNT_DIMENSIONS",
    "ANY",
    "LOADS",
    "PRODUCT",
    "Frontier",
    "Placement",
    "Realignment",
    "account_people",
    "alignment",
    "balance",
    "balance_by",
    "check_dimensions",
    "check_territory",
    "count_gaps",
    "count_overlaps",
    "differences",
    "frontier",
    "has_gaps",
    "has_overlaps",
    "heads",
    "heads_needed",
    "index",
    "matrix",
    "most_over_least",
    "named_of",
    "moves",
    "outside_territory",
    "own_of",
    "owners",
    "place",
    "propose",
    "read_columns",
    "read_territory",
    "realign",
    "reconcile",
    "sales",
    "scan_absent",
    "scan_gaps",
    "scan_overlaps",
    "scan_unknown",
    "shares",
    "spans",
    "spread",
    "two_way_cells",
    "unfair",
    "unplaced",
    "ways_on",
    "with_dimensions",
    "without_territory",
    "workload_hours",
]
