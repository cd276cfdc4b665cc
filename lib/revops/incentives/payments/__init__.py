"""From earned to paid: draws, clawbacks, holds, payment cap, what is carried, the currency that is paid.

one period    `settle`: the order of the steps; `items`: what stands between, and what goes on to the next period
its steps     `draws`, `clawbacks`, `holds`; what was earned on each order: `ledger`
all periods   `till`: one after the other · `balances`: what is owed to people · `currencies`
"""

from revops.incentives.payments.currencies import Exchange, NoRate, Payable
from revops.incentives.payments.items import Facts, Held, Item, State, TakenBack
from revops.incentives.payments.settle import settle

__all__ = ["Exchange", "Facts", "Held", "Item", "NoRate", "Payable", "State", "TakenBack", "settle"]
