"""Raw exports become canonical tables, with a ledger in which every row and every amount is accounted for."""

from revops.ingest.load import Loaded, load, look
from revops.ingest.reconcile import reconcile

__all__ = ["Loaded", "load", "look", "reconcile"]
