"""Crediting: the credits of a workspace, made part by part, and the sums that payments are computed from.

A part is all events, or, where orders are kept by month, the sales of some months; what must be seen whole whatever its
month stands apart: orders that are shared, and returns. Of history only sums stay in memory; lines are made for a span.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any

import polars as pl

from revops.incentives import credits, events, sold
from revops.incentives.book import Key
from revops.incentives.exchange import in_plan_currency
from revops.incentives.payments.currencies import rates_abroad
from revops.incentives.payments.ledger import kept
from revops.incentives.plans import Plan
from revops.incentives.scales import units
from revops.incentives.windows import Span
from revops.kpis.frames import collected
from revops.money import RATE_SCALE
from revops.periods import add_months
from revops.problems import Problem
from revops.workspace import Workspace

TABLES = ("orders", "order_lines", "returns")
OWN = ("direct", "split")
"""Rules whose credits sum to the event."""


@dataclass(frozen=True)
class Crediting:
    """Who is credited for what in a workspace until a day, under some plans."""

    ws: Workspace
    plans: Sequence[Plan]
    people: pl.DataFrame
    splits: pl.DataFrame
    until: date

    @cached_property
    def bases(self) -> list[str]:
        """What the plans count, booked revenue always."""
        return sorted({part.basis for plan in self.plans for part in plan.components} | {"booked"})

    @cached_property
    def rates(self) -> dict[str, list[tuple[date, int]]]:
        """Exchange rates by currency, oldest first."""
        return rates_abroad(self.ws.read("fx_rates"))

    @cached_property
    def shares(self) -> pl.DataFrame:
        """What was collected of each order, day by day; see events.collected_shares."""
        invoices, payments = self.ws.scan("invoices"), self.ws.scan("payments")
        named = pl.concat([payments.select("order_id"), invoices.select("order_id")]).drop_nulls().unique()
        moves = self._only(named)
        known = [
            frame.filter(pl.col(day) < self.until) for frame, day in ((invoices, "issued_on"), (payments, "paid_on"))
        ]
        return collected([events.collected_shares(moves, *known)])[0]

    @cached_property
    def extent(self) -> tuple[int, date | None, date | None]:
        """How many booked events there are, and the first and last of their days; None without any."""
        day, told = pl.col("moved_on"), (date.min, self.until)
        sums = [
            _inside(part, told).select(pl.len(), day.min().alias("first"), day.max().alias("last"))
            for part in self._parts(None)
        ]
        found = pl.concat(collected(sums)).select(pl.col("len").sum(), pl.col("first").min(), pl.col("last").max())
        return found.row(0)

    def events(self, span: Span | None = None) -> pl.DataFrame:
        """The booked events of a span, of everything without one, in event order."""
        parts = [_inside(part, span or (date.min, self.until)) for part in self._parts(span)]
        return pl.concat(collected(parts)).sort("moved_on", "movement_id")

    def lines(self, span: Span, rules: Sequence[str] = ()) -> pl.DataFrame:
        """The booked credit lines of a span, by some rules or by all, in event order."""
        made = [rows for basis, rows in self._lines(span) if basis == "booked"]
        wanted = [rows.filter(pl.col("rule").is_in(rules)) if rules else rows for rows in made]
        return pl.concat(collected(wanted)).sort(credits.KEY)

    def counted(self, span: Span, columns: Sequence[str] = tuple(credits.COUNTED)) -> pl.DataFrame:
        """The credit lines of a span and the components that count them; only some `columns` where these are enough.

        In a plan's own currency a return depends on what came before it: it is made with all of history.
        """
        known, is_abroad = (
            pl.col("credit_amount").is_not_null(),
            any(plan.rates or plan.currency for plan in self.plans),
        )
        every = self._lines((date.min, self.until) if is_abroad else span)
        return pl.concat(
            collected([_inside(self._counted(rows).filter(known), span).select(columns) for _, rows in every])
        )

    @cached_property
    def sums(self) -> dict[str, pl.DataFrame]:
        """All of history, added up: daily, direct, deals, sold, kept; a part in memory at a time."""
        found: dict[str, list[pl.DataFrame]] = {}
        for basis, rows in self._lines((date.min, self.until)):
            queries = self._queries(basis, rows)
            for name, frame in zip(queries, collected(list(queries.values())), strict=True):
                found.setdefault(name, []).append(frame)
        return {name: _added(name, parts) for name, parts in found.items()}

    def _queries(self, basis: str, lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        counted = self._counted(lines)
        measured = credits.measured(counted, self.plans)
        queries = {"daily": credits.daily(measured)}
        if names := kept(self.plans, self.people):
            queries["kept"] = counted.filter(pl.col("plan").is_in(names))
        if any(plan.rates or plan.currency for plan in self.plans):
            queries["unrated"] = counted.filter(pl.col("credit_amount").is_null()).select(UNRATED).unique()
        large = [(plan.plan, n) for plan in self.plans for n, part in enumerate(plan.components) if part.windfall]
        if large:
            is_it = pl.any_horizontal((pl.col("plan") == plan) & (pl.col("component") == n) for plan, n in large)
            deals = measured.filter(is_it & pl.col("order_id").is_not_null())
            queries["deals"] = deals.group_by(*DEAL).agg(pl.col("credit_amount").sum())
        if basis == "booked":
            own = lines.filter(pl.col("rule").is_in(OWN))
            queries["direct"] = own.group_by("person_id", "month_on").agg(pl.col("credit_amount").sum())
            if any(plan.spiffs for plan in self.plans):
                queries["sold"] = sold.sold(own, self.people, self.plans)
        return queries

    def deals(self) -> dict[Key, list[tuple[date, str, int]]]:
        """The orders that may be windfalls: more than a component's size came in on them at some time."""
        size = {
            (plan.plan, n): units(part.windfall.over, self.ws.company.money_decimals) * RATE_SCALE / (part.factor or 1)
            for plan in self.plans for n, part in enumerate(plan.components) if part.windfall
        }  # fmt: skip
        rows = self.sums.get("deals", pl.DataFrame(schema=dict.fromkeys((*DEAL, "credit_amount"))))
        most: dict[tuple[Any, ...], int] = {}
        for person, plan, number, order, _, amount in rows.rows():
            most[person, plan, number, order] = most.get((person, plan, number, order), 0) + max(amount, 0)
        found: dict[Key, list[tuple[date, str, int]]] = {}
        for person, plan, number, order, day, amount in rows.sort("moved_on", "order_id").rows() if most else []:
            if most[person, plan, number, order] > size[plan, number]:
                found.setdefault((person, plan, number), []).append((day, order, amount))
        return found

    def stopped(self) -> dict[tuple[str, date], list[Problem]]:
        """Payments stopped by shares that do not sum to 1, a product without a cost: by person and month."""
        found: dict[tuple[str, date], list[Problem]] = {}
        faulty = credits.scan_split_faults(self.splits)
        moves = self._only(faulty.lazy()).select("order_id", month_on=pl.col("moved_on").dt.truncate("1mo"))
        months = collected([moves.unique()])[0]
        for row in faulty.join(months, on="order_id", how="inner").sort("order_id", "month_on").to_dicts():
            problem = credits.split_problem(row["order_id"], row["share"], row["file"], row["row"])
            for person in row["people"]:
                found.setdefault((person, row["month_on"]), []).append(problem)
        for person, month, product in self._without_cost().rows():
            found.setdefault((person, month), []).append(_no_cost(product))
        for person, month, plan, currency, day in self._unrated().rows():
            found.setdefault((person, month), []).append(_no_rate(plan, currency, day))
        return found

    def _unrated(self) -> pl.DataFrame:
        """One row per person, month, plan and day whose exchange rate is missing."""
        return self.sums.get("unrated", pl.DataFrame(schema=dict.fromkeys(UNRATED))).sort(UNRATED)

    def _without_cost(self) -> pl.DataFrame:
        """One row per person, month and product that a margin cannot be told of."""
        keys = ["person_id", "month_on", "product_id"]
        products = self.ws.scan("products")
        bare = products.filter(pl.col("unit_cost").is_null())
        if "margin" not in self.bases or bare.head(1).collect().is_empty():
            return pl.DataFrame(schema=dict.fromkeys(keys, pl.String))
        rows = [events.without_cost(part, products).with_columns(basis=pl.lit("margin")) for part in self._parts(None)]
        lines = [self._credited(part, "margin", self.splits) for part in rows]
        return pl.concat(collected([self._counted(part).select(keys).unique() for part in lines])).unique().sort(keys)

    def _counted(self, lines: pl.LazyFrame) -> pl.LazyFrame:
        found = credits.counted(lines, self.people, self.plans)
        return in_plan_currency(found, self.rates, self.plans, self.ws.company.currency)

    def _lines(self, span: Span) -> Iterator[tuple[str, pl.LazyFrame]]:
        """The credit lines of a span, by basis, in parts."""
        for basis, kept_lines in self._apart.items():
            yield basis, _inside(kept_lines.lazy(), span)
        shares = None if self._apart else self.splits
        for part in self._months(None if "collected" in self.bases else span):
            for basis, rows in self._of_moves(part).items():
                yield basis, _inside(self._credited(rows, basis, shares), span)
        for basis, rows in events.of_tables(self.bases, self.ws.scan).items():
            yield basis, _inside(self._credited(rows, basis, self.splits), span)

    def _credited(self, rows: pl.LazyFrame, basis: str, shares: pl.DataFrame | None) -> pl.LazyFrame:
        if any("customer_group" in part.where for plan in self.plans for part in plan.components):
            rows = events.with_groups(rows, self.ws.scan("accounts"), self.ws.scan("customers"))
        given = None if shares is None else shares.lazy()
        return credits.credit_lines(rows, self.people, given, self.plans, basis)

    def _of_moves(self, moves: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        decimals, products = self.ws.company.money_decimals, self.ws.scan("products")
        return events.of_moves(self.bases, moves, products, lambda: self.shares.lazy(), decimals)

    @cached_property
    def _apart(self) -> dict[str, pl.DataFrame]:
        """Where orders are kept by month: the credit lines of all history that are seen whole, by basis."""
        if not self._files:
            return {}
        moves = [rows.lazy() for rows in collected(list(self._whole()))]
        made = [(basis, rows) for part in moves for basis, rows in self._of_moves(part).items()]
        lines = collected([self._credited(rows, basis, self.splits) for basis, rows in made])
        bases = {basis for basis, _ in made}
        return {b: pl.concat([part for (basis, _), part in zip(made, lines, strict=True) if basis == b]) for b in bases}

    def _parts(self, span: Span | None) -> Iterator[pl.LazyFrame]:
        """The booked events in parts; of a span only the months that it touches."""
        yield from self._whole()
        yield from self._months(span)

    def _whole(self) -> Iterator[pl.LazyFrame]:
        """Where orders are kept by month: orders that are shared, and returns of the others."""
        if self._files:
            orders, lines, back = self._seen_whole
            shared, others = (
                [frame.join(self._shared, on="order_id", how=how) for frame in (orders, back)]
                for how in ("semi", "anti")
            )
            yield self._booked(shared[0], lines, shared[1])
            yield self._booked(others[0], lines.head(0), others[1]).filter(pl.col("kind") == "return")

    @cached_property
    def _seen_whole(self) -> list[pl.LazyFrame]:
        """Read once: the orders that are shared or had returns, the lines of the shared ones, all returns."""
        back = self.ws.scan("returns")
        named = pl.concat([self._shared, back.select("order_id")])
        orders = self.ws.scan("orders").join(named, on="order_id", how="semi")
        lines = self.ws.scan("order_lines").join(self._shared, on="order_id", how="semi")
        return [frame.lazy() for frame in collected([orders, lines, back])]

    def _months(self, span: Span | None) -> Iterator[pl.LazyFrame]:
        """All events, or, where orders are kept by month, the sales of orders that nobody shares."""
        if not self._files:
            yield self._booked(*map(self.ws.scan, TABLES))
        for part in self._files:
            months = [name for name in part.keywords["months"] if span is None or _touches(name, span)]
            if months:
                orders = self.ws.scan("orders", months).join(self._shared, on="order_id", how="anti")
                yield self._booked(orders, self.ws.scan("order_lines", months), self.ws.scan("returns").head(0))

    @cached_property
    def _files(self) -> list[partial[pl.LazyFrame]]:
        return self.ws.months()

    @property
    def _shared(self) -> pl.LazyFrame:
        return self.splits.lazy().select("order_id").unique()

    def _only(self, named: pl.LazyFrame) -> pl.LazyFrame:
        """The booked events of some orders."""
        orders, lines, returns = (self.ws.scan(name).join(named, on="order_id", how="semi") for name in TABLES)
        return self._booked(orders, lines, returns)

    def _booked(self, orders: pl.LazyFrame, lines: pl.LazyFrame, returns: pl.LazyFrame) -> pl.LazyFrame:
        return events.booked(orders, lines, returns, self.ws.scan("products"))


DEAL = ("person_id", "plan", "component", "order_id", "moved_on")
UNRATED = ["person_id", "month_on", "plan", "currency", "rated_on"]


def _inside(rows: pl.LazyFrame, span: Span) -> pl.LazyFrame:
    return rows.filter(pl.col("moved_on").is_between(*span, closed="left"))


def _touches(month: str, span: Span) -> bool:
    first = date.fromisoformat(f"{month}-01")
    return first < span[1] and span[0] < add_months(first, 1)


def _added(name: str, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    rows = pl.concat(parts)
    if name in ("kept", "sold", "unrated"):
        return rows.unique() if name == "unrated" else rows
    keys = [column for column in rows.columns if column != "credit_amount"]
    return rows.group_by(keys).agg(pl.col("credit_amount").sum()).sort(keys)


def _no_cost(product: str) -> Problem:
    return Problem(
        f"products, {product}", "no unit cost", "a cost, since its margin is credited",
        "add the cost to the products; the people credited with it are not paid until then",
    )  # fmt: skip


def _no_rate(plan: str, currency: str | None, day: date | None) -> Problem:
    return Problem(
        f"plan {plan}, credits in {currency or 'the company currency'} of {day}", "no exchange rate",
        "a rate from that day or before", "add it to fx_rates; the people credited are not paid until then",
    )  # fmt: skip
