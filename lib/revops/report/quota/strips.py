"""To whom: every scenario down to each person on one scale, and below it what earlier years say about each."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from revops.kpis.measure import Value
from revops.quota.bases import Base
from revops.quota.compare import FLAT, Backtest, Compared, Score
from revops.quota.quotas import Proposal, Scenario
from revops.report.display import Html, heading, scrolled
from revops.report.quota.marks import Strip, symbol
from revops.report.quota.names import groups, growth, in_money, needs_people, scenario_name, short_name, short_path
from revops.report.quota.why import own_words
from revops.workspace import Workspace


@needs_people
def strips(ws: Workspace, proposal: Proposal, chosen: str, compared: Compared) -> Html:
    """Scenarios side by side: groups and company as exact sums, why each number, and the back-test of each scenario.

    The chosen column is shaded; the one with the least luck says so.
    """
    sheet = Sheet(ws, proposal, proposal.scenario(chosen), compared.tested)
    why = {row["person_id"]: own_words(ws, row) for row in compared.why.iter_rows(named=True)}
    body = "".join(
        sheet.group(short_path(ws, group), members) + "".join(sheet.person(b, why[b.person_id]) for b in members)
        for group, members in groups(proposal.bases)
    )
    title = _title(ws, proposal, sheet.picked, compared.tested)
    table = scrolled(sheet.head(), body + sheet.rest() + sheet.company() + sheet.tests(), "bt")
    return Html(heading(title) + sheet.legend() + table, title)


class Sheet:
    """The table of the strips: its columns are the scenarios that can be had and the flat rule."""

    def __init__(self, ws: Workspace, proposal: Proposal, picked: Scenario, tested: Backtest):
        self.ws, self.proposal, self.picked, self.tested = ws, proposal, picked, tested
        self.pay = in_money(ws)
        self.columns: dict[str, Mapping[str, int]] = {s.key: s.by_person() for s in proposal.had} | {
            FLAT: proposal.flat
        }
        self.letters = {s.key: s.letter for s in proposal.had} | {FLAT: FLAT}
        self.now = {base.person_id: sum(base.projected.values()) for base in proposal.bases}
        shown = [*self.columns.values(), {person: amount for person, amount in self.now.items() if amount > 0}]
        people = [[by[b.person_id] for by in shown if b.person_id in by] for b in proposal.bases]
        self.strip = Strip(people, ws.words)
        self.digits = 2 if self.strip.largest < 10 ** (self.strip.power + ws.words.money_decimals + 1) else 1

    def group(self, name: str, members: Iterable[Base]) -> str:
        """A group of people: every column the exact sum of theirs."""
        ids = [base.person_id for base in members]
        sums = {key: sum(by.get(person, 0) for person in ids) for key, by in self.columns.items()}
        return self._row(name, "group", sum(self.now[person] for person in ids), sums)

    def person(self, base: Base, why: str) -> str:
        """One person: the strip, the amounts and why the chosen scenario gives this one."""
        own = {key: by[base.person_id] for key, by in self.columns.items() if base.person_id in by}
        now = {"now": self.now[base.person_id]} if self.now[base.person_id] > 0 else {}
        drawn = self.strip.row({self.letters[key]: amount for key, amount in own.items()} | now, self.picked.letter)
        return self._row(base.name, "under", None if base.is_vacant else self.now[base.person_id], own, drawn, why)

    def rest(self) -> str:
        """What the base year has beside the people: who left, managers' own, nobody's."""
        rest = self.proposal.totals.of(self.proposal.base.name) - sum(self.now.values())
        return self._row(self.ws.t("quota.strips.rest"), "under", rest, {}) if rest else ""

    def company(self) -> str:
        """What people carry in all; where that is over-assigned, the base that finance counts on below it."""
        sums = {key: sum(by.values()) for key, by in self.columns.items()}
        bases = {s.key: s.amount for s in self.proposal.had}
        total = self.proposal.totals.of(self.proposal.base.name)
        row = self._row(self.ws.t("quota.strips.company"), "total", total, sums)
        is_over = any(sums[key] != amount for key, amount in bases.items())
        return row + (self._row(self.ws.t("compare.strips.base"), "under", None, bases) if is_over else "")

    def tests(self) -> str:
        """One row per measure of the back-test; nothing where no year can be tested."""
        if not self.tested.scores:
            return ""
        rows = {name: [self._test(name, self.tested.scores.get(key)) for key in self.columns] for name in TESTS}
        return "".join(self._test_row(name, cells, name == TESTS[0]) for name, cells in rows.items())

    def _test(self, name: str, score: Score | None) -> str:
        if score is None:
            return undefined(self.ws, "no_cases")
        if name in ("reached", "within"):
            return escape(self.ws.t("compare.strips.of", n=getattr(score, name), all=score.people))
        if name == "correlation":
            return figure(self.ws, score.correlation, 2)
        return money(self.pay, score.pay, *self._pay_unit)

    @property
    def _pay_unit(self) -> tuple[int, int]:
        most = max((int(s.pay.value or 0) for s in self.tested.scores.values()), default=0)
        return self.pay.words.unit(most)[0], 1

    def _test_row(self, name: str, cells: Sequence[str], is_first: bool) -> str:
        unit = self.pay.words.unit_name(self._pay_unit[0])
        label = escape(self.ws.t(f"compare.strips.{name}", unit=unit))
        years = escape(self.ws.t("compare.strips.tested", years=years_text(self.ws, self.tested)))
        note = f"<td class='mut' colspan='2'>{years if is_first else ''}</td>"
        css = " class='total'" if is_first else ""
        return f"<tr{css}><th scope='row' class='mut'>{label}</th>{note}{self._cells(cells)}<td></td><td></td></tr>"

    def _cells(self, cells: Sequence[str]) -> str:
        return "".join(
            f"<td class='num{' you strong' if key == self.picked.key else ''}'>{cell}</td>"
            for key, cell in zip(self.columns, cells, strict=True)
        )

    def _row(
        self, label: str, css: str, now: int | None, amounts: Mapping[str, int | None], drawn: str = "", why: str = ""
    ) -> str:
        grown = growth(amounts.get(self.picked.key), now or 0)
        change = self.ws.words.percent(grown, 0, signed=True) if grown is not None else ""
        cells = self._cells([self._scaled(amounts.get(key)) for key in self.columns])
        return (
            f"<tr class='{css}'><th scope='row'>{escape(label)}</th><td class='num'>{self._scaled(now)}</td>"
            f"<td>{drawn}</td>{cells}<td class='num'>{escape(change)}</td>"
            f"<td class='mut' style='min-width:230px'>{escape(why)}</td></tr>"
        )

    def _scaled(self, amount: int | None) -> str:
        return escape(self.ws.words.scaled(amount, self.strip.power, self.digits))

    def head(self) -> str:
        """The names of the columns; the chosen one and the one with the least luck are told by word."""
        t, proposal = self.ws.t, self.proposal
        on_base = escape(t("quota.head.on_base", year=proposal.base.name))
        return (
            f"<tr><th scope='col'>{escape(t('quota.head.team_person'))}</th>"
            f"<th scope='col' class='num'>{escape(proposal.base.name)}<br>{escape(t('quota.head.projected'))}</th>"
            f"<th scope='col'>{self.strip.head()}<span class='vh'>{escape(t('quota.head.scale'))}</span></th>"
            + "".join(self._column(key) for key in self.columns)
            + f"<th scope='col' class='num' style='min-width:64px'>{self.picked.letter}<br>{on_base}</th>"
            f"<th scope='col'>{escape(t('compare.strips.why', letter=self.picked.letter))}</th></tr>"
        )

    def _column(self, key: str) -> str:
        name = escape(short_name(self.ws, self.proposal, key))
        letter = "" if key == FLAT else f"{self.letters[key]}<br>"
        best = self.tested.recommended
        is_other = key == self.picked.key and best not in (None, key)
        said = ["best"] if key == best else ["chosen"] if is_other else []
        notes = "".join(f"<br><small>{escape(self.ws.t(f'compare.strips.{word}'))}</small>" for word in said)
        css = f"num{' you' if key == self.picked.key else ''}"
        return f"<th scope='col' class='{css}' style='white-space:normal;min-width:76px'>{letter}{name}{notes}</th>"

    def legend(self) -> str:
        """The line under the message: what each mark is, and what sums to what."""
        ws, words = self.ws, []
        for key in self.columns:
            letter = "" if key == FLAT else f"{self.letters[key]} "
            mark = symbol(self.letters[key], key == self.picked.key)
            words.append(f"{mark}&nbsp;{escape(letter + scenario_name(ws, self.proposal, key))}")
        words.append(f"{symbol('now', False)}&nbsp;{escape(ws.t('quota.strips.now', year=self.proposal.base.name))}")
        lead = ws.t("quota.strips.who", year=self.proposal.target.name, unit=self.strip.unit)
        end = [ws.t("quota.strips.sums"), *([ws.t("quota.strips.cut")] if self.strip.is_cut else [])]
        return f"<p class='who'>{escape(lead)} · {' '.join(words)} · {escape(' · '.join(end))}</p>"


TESTS = ("reached", "within", "correlation", "pay")


def years_text(ws: Workspace, tested: Backtest) -> str:
    """The years tested, the one under way with its last whole month."""
    said = [
        ws.t("compare.years.part", year=year.name, month=ws.words.month_short(months[-1]))
        if len(months) < len(year.months)
        else year.name
        for year, months in tested.spans
        if year.name in tested.years
    ]
    return str(ws.words.join(said))


def undefined(ws: Workspace, reason: str | None) -> str:
    """n/a and why, as a cell's inner HTML."""
    why = f"<small>{escape(ws.t(f'compare.reason.{reason}'))}</small>" if reason else ""
    return f"<span class='mut'>{escape(ws.t('common.undefined'))}</span>{why}"


