"""Marketing: what is spent, which visits led to orders and leads, what campaigns and customers won are worth.

spend         ad spend and other costs, platforms, visits that become purchases
attribution   which visits brought an order or a lead, by five rules
campaigns     what each campaign cost and brought, by all rules beside each other
economics     payback and lifetime value of a customer against what it costs to win one
facts         the fact tables of the catalogue's marketing metrics
contracts     the tables that 02_kpis saves
"""

from revops.kpis.marketing.facts import FACTS
from revops.kpis.marketing.spend import platform_changes, platform_results, spend_days, web_conversion

__all__ = ["FACTS", "platform_changes", "platform_results", "spend_days", "web_conversion"]
