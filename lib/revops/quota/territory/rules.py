"""Rules that give each account (× product group) one primary owner on a day.

The most specific rule wins: the one that names most dimensions. Among rules that name as many, the lowest priority
number wins (blank: after all numbers). Two owners that are left are an overlap, and nobody is chosen for it. A move by
hand goes before every rule, one for a product group before one for all. Without rules the account's own owner holds.

>>> accounts = pl.DataFrame({"account_id": ["a", "b", "c"], "region": ["North", "North", "South"],
...                          "size": ["large", "small", "large"], "person_id": ["An", "An", "An"]})
>>> always = pl.lit(None, pl.Date)
>>> rules = pl.DataFrame({"rule": [2, 3], "region": ["North"] * 2, "size": [None, "large"], "owner": ["An", "Chi"]})
>>> rules = rules.with_columns(priority=pl.lit(None, pl.Int64), start_on=always, end_on=always)
>>> owners(accounts, rules, NO_MOVES, [], date(2026, 1, 1)).select("account_id", "kind", "person_id", "rule").rows()
[('a', 'rule', 'Chi', 3), ('b', 'rule', 'An', 2), ('c', 'gap', None, None)]
"""

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from revops.problems import Problem
from revops.quota.territory.matrix import PRODUCT

LAST = 2**31  # the rank of a rule without priority
NO_MOVES = pl.DataFrame(
    schema={"rule": pl.Int64, "account_id": pl.String, PRODUCT: pl.String, "owner": pl.String, "start_on": pl.Date,
            "end_on": pl.Date, "reason": pl.String}
)  # fmt: skip
_NOT_NAMED = ("rule", "owner", "priority", "start_on", "end_on")
UNIT = ["account_id", PRODUCT]


def named_of(rules: pl.DataFrame) -> list[str]:
    """The dimensions that a sheet of rules has."""
    return [column for column in rules.columns if column not in _NOT_NAMED]


def on_day(spans: pl.DataFrame, day: date) -> pl.DataFrame:
    """The rules or moves that hold on `day`."""
    begun = pl.col("start_on").is_null() | (pl.col("start_on") <= day)
    return spans.filter(begun & (pl.col("end_on").is_null() | (pl.col("end_on") > day)))


def owners(
    accounts: pl.DataFrame, rules: pl.DataFrame, moves: pl.DataFrame, products: Sequence[str], day: date
) -> pl.DataFrame:
    """One row per account, and product group where rules or moves name one (else null), sorted by both.

    `kind`: override, rule, account (its own owner, there being no rules), gap, overlap; `person_id` (null for the last
    two), `rule` (row of the sheet), `rivals` (owners that stand against each other), `is_by_priority` (priority decided
    between several). Accounts × rules are matched by the sets of dimensions that rules name, not pair by pair.
    """
    units = _units(accounts, rules, moves, products)
    found = units.join(_best(units, on_day(rules, day)), on=UNIT, how="left", nulls_equal=True)
    found = found.join(_moved(units, on_day(moves, day)), on=UNIT, how="left", nulls_equal=True)
    by_hand, count = pl.col("moved_to").is_not_null(), pl.col("rivals").list.len().fill_null(0)
    if rules.height:
        found = found.with_columns(person_id=pl.when(count == 1).then(pl.col("rivals").list.first()))
    named = pl.when(pl.col("person_id").is_not_null()).then(pl.lit("rule" if rules.height else "account"))
    kind = named.when(count > 1).then(pl.lit("overlap")).otherwise(pl.lit("gap"))
    return found.select(
        *UNIT,
        kind=pl.when(by_hand).then(pl.lit("override")).otherwise(kind),
        person_id=pl.coalesce("moved_to", "person_id"),
        rule=pl.when(by_hand).then(pl.col("moved_by")).when(count == 1).then(pl.col("rule")),
        rivals=pl.when(~by_hand).then(pl.col("rivals")),
        is_by_priority=(pl.col("is_by_priority") & ~by_hand).fill_null(False),
    ).sort(UNIT, nulls_last=True)


def _units(accounts: pl.DataFrame, rules: pl.DataFrame, moves: pl.DataFrame, products: Sequence[str]) -> pl.DataFrame:
    """What gets an owner: accounts, × product groups where somebody names one."""
    own = [c for c in named_of(rules) if c != PRODUCT]
    units = accounts.select("account_id", "person_id", *own)
    if all(frame[PRODUCT].null_count() == frame.height for frame in (rules, moves) if PRODUCT in frame.columns):
        return units.with_columns(pl.lit(None, pl.String).alias(PRODUCT))
    return units.join(pl.DataFrame({PRODUCT: sorted(products)}, schema={PRODUCT: pl.String}), how="cross")


