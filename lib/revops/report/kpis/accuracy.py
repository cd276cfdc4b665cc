"""How good forecasts were: those that were kept in the record, and what the rolling origin says beside them."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from revops.kpis.forecast import Outlook, backtest, outlook, told
from revops.kpis.measure import growth
from revops.report.kpis.shown import Shown, silent
from revops.report.tables import Column, table
from revops.workspace import Workspace

SHOWN = 6  # months that came
LEADS = (1, 2, 3, 6)


def accuracy(ws: Workspace, ahead: Outlook | None, kept: pl.DataFrame) -> Shown:
    """How forecasts fared by months ahead: those that were kept, and the rolling origin beside them."""
    if ahead is None:
        return silent()
    rows = accuracy_frame([ahead], kept).filter(pl.col("level") == outlook.TOTAL)
    lines = [_accuracy_line(ws, line) for line in rows.filter(pl.col("lead").is_in(LEADS)).iter_rows(named=True)]
    columns = [
        Column("name", ws.t("forecast.column.lead"), note="origin_name"),
        Column("months", ws.t("forecast.column.months"), "number"),
        Column("wape", ws.t("forecast.column.wape"), "percent", strong=True),
        Column(
            "naive_wape", ws.t("forecast.column.seasonal" if ahead.has_season else "forecast.column.naive"), "percent"
        ),
        Column("bias", ws.t("forecast.column.bias"), "percent", signed=True, better="none"),
        Column("mase", ws.t("forecast.column.mase"), "number", digits=2),
        Column("inside", ws.t("forecast.column.inside"), right=True),
    ]
    who = ws.t("forecast.who.accuracy", covers=ws.words.percent(backtest.COVERS, 0))
    return table(lines, columns, _accuracy_title(ws, rows, is_seasonal=ahead.has_season), who, words=ws.words)


def accuracy_frame(outlooks: Sequence[Outlook | None], kept: pl.DataFrame) -> pl.DataFrame:
    """One row by ACCURACY per metric, origin, node that is no cell, and months ahead; `kept` by `told.Told`."""
    parts = [pl.DataFrame(schema=outlook.ACCURACY)]
    for one in outlooks:
        if one is not None:
            nodes = [node for node, level in enumerate(one.levels) if level != "cell"]
            rows = [outlook.accuracy(one, lead, node) for node in nodes for lead in range(1, told.LEADS + 1)]
            tried = pl.DataFrame(rows, schema=outlook.ACCURACY).filter(pl.col("months") > 0)
            parts += [told.fared(told.came(kept, one)), tried]
    return pl.concat(parts)


def _accuracy_line(ws: Workspace, line: dict[str, Any]) -> dict[str, Any]:
    inside = f"{line['hits']} / {line['judged']}" if line["judged"] else ws.t("common.nothing")
    name = ws.words.n("forecast.lead", line["lead"])
    return line | {"name": name, "origin_name": ws.t(f"forecast.origin.{line['origin']}"), "inside": inside}


def _accuracy_title(ws: Workspace, rows: pl.DataFrame, *, is_seasonal: bool) -> str:
    first = rows.filter((pl.col("lead") == 1) & (pl.col("origin") == "backtest"))
    if first.is_empty() or first["wape"][0] is None:
        return ws.t("forecast.title.accuracy")
    wape, naive = first["wape"][0], first["naive_wape"][0]
    plainest = ws.t(f"forecast.method.{'seasonal' if is_seasonal else 'naive'}")
    key = "accuracy_beats" if naive is not None and wape < naive else "accuracy_plain"
    return ws.t(f"forecast.title.{key}", wape=ws.words.percent(wape), naive=ws.words.percent(naive), plainest=plainest)


def fared(ws: Workspace, ahead: Outlook | None, kept: pl.DataFrame) -> Shown:
    """What was told a month ahead and what came, the last months: as kept, else as it would have been told."""
    if ahead is None or len(ahead.trial.origins) < 2:
        return silent()
    lines = _fared_lines(ws, ahead, told.came(kept, ahead))[-SHOWN:]
    columns = [
        Column("month_on", ws.t("forecast.column.month"), "month"),
        Column("told", ws.t("forecast.column.told"), "money_short", note="origin_name"),
        Column("actual", ws.t("kpis.column.actual"), "money_short", strong=True),
        Column("error", ws.t("forecast.column.error"), "pin", better="none"),
        Column("inside", ws.t("forecast.column.inside"), right=True),
    ]
    is_kept = any(line["origin"] == "kept" for line in lines)
    who = ws.t(f"forecast.who.fared_{'kept' if is_kept else 'tried'}")
    return table(lines, columns, ws.t("forecast.title.fared"), who, words=ws.words, fine=True)


def _fared_lines(ws: Workspace, ahead: Outlook, came: pl.DataFrame) -> list[dict[str, Any]]:
    """One line per month that has come, with the kept forecast a month ahead where there is one."""
    total = came.filter((pl.col("level") == outlook.TOTAL) & (pl.col("lead") == 1))
    kept = {line["month_on"]: line for line in total.iter_rows(named=True)}
    lines = []
    for place, known in enumerate(ahead.trial.origins[:-1]):
        month, actual = ahead.trial.past.month(known), round(float(ahead.trial.came[place, 0, 0]))
        guess, half = round(float(ahead.told[place, 0, 0])), ahead.trial.width(0, 1, origin=place)
        bounds = (None, None) if half is None else (round(guess * (1 - half)), round(guess * (1 + half)))
        found = kept.get(month)
        told_then = found["forecast"] if found else guess
        low, high = (found["low"], found["high"]) if found else bounds
        inside = "nothing" if low is None or high is None else "hit" if low <= actual <= high else "miss"
        lines.append({"month_on": month, "told": told_then, "actual": actual, "error": growth(told_then, actual),
                      "origin": "kept" if found else "backtest", "inside": ws.t(f"forecast.inside.{inside}"),
                      "origin_name": ws.t("forecast.origin.kept") if found else ""})  # fmt: skip
    return lines
