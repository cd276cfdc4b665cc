"""Recurring revenue: what stands, what moved it, how much of it stays and for how long.

mrr         what happened to recurring revenue between two moments, customer by customer; churn
retention   how much stays over a year, how long contracts last, which are up for renewal
facts       the fact tables of the catalogue's recurring metrics
contracts   the tables that 02_kpis saves
"""

from revops.kpis.recurring.facts import FACTS
from revops.kpis.recurring.mrr import (
    EFFECTS,
    Rates,
    customer_churn,
    gross_churn,
    mrr_at,
    mrr_bridge,
    net_churn,
    quick_ratio,
    rates_of,
    standing,
)

__all__ = [
    "EFFECTS",
    "FACTS",
    "Rates",
    "customer_churn",
    "gross_churn",
    "mrr_at",
    "mrr_bridge",
    "net_churn",
    "quick_ratio",
    "rates_of",
    "standing",
]
