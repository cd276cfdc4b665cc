"""The league of one period: points, standings, badges, contests and flags, from the ledger that pay is made of."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import dataframely as dy
import polars as pl

from revops.incentives.book import payable_step
from revops.incentives.games import badges, board, contests, deals, flags, points, watch
from revops.incentives.games.rules import Contest, Games, load_games
from revops.incentives.payouts import PersonMonth
from revops.periods import add_months
from revops.tables import types_of
from revops.workspace import Workspace


class LeaderboardContest(dy.Schema):
    """One row per contest and entrant, as the privacy settings show it, best first. No pay and no prize."""

    contest = dy.String(primary_key=True, description="key of the contest in games.yaml")
    line = dy.Int64(primary_key=True, description="place in its table, from 1")
    shown = dy.String(description="team, or person as the settings show it")
    people = dy.Int64(description="people")
    score = dy.Int64(nullable=True, description="what was sold by head; null where only ranks are shown")
    rank = dy.Int64(description="competition rank")


class LeaderboardNews(dy.Schema):
    """One row per piece of news for the wall, the latest first."""

    moved_on = dy.Date(primary_key=True, description="day of the order, day on which the badge was earned")
    name = dy.String(primary_key=True, description="whose it is, as the settings show it")
    kind = dy.String(primary_key=True, description="first_order of a business account, or badge_earned")
    what = dy.String(primary_key=True, description="the account, or the key of the badge")


NEWS = 2


@dataclass(frozen=True)
class League:
    """Everything of the games in a period's last pay month; `months` and `lines` reach back as far as is needed."""

    ws: Workspace
    months: list[PersonMonth]
    lines: pl.DataFrame
    month: date
    until: date

    @cached_property
    def rules(self) -> Games:
        """games.yaml, or the defaults."""
        return load_games(self.ws.folder, self.ws.company)

    @cached_property
    def season(self) -> date:
        """First day of the season that the month is in."""
        starts = self.ws.company.fiscal_year_starts
        back = {"month": 0, "quarter": (self.month.month - starts) % 3, "year": (self.month.month - starts) % 12}
        return add_months(self.month, -back[self.rules.points.season])

    @cached_property
    def since(self) -> date:
        """First day that is looked at: the season, the months watched, and those of the contests."""
        watched = add_months(self.month, 1 - self.rules.watch.lookback_months)
        return min(self.season, watched, add_months(self.month, -1), *(start for _, (start, _) in self.running))

    @cached_property
    def people(self) -> dict[str, dict[date, PersonMonth]]:
        """The people of the league by person and month."""
        return board.league([p for p in self.months if p.month_on <= self.month], self.rules.league.roles)

    @cached_property
    def events(self) -> pl.DataFrame:
        """Sales and returns by person, order, product group and day."""
        inside = (pl.col("moved_on") >= self.since) & (pl.col("moved_on") < self.until)
        return deals.deal_events(self.lines.filter(inside))

    @cached_property
    def deals(self) -> pl.DataFrame:
        """Each person's part of each order."""
        first = deals.first_orders(self.ws.scan("orders"), self.since)
        return deals.deals(self.events, first, self.rules.points.reclose_days)

    @cached_property
    def quotas(self) -> pl.DataFrame:
        """Quotas of record that percents are counted of: those of plans that first count a person's own bookings."""
        firsts = [(p.person_id, p.plan, p.plan.components[0]) for p in self.months if p.plan]
        own = {
            (person, part.quota or plan.quota)
            for person, plan, part in firsts
            if (part.quota or plan.quota) and (part.credit, part.basis) == ("direct", "booked")
        }
        keys = pl.DataFrame(sorted(own), schema={"person_id": pl.String, "measure": pl.String}, orient="row")
        held = self.ws.read("quotas").join(keys, on=["person_id", "measure"], how="semi")
        return held.select("person_id", "start_on", "end_on", "quota_amount")

    @cached_property
    def ledger(self) -> pl.DataFrame:
        """The points of everybody in the league since the season began (LeaguePoints)."""
        mine = pl.col("person_id").is_in(list(self.people))
        season = self.deals.filter(mine & (pl.col("sold_on") >= min(self.season, self.month)))
        return points.ledger(self.rules.points, season, self.events.filter(mine), self.quotas)

    @cached_property
    def month_ledger(self) -> pl.DataFrame:
        """The part of the ledger that the pay month's sales gave those on the board."""
        own = pl.col("person_id").is_in([p for p, held in self.people.items() if self.month in held])
        return self.ledger.filter(own & (pl.col("earned_on").dt.truncate("1mo") == self.month))

    @cached_property
    def bunched(self) -> pl.DataFrame:
        """Months whose last bookings passed a bound and came back."""
        start = add_months(self.month, 1 - self.rules.watch.lookback_months)
        mine = [p for p in self.months if start <= p.month_on <= self.month]
        return watch.bunched(mine, self.lines, self.rules.watch, self.until)

    @cached_property
    def badges(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Badges of the season (LeagueBadges) and their evidence."""
        doubts = watch.doubts(self.bunched)
        return badges.badges(self.rules.badges, self.people, self.events, self.deals, doubts, self.season)

    @cached_property
    def standings(self) -> pl.DataFrame:
        """Everybody in the league, best first (LeagueStandings)."""
        held = self.badges[0].filter((pl.col("month_on") == self.month) & pl.col("revoked_on").is_null())
        mine, order = held.group_by("person_id").agg("badge"), [badge.key for badge in self.rules.badges]
        return board.standings(
            self.people, self.month, self.rules,
            orders=deals.orders_kept(self.deals),
            points=points.points_of(self.month_ledger), vested=points.vested(self.ledger, self.season, self.until),
            badges={person: sorted(keys, key=order.index) for person, keys in mine.rows()},
            stood=self._stood(),
        )  # fmt: skip

    def _stood(self) -> dict[str, date]:
        """The first day of the month on which each person's credits reached what they are now."""
        own = self.events.filter(pl.col("moved_on").dt.truncate("1mo") == self.month)
        days = own.group_by("person_id", "moved_on").agg(pl.col("amount").sum()).sort("person_id", "moved_on")
        run = days.with_columns(
            sofar=pl.col("amount").cum_sum().over("person_id"), all=pl.col("amount").sum().over("person_id")
        )
        return dict(
            run.filter(pl.col("sofar") >= pl.col("all")).group_by("person_id").agg(pl.col("moved_on").min()).rows()
        )

    @cached_property
    def leaderboard(self) -> pl.DataFrame:
        """What the wall shows (Leaderboard)."""
        return board.shown(self.standings, self.rules)

    @cached_property
    def running(self) -> list[tuple[Contest, tuple[date, date]]]:
        """The contests that touch the pay month, with their days."""
        end = add_months(self.month, 1)
        spans = [(c, (c.start_on or self.month, c.end_on or end)) for c in self.rules.contests]
        return [(c, span) for c, span in spans if span[0] < end and self.month < span[1]]

    @cached_property
    def contests(self) -> pl.DataFrame:
        """The standing of every contest that touches the pay month (LeagueContests)."""
        company, now = self.ws.company, [held[self.month] for held in self.people.values() if self.month in held]
        step = payable_step(company.currency, company.money_decimals)
        found = [
            contests.contest(
                c,
                span,
                now,
                contests.daily(c, span, self.events, self.deals, self.ledger),
                company.money_decimals,
                step,
            )
            for c, span in self.running
        ]
        return pl.concat([pl.DataFrame(schema=types_of(contests.LeagueContests)), *found])

    @cached_property
    def leaderboard_contest(self) -> pl.DataFrame:
        """The contests as the wall shows them (LeaderboardContest)."""
        privacy, people = self.rules.privacy, {r["person_id"]: r for r in self.standings.to_dicts()}
        of = {c.key: c.of for c in self.rules.contests}
        rows: list[dict[str, Any]] = []
        line = 0
        for row in self.contests.to_dicts():
            line = line + 1 if rows and rows[-1]["contest"] == row["contest"] else 1
            person = people.get(row["entrant"], {}) if of[row["contest"]] == "people" else {}
            named = (
                board.name_shown(privacy, person["person_id"], person["name"], person["team"])
                if person
                else row["entrant"]
            )
            score = row["score"] if privacy.attainment or not person else None
            rows.append({"contest": row["contest"], "line": line, "shown": named, "people": row["people"],
                         "score": score, "rank": row["rank"]})  # fmt: skip
        return pl.DataFrame(rows, schema=types_of(LeaderboardContest))

    @cached_property
    def news(self) -> pl.DataFrame:
        """The month's two latest first orders of business accounts and badges earned by a count (LeaderboardNews)."""
        privacy = self.rules.privacy
        named = {p: board.name_shown(privacy, p, held[self.month].name, held[self.month].team)
                 for p, held in self.people.items() if self.month in held}  # fmt: skip
        accounts = self.ws.read("accounts").select(buyer="account_id", what="name")
        fresh = self.deals.filter(pl.col("is_new") & (pl.col("month_on") == self.month) & (pl.col("kept") > 0))
        first = fresh.join(accounts, on="buyer", validate="m:1").select(
            "person_id", "what", moved_on="sold_on", kind=pl.lit("first_order")
        )
        counts = [badge.key for badge in self.rules.badges if badge.measure not in badges.PLAIN]
        held = self.badges[0].filter(
            (pl.col("month_on") == self.month) & pl.col("revoked_on").is_null() & pl.col("badge").is_in(counts)
        )
        both = [first, held.select("person_id", what="badge", moved_on="earned_on", kind=pl.lit("badge_earned"))]
        mine = pl.concat(both).filter(pl.col("person_id").is_in(list(named)))
        shown = mine.with_columns(name=pl.col("person_id").replace_strict(named, return_dtype=pl.String))
        columns = LeaderboardNews.column_names()
        return shown.select(columns).unique().sort(columns, descending=[True, False, False, False]).head(NEWS)

    @cached_property
    def found(self) -> flags.Found:
        """Flags with their evidence (LeagueFlags, LeagueEvidence)."""
        start = add_months(self.month, 1 - self.rules.watch.lookback_months)
        mine = watch.results([p for p in self.months if start <= p.month_on <= self.month])
        live = self.deals.filter(pl.col("sold") > 0)
        around = points.along_quota(live, self.quotas).with_columns(
            before=pl.col("reached_before") / pl.col("quota_amount"), after=pl.col("reached") / pl.col("quota_amount")
        )
        return flags.scan_flags(
            mine,
            around,
            self.bunched,
            self._discounts(around),
            flags.reopened(self.ws.scan("opportunities")),
            self.rules.watch,
        )

    def _discounts(self, around: pl.DataFrame) -> pl.DataFrame:
        lines = self.ws.scan("order_lines").select("order_id", "gross_amount", "discount_amount")
        own = (
            lines.join(around.lazy().select("order_id").unique(), on="order_id", how="semi").group_by("order_id").sum()
        )
        gross = own.filter(pl.col("gross_amount") > 0)
        return gross.select("order_id", discount=pl.col("discount_amount") / pl.col("gross_amount")).collect()

    @property
    def tables(self) -> list[tuple[str, pl.DataFrame, type[dy.Schema]]]:
        """Everything that is saved, with its contract; what is not called leaderboard is for those who may see pay."""
        return [
            ("leaderboard", self.leaderboard, board.Leaderboard),
            ("leaderboard_contest", self.leaderboard_contest, LeaderboardContest),
            ("leaderboard_news", self.news, LeaderboardNews),
            ("league_standings", self.standings, board.LeagueStandings),
            ("league_points", self.ledger, points.LeaguePoints),
            ("league_badges", self.badges[0], badges.LeagueBadges),
            ("league_contests", self.contests, contests.LeagueContests),
            ("league_flags", self.found.flags, flags.LeagueFlags),
            ("league_evidence", pl.concat([self.badges[1], self.found.evidence]), badges.LeagueEvidence),
        ]
