"""Closing: what was paid stands; what changes later is paid as a difference, in the period that is open by then.

contracts     the tables                    closed        record/closed/<period>/, written once, never changed
written       adjustments, disputes, approvals, as people write them
past          what closings and adjustments bring to a run
differences   what was closed against what today's tables give
changes       which orders and terms made a closed month come out otherwise
"""

from revops.incentives.closing.changes import PayChanges, changed
from revops.incentives.closing.closed import Closings, closings
from revops.incentives.closing.contracts import PayVersions
from revops.incentives.closing.differences import Settled, settled
from revops.incentives.closing.past import Past
from revops.incentives.closing.written import adjustments, disputes, released

__all__ = [
    "Closings",
    "Past",
    "PayChanges",
    "PayVersions",
    "Settled",
    "adjustments",
    "changed",
    "closings",
    "disputes",
    "released",
    "settled",
]
