"""Territories: the matrix of cells, the rules that give each account its owner, and how fair the shares are."""

from revops.quota.territory.balance import (
    LOADS,
    account_people,
    alignment,
    balance,
    heads_needed,
    index,
    most_over_least,
    spread,
    unfair,
    workload_hours,
)
from revops.quota.territory.matrix import (
    PRODUCT,
    account_revenue,
    check_dimensions,
    check_territory,
    matrix,
    one_more,
    reconcile,
    two_way_cells,
    unplaced,
)

__all__ = [
    "LOADS",
    "PRODUCT",
    "account_people",
    "account_revenue",
    "alignment",
    "balance",
    "check_dimensions",
    "check_territory",
    "heads_needed",
    "index",
    "matrix",
    "most_over_least",
    "one_more",
    "reconcile",
    "spread",
    "two_way_cells",
    "unfair",
    "unplaced",
    "workload_hours",
]
