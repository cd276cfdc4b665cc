"""One person's statement as a page of its own: static SVG, no script, one A4 page, nobody else's figures.

    statement.people(ws) -> list[str]            person ids that have a statement: paid people of the pay month
    statement.render(ws, person_id) -> str       the whole HTML file, in the workspace's language, at most 100 KB

the page       `sheet` (one person's rows), `page` (head, sections, foot)
its sections   `sums` (what makes the sum paid), `next_deal` (the drawing and what more would earn), `lines`, `history`
its drawings   `ladder` (area is money), `curve` (pay by credit, with its jumps), `marks` (what they share)

Everything is read from the tables that 04_incentives saved (pay_…): no plan is read and nothing computed again, so that
the statement of a closed month stays what it was.
"""

from revops.report import paper
from revops.report.statement.page import page
from revops.report.statement.sheet import read_sheet
from revops.workspace import Workspace


def people(ws: Workspace) -> list[str]:
    """Person ids with a statement in the period, in order; none where the period is not a pay month."""
    if ws.period.kind != "month":
        return []
    return sorted(ws.read("pay_statements")["person_id"])


def file_of(person_id: str) -> str:
    """Where a run writes a person's statement, from the restricted page.

    >>> file_of("NV/0101")
    'statements/NV_0101.html'
    """
    return f"statements/{paper.file_name(person_id)}.html"


def render(ws: Workspace, person_id: str) -> str:
    """The statement of one person in the period's pay month."""
    return page(read_sheet(ws, person_id))
