"""What is to come, and what was planned to be spent.

extrapolate: ways to carry a series forward · backtest: how good they would have been · feasts: what Tết makes of
months · outlook: months to come by product, channel and region · quarter: the open quarter by its deals · told:
forecasts that were kept, against what came · drivers: revenue as a product of its drivers · budget: budget against
actual.
"""

from revops.kpis.forecast import backtest, budget, drivers, extrapolate, outlook, quarter, told
from revops.kpis.forecast.outlook import Outlook, net_revenue, project, year_end

FACTS = budget.FACTS | told.FACTS
"""The fact tables that the catalogue's forecast metrics count."""

__all__ = [
    "FACTS",
    "Outlook",
    "backtest",
    "budget",
    "drivers",
    "extrapolate",
    "net_revenue",
    "outlook",
    "project",
    "quarter",
    "told",
    "year_end",
]
