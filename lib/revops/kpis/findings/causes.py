"""The causes that rules may name, and which of them go with a deviation: those of the data before those of business."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from revops.kpis.findings import drivers, gaps
from revops.kpis.findings.cases import Case, Cause

MOST = 3  # causes told of one finding
NAMED = ("place", "metric", "product_group", "channel", "region", "stage")  # what every action may name

_SILENT = ("days", "first_on")
_PRICE = ("price", "discount_now", "discount_before", "units")
CAUSES: dict[str, Cause] = {
    "missing_days": Cause(gaps.missing_days, _SILENT, is_data=True),
    "silent_source": Cause(gaps.silent_source, ("source", *_SILENT), is_data=True),
    "late_export": Cause(gaps.late_export, ("made_on", "days"), is_data=True),
    "repeated_orders": Cause(gaps.repeated_orders, ("orders", "amount"), is_data=True),
    "fewer_days": Cause(gaps.fewer_days, ("days", "days_before"), is_data=True),
    "silent_product": Cause(gaps.silent_product, _SILENT),
    "discount": Cause(drivers.discount, _PRICE),
    "price": Cause(drivers.price, _PRICE),
    "conversion": Cause(drivers.conversion, ("now", "before", "change")),
    "traffic": Cause(drivers.traffic, ("visits",)),
    "ads": Cause(drivers.ads, ("spend",)),
    "one_source": Cause(drivers.one_source, ("traffic_source", "source_now", "source_before")),
    "returns": Cause(drivers.returns, ("returned_now", "returned_before")),
    "lost_accounts": Cause(drivers.lost_accounts, ("accounts", "amount")),
    "slipped": Cause(drivers.slipped, ("deals", "amount")),
    "lost_reason": Cause(drivers.lost_reason, ("lost_reason", "reason_now", "reason_before")),
    "platform_spend": Cause(drivers.platform_spend, ("platform", "rise", "customers_growth")),
    "campaign_return": Cause(drivers.campaign_return, ("platform", "poor", "poor_roas", "good", "good_roas")),
    "product_share": Cause(drivers.product_share, ("product", "share_here", "share_there")),
    "growth": Cause(drivers.growth_here, ("growth",)),
}

Why = tuple[tuple[str, dict[str, Any]], ...]


def explain(case: Case, causes: Sequence[str], otherwise: Sequence[str] = ()) -> Why:
    """(cause, its evidence) of each cause that goes with the case, in the order asked for, at most three.

    `otherwise` is asked where nothing else was found.
    """
    found = tuple(islice(_told(case, causes), MOST))
    return found or tuple(islice(_told(case, otherwise), 1))


def _told(case: Case, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in names:
        values = CAUSES[name].look(case)
        if values is not None:
            yield name, values
