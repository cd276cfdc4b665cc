"""Customers: what they buy, who comes back, which of them matter, what they will bring.

`buying` has the rows of what known customers buy, `activity` says from when on one is inactive, `cohorts` who came
again, `rfm` and `segments` who matters, `clv` has the models of buying and spending, `lifetime` fits them to a
company's consumers, `holdout` tests them, `counted` has the fact tables of the catalogue's customer metrics.
"""

from revops.kpis.customers import activity, buying, clv, cohorts, holdout, lifetime, rfm, segments
from revops.kpis.customers.buying import (
    bought,
    customer_costs,
    customer_months,
    first_orders,
    guests,
    has_costs,
    in_turn,
    kept_customers,
    lives,
    new_customers,
    retention,
)
from revops.kpis.customers.counted import FACTS

__all__ = [
    "FACTS",
    "activity",
    "bought",
    "buying",
    "clv",
    "cohorts",
    "customer_costs",
    "customer_months",
    "first_orders",
    "guests",
    "has_costs",
    "holdout",
    "in_turn",
    "kept_customers",
    "lifetime",
    "lives",
    "new_customers",
    "retention",
    "rfm",
    "segments",
]