def _best(units: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """One row per covered unit: the owners of the rules that rank first, and the first of these rules."""
    named = named_of(rules)
    rules = rules.with_columns(pl.col("priority").fill_null(LAST))
    shape = pl.concat_list(pl.col(named).is_not_null()) if named else pl.lit([True])
    matches = [_matched(units, part, named) for part in rules.with_columns(_shape=shape).partition_by("_shape")]
    schema = {"account_id": pl.String, PRODUCT: pl.String, "rule": pl.Int64, "owner": pl.String, "priority": pl.Int64,
              "named": pl.Int64}  # fmt: skip
    all_ = pl.concat(matches) if matches else pl.DataFrame(schema=schema)
    most = all_.filter(pl.col("named") == pl.col("named").max().over(UNIT))
    several = most.group_by(UNIT).agg(pl.col("owner").n_unique() > 1)
    first = most.filter(pl.col("priority") == pl.col("priority").min().over(UNIT))
    rivals = first.group_by(UNIT).agg(pl.col("rule").min(), rivals=pl.col("owner").unique().sort())
    out = rivals.join(several, on=UNIT, nulls_equal=True)
    return out.select(*UNIT, "rule", "rivals", is_by_priority=pl.col("owner") & (pl.col("rivals").list.len() == 1))


def _matched(units: pl.DataFrame, rules: pl.DataFrame, named: Sequence[str]) -> pl.DataFrame:
    """Units and the rules that cover them, of rules that all name the same dimensions."""
    keys = [d for d in named if rules[d][0] is not None]
    right = rules.select(*keys, "rule", "owner", "priority")
    pairs = units.join(right, on=keys) if keys else units.join(right, how="cross")
    return pairs.select(*UNIT, "rule", "owner", "priority", named=pl.lit(len(keys), pl.Int64))


def _moved(units: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """One row per unit that somebody moved: a move for its product group goes before one for all."""
    right = moves.select("account_id", pl.col(PRODUCT).alias("_of"), "owner", pl.col("rule").alias("moved_by"))
    pairs = units.select(UNIT).join(right, on="account_id")
    hit = pairs.filter(pl.col("_of").is_null() | pl.col("_of").eq_missing(pl.col(PRODUCT))).sort("_of", nulls_last=True)
    first = hit.unique(UNIT, keep="first", maintain_order=True)
    return first.select(*UNIT, pl.col("owner").alias("moved_to"), "moved_by")


def has_gaps(owned: pl.DataFrame) -> bool:
    """Whether some account has no owner because no rule covers it."""
    return count_gaps(owned) > 0


def count_gaps(owned: pl.DataFrame) -> int:
    """Accounts (× product groups) that no rule covers."""
    return owned.filter(pl.col("kind") == "gap").height


def scan_gaps(owned: pl.DataFrame) -> Iterator[Problem]:
    """One problem per account (× product group) that no rule covers."""
    for row in owned.filter(pl.col("kind") == "gap").iter_rows(named=True):
        yield Problem(_where(row), "no rule that covers it", "one owner", "add a rule or a move by hand")


def has_overlaps(owned: pl.DataFrame) -> bool:
    """Whether rules of one rank give some account to several people."""
    return count_overlaps(owned) > 0


def count_overlaps(owned: pl.DataFrame) -> int:
    """Accounts (× product groups) that rules of one rank give to several people."""
    return owned.filter(pl.col("kind") == "overlap").height


def scan_overlaps(owned: pl.DataFrame) -> Iterator[Problem]:
    """One problem per account (× product group) that rules of one rank give to several people."""
    for row in owned.filter(pl.col("kind") == "overlap").iter_rows(named=True):
        found = f"rules of one rank for {', '.join(row['rivals'])}"
        yield Problem(_where(row), found, "one owner", "give one of the rules a lower priority number")


def _where(row: dict[str, str | None]) -> str:
    return f"territory of account {row['account_id']}" + (f", {row[PRODUCT]}" if row[PRODUCT] else "")


def scan_double(spans: pl.DataFrame, key: Sequence[str], name: str) -> Iterator[Problem]:
    """One problem per row of a sheet whose days overlap an earlier row of the same `key`."""
    start = pl.col("start_on").fill_null(date.min)
    rows = spans.with_columns(_start=start, _end=pl.col("end_on").fill_null(date.max)).sort(*key, "_start", "rule")
    before = rows.with_columns(
        until=pl.col("_end").cum_max().shift().over(key), other=pl.col("rule").shift().over(key)
    ).filter(pl.col("until") > pl.col("_start"))
    for row in before.sort("rule").iter_rows(named=True):
        found = f"days that overlap those of row {row['other']}"
        yield Problem(f"{name}, row {row['rule']}", found, "one row of the same kind a day", "end one before the other")
