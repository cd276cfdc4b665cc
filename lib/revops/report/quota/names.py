"""Values of the data in the words of a page: regions, teams, product groups; shares and growth of amounts."""

from revops.workspace import Workspace


def name(ws: Workspace, value: str | None) -> str:
    """A value of the data in words: ours, else those of the KPIs, else as it stands."""
    if value is None:
        return ws.t("quota.nobody")
    for prefix in ("quota.names", "kpis.names"):
        if ws.words.has(f"{prefix}.{value}"):
            return ws.t(f"{prefix}.{value}")
    return value


def label(ws: Workspace, value: str | None) -> str:
    """The same at the head of a row or column, with a capital."""
    return ws.words.capital(name(ws, value))


def dimension(ws: Workspace, key: str) -> str:
    """A dimension of the matrix at the head of a row or column; a company's own column by its own name."""
    known = f"quota.dimension.{key}"
    return ws.t(known) if ws.words.has(known) else key.replace("_", " ").capitalize()


def short_path(ws: Workspace, team: str, below: int = 1) -> str:
    """A team's path without its first steps, in words: 'North · Dealers'."""
    parts = team.split("/")
    return " · ".join(label(ws, part) for part in (parts[below:] or parts))


def share(part: int | float, whole: int | float) -> float | None:
    """part ÷ whole; undefined where there is no whole."""
    return part / whole if whole else None


def growth(amount: int | None, base: int) -> float | None:
    """amount ÷ base − 1; undefined where the base is not above 0."""
    return amount / base - 1 if amount is not None and base > 0 else None
