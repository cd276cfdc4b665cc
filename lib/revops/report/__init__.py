"""What notebooks show: `from revops import report`.

    report.begin(ws)                                  the style, first
    report.text(sentence)                             one paragraph rendered from values
    report.table(frame, [Column(...)], title, who, words=ws.words)
    report.figure(report.charts.bridge(...), title, who)
    report.heat · funnel · matrix · bullets           tables that read as pictures
    report.row(a, b, widths=(3, 1)) · show(a, b)      side by side · several from one cell
    report.stack(a, b)                                below each other as one side of a row
    report.interact(fn, words=ws.words, growth=report.slider(0.12, 0, 0.3, 0.01, is_percent=True))
    report.identities(ws)                             what was compared so far, and that it differs by 0
    report.finish(ws)                                 the notes and identities, last

Every function returns what the cell shows: let it be the cell's last expression, or pass it to `show`.
"""

from revops.report import charts
from revops.report.display import Html, begin, finish, identities, row, show, stack, text
from revops.report.figures import Figure, figure
from revops.report.grids import bullets, funnel, heat, matrix
from revops.report.knobs import choice, interact, picks, slider, switch
from revops.report.tables import Column, table

__all__ = [
    "Column",
    "Figure",
    "Html",
    "begin",
    "bullets",
    "charts",
    "choice",
    "figure",
    "finish",
    "funnel",
    "heat",
    "identities",
    "interact",
    "matrix",
    "picks",
    "row",
    "show",
    "slider",
    "stack",
    "switch",
    "table",
    "text",
]
