"""Words that every view shares: texts of the page, names of the data, the scope of a table."""

from datetime import timedelta
from typing import Any

from revops.incentives.desk import Desk
from revops.workspace import Workspace


def t(ws: Workspace, key: str, **values: Any) -> str:
    """A text of the page."""
    return str(ws.t(f"incentives.{key}", **values))


def name_of(ws: Workspace, value: str | None) -> str:
    """A product group, channel or region in the report's language."""
    return ws.words.capital(ws.words.name("kpis.names", value)) if value else str(ws.t("common.nothing"))


def scope(ws: Workspace) -> str:
    """The period, and the day up to which it counts."""
    return f"{ws.words.capital(ws.words.period(ws.period))} · {t(ws, 'as_of', day=ws.words.date(ws.as_of))}"


def pay_scope(ws: Workspace, desk: Desk) -> str:
    """The pay month, or how far into it the figures go."""
    key = "who.payments" if desk.is_payable else "who.to_date"
    return t(ws, key, month=ws.words.month(desk.last_month), day=ws.words.date(desk.until - timedelta(days=1)))
