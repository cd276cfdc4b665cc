"""Values of the data in the words of a page: regions, teams, product groups; shares and growth of amounts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

from revops.money import RATE_SCALE
from revops.planning import COUNTS
from revops.quota.bases import REST, Base, Factor
from revops.quota.quotas import Proposal
from revops.report.display import Html, text
from revops.words import Counted, Words
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


def factor_name(ws: Workspace, factor: Factor) -> str:
    """A factor in words: 'Fans', 'Fans · North'."""
    return " · ".join(ws.t("quota.rest_group") if value == REST else label(ws, value) for value in factor)


def scenario_name(ws: Workspace, proposal: Proposal, key: str) -> str:
    """A scenario in words: as company.yaml names it, else by its key with the rate that makes it."""
    told = next((s.setting.name for s in proposal.scenarios if s.key == key), {}).get(ws.words.language)
    if told:
        return told
    rate = {"last_year": proposal.knobs.growth, "flat": proposal.knobs.flat}.get(key, 0)
    return _worded(ws, f"quota.scenario.{key}", key, rate)


def short_name(ws: Workspace, proposal: Proposal, key: str) -> str:
    """The same at the head of a narrow column."""
    told = next((s.setting.name for s in proposal.scenarios if s.key == key), {}).get(ws.words.language)
    return ws.words.capital(told) if told else _worded(ws, f"quota.scenario.short.{key}", key, 0)


def _worded(ws: Workspace, known: str, key: str, rate: int) -> str:
    if not ws.words.has(known):
        return key.replace("_", " ")
    return str(ws.t(known, rate=ws.words.percent(rate / RATE_SCALE, 0 if rate * 100 % RATE_SCALE == 0 else 1)))


def groups(found: Sequence[Base]) -> list[tuple[str, list[Base]]]:
    """People by the first step of their team's path that tells them apart, in order of name."""
    paths = [base.team.split("/") for base in found]
    depth = 0
    while paths and all(len(p) > depth + 1 for p in paths) and len({p[depth] for p in paths}) == 1:
        depth += 1
    parts: dict[str, list[Base]] = {}
    for base, path in zip(found, paths, strict=True):
        parts.setdefault("/".join(path[: depth + 1]), []).append(base)
    return sorted(parts.items())


def share(part: int | float, whole: int | float) -> float | None:
    """part ÷ whole; undefined where there is no whole."""
    return part / whole if whole else None


def growth(amount: int | None, base: int) -> float | None:
    """amount ÷ base − 1; undefined where the base is not above 0."""
    return amount / base - 1 if amount is not None and base > 0 else None


def planned(ws: Workspace) -> Workspace:
    """The workspace in whose words planned amounts read: money, or the pieces or customers that quotas count."""
    metric = ws.company.quota.metric
    return replace(ws, words=Counted(ws.words, ws.t(f"much.things.{metric}"))) if metric in COUNTS else ws


def in_money(ws: Workspace) -> Workspace:
    """The workspace in whose words pay and other money reads, whatever quotas count."""
    return replace(ws, words=Words(ws.language, ws.company.currency, ws.company.money_decimals, ws.words.folder))


def needs_people(view: Callable[..., Html]) -> Callable[..., Html]:
    """A view of a proposal, in the words of what is planned; it says so where nobody carries a quota."""

    @wraps(view)
    def shown(ws: Workspace, *args: Any) -> Html:
        proposal = next(arg for arg in args if isinstance(arg, Proposal))
        return view(planned(ws), *args) if proposal.bases else text(ws.t("quota.no_people"))

    return shown
