"""A line of a payment walked back to the raw row it comes from: `explain(ws, "2026-10/NV-0101/7")`.

the walk      `walk`: payment, component, place on the scale, what else changed it
the credit    `credited`: by which rule and row, and who else
the source    `raw`: the file's row as it stands there
as text       `explanation`: sections of rows, and the check that figures add up
"""

from revops.incentives.explain.explanation import Explanation
from revops.incentives.explain.walk import explain

__all__ = ["Explanation", "explain"]
