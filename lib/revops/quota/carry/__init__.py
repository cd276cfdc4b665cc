"""One number carried down a tree: whole, at every node and in every month.

tree (of a table: layout)   who stands below whom       years    base and street of every node
limits                      pins, locks, bounds         months   every node's months, both margins exact (margins)
apportion                   many exact splits at once   check    parents against children and months
"""

from revops.quota.carry.apportion import apportion
from revops.quota.carry.check import check, check_months
from revops.quota.carry.limits import Limit
from revops.quota.carry.months import Months, months
from revops.quota.carry.tree import At, Leaf, Tree
from revops.quota.carry.years import Carried, carry

__all__ = [
    "At", "Carried", "Leaf", "Limit", "Months", "Tree", "apportion", "carry", "check", "check_months", "months",
]  # fmt: skip
