"""What notebook 03 leaves behind."""

from collections.abc import Sequence

from revops.report.display import Html
from revops.report.tables import Column, table
from revops.workspace import Workspace


def left(ws: Workspace, saved: Sequence[tuple[str, int]]) -> Html:
    """The tables that were written, with their rows and what they hold."""
    rows = [{"table": key, "rows": count, "what": ws.t(f"quota.saved.{key}")} for key, count in saved]
    columns = [
        Column("table", ws.t("quota.head.table")),
        Column("rows", ws.t("quota.head.rows"), "number"),
        Column("what", ws.t("quota.head.holds")),
    ]
    return table(rows, columns, ws.t("quota.saved.title", tables=ws.words.number(len(rows))), words=ws.words)