def figure(ws: Workspace, value: Value, digits: int) -> str:
    """A plain number with its sign, or n/a and why."""
    if value.value is None:
        return undefined(ws, value.reason)
    return escape(ws.words.number(value.value, digits))


def money(ws: Workspace, value: Value, power: int, digits: int) -> str:
    """An amount in the unit of its row, or n/a and why."""
    if value.value is None:
        return undefined(ws, value.reason)
    return escape(ws.words.scaled(int(value.value), power, digits))


def _title(ws: Workspace, proposal: Proposal, picked: Scenario, tested: Backtest) -> str:
    said = {
        "scenario": ws.words.capital(scenario_name(ws, proposal, picked.key)),
        "letter": picked.letter,
        "amount": ws.words.money_short(picked.amount),
        "rule": scenario_name(ws, proposal, FLAT),
    }
    if tested.recommended is None:
        flat, top = sum(proposal.flat.values()), picked.amount or 0
        over = sum(proposal.flat.get(person, 0) > amount for person, amount in picked.by_person().items())
        return str(
            ws.t(
                "compare.title.plain",
                difference=ws.words.money_short(abs(flat - top)),
                way=ws.t("quota.more_word" if flat >= top else "quota.less_word"),
                over=ws.words.count(over),
                people=ws.words.count(len(proposal.bases)),
                **said,
            )
        )
    best = next((s for s in proposal.had if s.key == tested.recommended), picked)
    more = {
        "best": scenario_name(ws, proposal, best.key),
        "best_letter": best.letter,
        "flat": _flat_missed(ws, said, tested),
    }
    return str(ws.t("compare.title.best" if best.key == picked.key else "compare.title.other", **said, **more))


def _flat_missed(ws: Workspace, said: Mapping[str, str], tested: Backtest) -> str:
    """That the flat rule would have missed most, where fewer reached it than any scenario."""
    flat, others = tested.scores.get(FLAT), [s for key, s in tested.scores.items() if key != FLAT]
    if flat is None or not all(flat.reached * s.people < s.reached * flat.people for s in others):
        return ""
    return str(ws.t("compare.title.flat", rule=said["rule"], missed=flat.people - flat.reached, all=flat.people))
