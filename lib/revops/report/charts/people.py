"""One row per person on a shared scale: quota scenarios as strips, attainment against pace."""

from collections.abc import Sequence

import altair as alt

from revops.report.charts.grammar import AC, ACCENT, BAD, BG, HATCH, INK, INK_2, Drawing, Frame
from revops.report.tables import rows_of
from revops.words import Words


def strips(
    frame: Frame,
    words: Words,
    *,
    person: str = "name",
    marks: Sequence[str] = ("scenario_a", "scenario_b", "scenario_c"),
    letters: Sequence[str] = ("A", "B", "C"),
    chosen: str = "C",
    flat: str = "flat",
    now: str = "this_year",
) -> Drawing:
    """Quota scenarios, one strip per person on one scale, amounts in whole units of money.

    Circle A, square B, a disc with its letter for the chosen one, × for the flat rule, a tick for this year.
    """
    rows_in = rows_of(frame)
    fields = [*marks, flat, now]
    amounts = [r[f] for r in rows_in for f in fields if r.get(f) is not None]
    power, unit = words.unit(max(amounts, default=0))
    rows = [
        {"name": str(r[person]), "at": words.in_unit(r[f], power), "what": what}
        for r in rows_in
        for f, what in zip(fields, [*letters, "flat", "now"], strict=True)
        if r.get(f) is not None
    ]
    order = [str(r[person]) for r in rows_in]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("name:N", sort=order, axis=alt.Axis(labelColor=INK)),
        x=alt.X("at:Q", axis=alt.Axis(orient="top", tickCount=5), scale=alt.Scale(zero=False)),
    )
    thread = base.mark_line(strokeWidth=1, stroke="var(--line-2)").encode(detail="name:N")
    others = [(w, s) for w, s in zip(letters, ("circle", "square", "diamond"), strict=True) if w != chosen]
    open_marks = [
        base.transform_filter(alt.datum.what == w).mark_point(
            shape=s, size=62, fill=BG, stroke=INK_2, strokeWidth=1.4, opacity=1
        )
        for w, s in others
    ]
    tick = base.transform_filter(alt.datum.what == "now").mark_tick(thickness=2, size=15, color=AC)
    cross = base.transform_filter(alt.datum.what == "flat").mark_text(text="×", fill=BAD, fontSize=17, fontWeight=700)
    pick = base.transform_filter(alt.datum.what == chosen)
    disc = pick.mark_point(filled=True, size=230, fill=ACCENT, opacity=1)
    letter = pick.mark_text(text=chosen, fill=BG, fontWeight=700, fontSize=11)
    chart = alt.layer(thread, tick, *open_marks, cross, disc, letter).properties(height=24 * len(order))
    head = [words.t("common.chart.category"), *(f"{n}, {unit}" for n in [*letters, flat, now])]
    table = [[str(r[person]), *(words.scaled(r.get(f), power, 1) for f in fields)] for r in rows_in]
    return Drawing(chart, head, table, unit, 900)


def pace(
    frame: Frame,
    words: Words,
    *,
    person: str = "name",
    attainment: str = "attainment",
    projected: str = "projected",
    pace_share: float | None = None,
    quota_name: str = "",
) -> Drawing:
    """Attainment against pace: solid to date, hatched projection, framed by quota, an accent rule at the pace.

    One row per person; `attainment` and `projected` are shares of quota.
    """
    rows_in = [r for r in rows_of(frame) if r.get(attainment) is not None]
    rows = [
        {
            "name": str(r[person]),
            "done": r[attainment],
            "end": max(r.get(projected) or r[attainment], r[attainment]),
            "full": 1,
            "label": words.percent(r[attainment], 0),
        }
        for r in rows_in
    ]
    order = [r["name"] for r in rows]
    top = max([1.1, *(r["end"] for r in rows)]) * 1.06
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("name:N", sort=order, axis=alt.Axis(labelColor=INK)))
    x = alt.X("full:Q", axis=None, scale=alt.Scale(domain=[0, top], nice=False))
    frame_marks = base.mark_bar(height={"band": 0.6}, fill="transparent", stroke=AC, strokeWidth=1.2).encode(x=x)
    to_come = base.mark_bar(height={"band": 0.28}, fill=HATCH, stroke=AC).encode(x="done:Q", x2="end:Q")
    done = base.mark_bar(height={"band": 0.28}, fill=AC).encode(x="done:Q")
    text = base.mark_text(align="left", dx=7, fontWeight=600).encode(x="end:Q", text="label:N")
    layers = [frame_marks, to_come, done, text]
    if pace_share is not None:
        point = alt.Chart(
            alt.Data(values=[{"x": pace_share, "t": words.t("common.chart.pace", share=words.percent(pace_share, 0))}])
        )
        layers.append(point.mark_rule(stroke=ACCENT, strokeWidth=2).encode(x="x:Q"))
        layers.append(
            point.mark_text(fill=ACCENT, fontWeight=600, baseline="bottom", dy=-4).encode(
                x="x:Q", y=alt.value(0), text="t:N"
            )
        )
    head = [words.t("common.chart.category"), words.t("common.chart.actual"), words.t("common.chart.forecast")]
    table = [[str(r[person]), words.percent(r[attainment]), words.percent(r.get(projected))] for r in rows_in]
    return Drawing(alt.layer(*layers).properties(height=26 * len(rows)), head, table, "%", 900)
