"""Closing: what was paid stands; what changes later is paid as a difference, in the period that is open by then.

contracts     the tables                    closed        record/closed/<period>/, written once, never changed
written       adjustments, disputes, approvals, as people write them
differences   what was closed against what today's tables give
"""

from revops.incentives.closing.closed import Closings, closings
from revops.incentives.closing.contracts import PayVersions
from revops.incentives.closing.differences import Past, Settled, settled
from revops.incentives.closing.written import adjustments, disputes, released

__all__ = ["Closings", "Past", "PayVersions", "Settled", "adjustments", "closings", "disputes", "released", "settled"]
