"""All that holds scenarios side by side, made at once, and the tables that it leaves behind."""

from dataclasses import dataclass

import dataframely as dy
import polars as pl

from revops.planning import COUNTS
from revops.quota.compare.backtest import Backtest, backtest
from revops.quota.compare.cover import cover
from revops.quota.compare.sensitivity import sensitivity
from revops.quota.compare.why import PARTS, bridge
from revops.quota.contracts import QuotaBacktest, QuotaCover, QuotaScores, QuotaSensitivity, QuotaWhy
from revops.quota.desk import Desk
from revops.quota.quotas import Proposal
from revops.tables import types_of


@dataclass(frozen=True)
class Compared:
    """The back-test of all scenarios; of the chosen one why each number, what moves it, and who can bring it."""

    tested: Backtest
    why: pl.DataFrame
    moved: pl.DataFrame
    covered: pl.DataFrame

    def tables(self) -> dict[str, tuple[pl.DataFrame, type[dy.Schema]]]:
        """name → rows and contract of each table to save."""
        keys = ["scenario", "year", "person_id"]
        return {
            "quota_why": (self.why, QuotaWhy),
            "quota_backtest": (self.tested.outcomes.sort(keys), QuotaBacktest),
            "quota_scores": (_scores(self.tested), QuotaScores),
            "quota_sensitivity": (self.moved.with_row_index("place", 1).cast({"place": pl.Int64}), QuotaSensitivity),
            "quota_cover": (self.covered.drop_nulls("team"), QuotaCover),
        }


def side_by_side(desk: Desk, proposal: Proposal, key: str) -> Compared:
    """Every scenario tested on earlier years, the scenario `key` explained, shaken and held against capacity."""
    why = bridge(proposal, key)
    asked = proposal.scenario(key).by_person() if proposal.bases else {}
    parts = int(why.select(pl.sum_horizontal(pl.col(f"{part}_amount").sum() for part in PARTS)).item() or 0)
    is_money = desk.ws.company.quota.metric not in COUNTS
    desk.ws.check("compare.check.bridge", parts, sum(asked.values()), money=is_money)
    return Compared(
        backtest(desk, proposal.knobs),
        why,
        sensitivity(desk, proposal, key),
        cover(desk, proposal, key),
    )


def _scores(tested: Backtest) -> pl.DataFrame:
    rows = [
        (
            key, score.people, score.reached, score.within, score.wape.value, score.bias.value, score.spread.value,
            score.correlation.value, score.correlation.reason, score.follows, score.pay.value,
            key == tested.recommended,
        )
        for key, score in sorted(tested.scores.items())
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=types_of(QuotaScores), orient="row")
