"""One person's statement as a page of its own: static SVG, no script, one A4 page, nobody else's figures.

    statement.people(ws) -> list[str]            person ids that have a statement: paid people of the pay month
    statement.render(ws, person_id) -> str       the whole HTML file, in the workspace's language, at most 100 KB

Both read the tables that 04_incentives saved in the build (pay_statements, pay_lines, pay_summary, pay_history, pay_next).
"""

from revops.workspace import Workspace


def people(ws: Workspace) -> list[str]:
    """Person ids with a statement in the period, in order; none where the period is not a pay month."""
    if ws.period.kind != "month":
        return []
    return sorted(ws.read("pay_statements")["person_id"])
