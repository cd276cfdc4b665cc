"""Charts in one grammar, as Vega-Lite through Altair: actual solid, plan outlined, last year grey, forecast hatched.

A builder takes a frame and the words and returns a Drawing: the chart and, in words, the table behind it. Amounts
come as whole units of money. `report.figure(drawing, title, who)` puts it under its message; `svg` makes it static.
"""

from revops.report.charts.curve import curve
from revops.report.charts.frontier import frontier
from revops.report.charts.grammar import Drawing, config, svg
from revops.report.charts.ladder import tier_ladder
from revops.report.charts.months import actual_plan
from revops.report.charts.paths import paths
from revops.report.charts.plain import bars, lines
from revops.report.charts.season import seasons
from revops.report.charts.steps import bridge, bridge_steps

__all__ = [
    "Drawing",
    "actual_plan",
    "bars",
    "bridge",
    "bridge_steps",
    "config",
    "curve",
    "frontier",
    "lines",
    "paths",
    "seasons",
    "svg",
    "tier_ladder",
]
