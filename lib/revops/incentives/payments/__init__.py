"""From earned to paid: draws, clawbacks, holds, payment cap, what is carried, the currency that is paid."""

from revops.incentives.payments.currencies import Exchange, NoRate, Payable
from revops.incentives.payments.items import Facts, Held, Item, State, TakenBack
from revops.incentives.payments.settle import settle

__all__ = ["Exchange", "Facts", "Held", "Item", "NoRate", "Payable", "State", "TakenBack", "settle"]
