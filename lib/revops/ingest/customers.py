"""Who is the same customer: customer numbers that share a telephone, an e-mail address, a tax code or a firm's name.

The rules and their order stand in company.yaml under `identity`. Numbers are taken oldest first (by first day, then by
number), and each joins the older ones with which it shares a value; the oldest of a customer's numbers stands for it.
So the order of files and rows does not matter, and a new number never splits customers that are older than it, except
the one with which a value passes `too_many`.

Two customers with different tax codes are different: only the tax code itself, or `together`, can join them. A number
without tax code that shares a value with both goes to the older, and the value is listed as a suspected conflict.

Records of the CRM (`account:…`, `contact:…`) take part as the youngest: they may link customers, and those that no
customer number joins are prospects, no customers. The contacts of an account count once among those that share a value,
and a name that two accounts have tells neither.
"""

from collections import defaultdict
from collections.abc import Iterable

import polars as pl

from revops.company import Identity
from revops.ingest.text import phone
from revops.problems import Problem

FIRSTS = ("name", "phone", "email", "tax_code", "region", "customer_group")
BY_HAND, ACCOUNT = "together", "account"
DOUBT = {"rule": pl.String, "value": pl.String, "keys": pl.Int64, "conflict": pl.String}
_ONE_DIGIT = "^(?:[+]84)?0*(?:" + "|".join(f"{digit}+" for digit in range(10)) + ")$"
_LEGAL = (
    "c ty|cty|ctcp|tnhh|t n h h|cp|mtv|dntn|htx|hkd|jsc|j s c|ltd|llc|inc|corp|plc|gmbh|pte|pty|sarl|"
    "trach nhiem huu han|co phan|mot thanh vien|doanh nghiep tu nhan|hop tac xa|ho kinh doanh|"
    "joint stock company|joint stock|company limited|co ltd|company|limited|incorporated|corporation"
)
_FORMS = rf"(?:\bcong ty(?: |$)|\b(?:{_LEGAL})\b)"
_HAS_FORM = rf"(?:\bcong ty \S|\b(?:{_LEGAL})\b)"


def merged(records: pl.DataFrame, identity: Identity | None = None) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Customers, merges and values in doubt.

    `records` has one row per sighting: key, day, name, phone, email, tax_code, region, customer_group, lineage, and
    where there are such account_id and is_customer (false of a record of the CRM). Gives one row per customer; one row
    per key merged into another (customer_id, merged_id, rule, value, file, row, and joined_to, joined_file, joined_row:
    the key it shares the value with and where that was read; without value and rows where company.yaml joined them);
    and one row per value that joined nobody (rule, value, keys, conflict: the customers with different tax codes, null
    where too many keys share it, and where no row has a number that company.yaml names: rule apart or together, no
    keys).
    """
    identity = identity or Identity()
    sightings, keys = _keyed(records)
    links, crowded = _links(sightings, keys, identity)
    groups = _Groups(keys, sightings, links, identity)
    groups.grow(links["rank"].to_list(), links["link"].to_list())
    merges = _merges(keys, links, groups)
    uncertain = pl.concat([_unknown(keys, identity), crowded, _doubts(links, groups)])
    return _customers(keys, merges, groups, identity), merges, uncertain.sort("rule", "value")


def doubts(values: pl.DataFrame) -> list[Problem]:
    """Values in doubt, as `merged` gives them, in words."""
    rows = values.iter_rows(named=True)
    return [_conflict(row) if row["conflict"] else _crowd(row) if row["keys"] else _nobodys(row) for row in rows]


def tax_key(code: pl.Expr) -> pl.Expr:
    """A tax code for comparison: letters and digits only; a Vietnamese one that lost its leading zero has it again.

    >>> codes = pl.DataFrame({"t": ["0101234567-001", "101234567", "de 812.526"]})
    >>> codes.select(tax_key(pl.col("t"))).to_series().to_list()
    ['0101234567001', '0101234567', 'DE812526']
    """
    bare = code.str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
    return pl.when(bare.str.contains(r"^\d{9}$")).then("0" + bare).when(bare != "").then(bare)


def name_key(name: pl.Expr) -> pl.Expr:
    """A firm's name for comparison, without its legal form; null where nothing is left.

    >>> names = ["Công ty TNHH MTV An Phát", "AN PHAT CO., LTD", "Cty Cổ phần An-Phát", "Công ty TNHH"]
    >>> pl.DataFrame({"n": names}).select(name_key(pl.col("n"))).to_series().to_list()
    ['an phat', 'an phat', 'an phat', None]
    """
    return _bare(_folded(name))


def _bare(folded: pl.Expr) -> pl.Expr:
    rest = folded.str.replace_all(_FORMS, " ").str.replace_all(" +", " ").str.strip_chars()
    return pl.when(rest.str.len_chars() > 1).then(rest)


def _mail(address: pl.Expr) -> pl.Expr:
    return address.str.strip_chars().str.to_lowercase()


def _folded(text: pl.Expr) -> pl.Expr:
    """As text.fold, for a whole column."""
    plain = text.str.to_lowercase().str.normalize("NFD").str.replace_all(r"\p{M}", "").str.replace_all("đ", "d")
    return plain.str.replace_all("[^a-z0-9]+", " ").str.strip_chars()


def _keyed(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sightings with the rank of their key, and one row per key: rank by age, first known values, lineage."""
    for name, value in (("account_id", pl.lit(None, pl.String)), ("is_customer", pl.lit(True))):
        if name not in records.columns:
            records = records.with_columns(value.alias(name))
    lineage = ("source", "file", "row")
    columns = ["key", "is_customer", "day", *FIRSTS, "account_id", *lineage]
    often = records["key"].is_duplicated()
    again = records.filter(often)
    several = _ordered(again).group_by("key", maintain_order=True).agg(
        pl.col("is_customer").any(), pl.col("day").min(),
        *(pl.col(c).drop_nulls().first() for c in (*FIRSTS, "account_id")), *(pl.col(c).first() for c in lineage),
    )  # fmt: skip
    once = records.filter(~often) if again.height else records
    keys = pl.concat([part.select(*columns, once=pl.lit(n == 0)) for n, part in enumerate((once, several))])
    age = [pl.col("is_customer"), pl.col("day"), pl.col("key")]
    keys = keys.sort(age, descending=[True, False, False], nulls_last=True)
    keys = keys.with_row_index("rank").with_columns(pl.col("rank").cast(pl.Int64))
    further = again.join(keys.filter(~pl.col("once")).select("key", "rank"), on="key").select("rank", *columns)
    return pl.concat([keys.filter("once").select("rank", *columns), further]), keys


def _ordered(sightings: pl.DataFrame) -> pl.DataFrame:
    """The first sighting first, whatever the order of files."""
    return sightings.sort("day", *FIRSTS, "source", "file", "row", nulls_last=True, maintain_order=True)


def _links(sightings: pl.DataFrame, keys: pl.DataFrame, identity: Identity) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row per key and value that joins it to others, oldest key first; and the values that too many share.

    `link` numbers the values; file and row are those that first say so.
    """
    rules = [
        _compared(sightings, rule, identity)
        .filter(pl.col("value").is_duplicated())
        .with_columns(rule=pl.lit(rule), rule_no=pl.lit(n))
        for n, rule in enumerate(identity.rules)
    ]
    none = sightings.select(value="key", rule="key", rule_no=pl.lit(0)).clear()
    found = pl.concat([sightings.clear().hstack(none), *rules])
    found = _ordered(found).unique(["rank", "rule", "value"], keep="first", maintain_order=True)
    is_crm, of_account = ~pl.col("is_customer"), pl.format("account:{}", "account_id")
    party = pl.when(is_crm).then(pl.coalesce(of_account, "key")).otherwise("key")
    own = pl.col("is_customer").sum().cast(pl.Int64)
    counted = found.group_by("rule", "value").agg(
        own.alias("own"),
        pl.when(pl.col("rule").first() == ACCOUNT).then(own).otherwise(party.n_unique().cast(pl.Int64)).alias("keys"),
        (is_crm.any() | (pl.col("rule").first() != ACCOUNT)).alias("is_known"),
        ((pl.col("rule").first() == "name") & (party.filter(is_crm).n_unique() > 1)).alias("is_of_several"),
    )
    too_many = pl.col("keys") > identity.too_many
    crowded = counted.filter(too_many & pl.col("is_known") & (pl.col("own") > 0))
    takes_part = pl.col("is_customer") | ~(too_many | pl.col("is_of_several"))
    stays = pl.col("is_known") & (pl.col("own") <= identity.too_many) & takes_part
    shared = found.join(counted, on=["rule", "value"]).filter(stays).filter(pl.len().over("rule", "value") > 1)
    numbers = shared.select("rule", "value").unique().sort("rule", "value").with_row_index("link")
    links = shared.join(numbers, on=["rule", "value"]).sort("rank", "rule_no", "value")
    links = links.select("rank", "key", "is_customer", "file", "row", "value", "rule", "link")
    return links, crowded.select("rule", "value", "keys", conflict=pl.lit(None, pl.String))


def _compared(sightings: pl.DataFrame, rule: str, identity: Identity) -> pl.DataFrame:
    """Sightings with `value`, what a rule compares; without placeholders and values that join nobody."""
    if rule == ACCOUNT:
        known = sightings.filter(pl.col("account_id").is_not_null()).with_columns(value=pl.col("account_id"))
        return known.filter(~pl.col("value").is_in(identity.nobody))
    if rule == "name":
        folded = _folded(pl.col("name"))
        coded = sightings.filter(pl.col("tax_code").is_not_null() | pl.col("account_id").is_not_null())["rank"].unique()
        sightings = sightings.filter(pl.col("name").is_not_null()).with_columns(folded.alias("_folded"))
        sightings = sightings.filter(pl.col("rank").is_in(coded.implode()) | pl.col("_folded").str.contains(_HAS_FORM))
        found = sightings.with_columns(_bare(pl.col("_folded")).alias("value")).drop("_folded")
    else:
        keys = {"phone": pl.col("phone"), "email": _mail(pl.col("email")), "tax_code": tax_key(pl.col("tax_code"))}
        found = sightings.filter(pl.col(rule).is_not_null()).with_columns(keys[rule].alias("value"))
    found, nobody = found.filter(pl.col("value").is_not_null()), _nobody(rule, identity)
    told = pl.col("value").is_in(nobody) | pl.col("value").str.contains(_ONE_DIGIT)
    if rule == "email":
        told = told | pl.col("value").str.extract("^([^@]*@)").is_in(nobody).fill_null(False)
    return found.filter(~told)


def _nobody(rule: str, identity: Identity) -> list[str]:
    """The declared values that join nobody, as the rule compares them."""
    as_written = pl.DataFrame(dict.fromkeys(FIRSTS, identity.nobody), schema=dict.fromkeys(FIRSTS, pl.String))
    compared = {
        "phone": phone(pl.col("phone")),
        "email": _mail(pl.col("email")),
        "tax_code": tax_key(pl.col("tax_code")),
        "name": name_key(pl.col("name")),
    }
    return as_written.select(compared[rule]).to_series().drop_nulls().to_list()


class _Groups:
    """Keys by rank, joined one after another; a group's root is its oldest key. `joined` tells how."""

    def __init__(self, keys: pl.DataFrame, sightings: pl.DataFrame, links: pl.DataFrame, identity: Identity):
        self.joined: list[tuple[int, int, int | None]] = []
        self._parent: dict[int, int] = {}
        named = {key for pair in (*identity.apart, *identity.together) for key in pair}
        ranks = dict(keys.filter(pl.col("key").is_in(sorted(named))).select("key", "rank").iter_rows())
        met = pl.concat([links["rank"], pl.Series(ranks.values(), dtype=pl.Int64)]).unique()
        self._codes: dict[int, set[str]] = defaultdict(set)
        codes = _compared(sightings.filter(pl.col("rank").is_in(met.implode())), "tax_code", identity)
        for rank, code in codes.select("rank", "value").unique().iter_rows():
            self._codes[rank].add(code[:10] if code.isdigit() and len(code) == 13 else code)
        self._foes: dict[int, set[int]] = defaultdict(set)
        for one, other in identity.apart:
            if one in ranks and other in ranks:
                self._foes[ranks[one]].add(ranks[other])
                self._foes[ranks[other]].add(ranks[one])
        for one, other in identity.together:
            if one in ranks and other in ranks:
                self._join(ranks[one], ranks[other], None)

    def grow(self, ranks: list[int], links: list[int]) -> None:
        """Join each key, oldest first, to the older keys with which it shares a value, where nothing forbids it."""
        held: dict[int, list[int]] = defaultdict(list)
        for rank, link in zip(ranks, links, strict=True):
            older = held[link]
            for other in older:
                self._join(other, rank, link)
            root = self.root(rank)
            if all(self.root(other) != root for other in older):
                older.append(rank)

    def roots(self) -> dict[int, int]:
        """The root of every key that is in a group with an older one, by rank."""
        return {rank: self.root(rank) for rank in sorted(self._parent)}

    def root(self, rank: int) -> int:
        """The oldest key of the group that a key belongs to."""
        parent = self._parent
        while rank in parent:
            above = parent[rank]
            if above in parent:
                parent[rank] = parent[above]
            rank = above
        return rank

    def codes(self, rank: int) -> set[str]:
        """The tax codes of the group that a key belongs to, a branch's as its firm's."""
        return self._codes.get(self.root(rank), set())

    def differ(self, one: int, other: int) -> bool:
        """Whether both groups have tax codes and none in common."""
        mine, theirs = self.codes(one), self.codes(other)
        return bool(mine and theirs and mine.isdisjoint(theirs))

    def _join(self, one: int, other: int, link: int | None) -> None:
        """Make one group of two unless they are kept apart or, where no hand joins them, their tax codes differ."""
        low, high = self.root(one), self.root(other)
        if low == high or any(self.root(foe) == high for foe in self._foes.get(low, ())):
            return
        if link is not None and self.differ(low, high):
            return
        if low > high:
            low, high = high, low
        self._parent[high] = low
        self.joined.append((one, other, link))
        if high in self._codes:
            self._codes[low] |= self._codes.pop(high)
        if high in self._foes:
            self._foes[low] |= self._foes.pop(high)


def _merges(keys: pl.DataFrame, links: pl.DataFrame, groups: _Groups) -> pl.DataFrame:
    """One row per key that is not its customer's oldest, with the link that leads from it towards the oldest.

    Prospects, groups of records of the CRM alone, have none.
    """
    customers = keys["is_customer"].sum()
    near: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    for one, other, link in groups.joined:
        near[one].append((other, link))
        near[other].append((one, link))
    steps = list[tuple[int, int, int, int | None]]()
    for root in [rank for rank in near if rank < customers and groups.root(rank) == rank]:
        ahead = [(root, root)]
        while ahead:
            here, before = ahead.pop()
            for there, by in near[here]:
                if there != before:
                    ahead.append((there, here))
                    steps.append((root, there, here, by))
    frame = pl.DataFrame(
        steps, schema={"root": pl.Int64, "rank": pl.Int64, "to": pl.Int64, "link": pl.UInt32}, orient="row"
    )
    for number, name in (("root", "customer_id"), ("rank", "merged_id"), ("to", "joined_to")):
        frame = frame.join(keys.select(pl.col("rank").alias(number), pl.col("key").alias(name)), on=number)
    frame = frame.join(links.select("rank", "link", "rule", "value", "file", "row"), on=["rank", "link"], how="left")
    other_side = links.select(pl.col("rank").alias("to"), "link", joined_file="file", joined_row="row")
    frame = frame.join(other_side, on=["to", "link"], how="left").with_columns(pl.col("rule").fill_null(BY_HAND))
    columns = ["customer_id", "merged_id", "rule", "value", "file", "row", "joined_to", "joined_file", "joined_row"]
    return frame.select(columns).sort("customer_id", "merged_id")


def _customers(keys: pl.DataFrame, merges: pl.DataFrame, groups: _Groups, identity: Identity) -> pl.DataFrame:
    """One row per root: first known values of its keys, oldest first; merged_ids in order of age."""
    firsts, lineage = ("name", "phone", "email", "region", "customer_group"), ("source", "file", "row")
    roots = groups.roots()
    whole = pl.DataFrame(
        {"rank": [*roots, *roots.values()], "root": [*roots.values()] * 2}, {"rank": pl.Int64, "root": pl.Int64}
    )
    whole = whole.unique()
    strength = {rule: n for n, rule in enumerate((BY_HAND, *identity.rules))}
    by = merges.select(pl.col("merged_id").alias("key"), pl.col("rule").alias("by")).with_columns(
        pl.col("by").replace_strict(strength, return_dtype=pl.Int64).alias("_by")
    )
    alone = keys.filter("is_customer").join(whole, on="rank", how="anti", maintain_order="left").select(
        pl.col("key").alias("customer_id"), *firsts, pl.col("key").alias("merged_ids"),
        pl.lit(None, pl.String).alias("merge_rule"), *lineage,
    )  # fmt: skip
    joined = (
        keys.join(whole, on="rank")
        .join(by, on="key", how="left")
        .sort("rank")
        .group_by("root", maintain_order=True)
        .agg(
            pl.col("key").first().alias("customer_id"),
            *(pl.col(c).drop_nulls().first() for c in firsts),
            pl.col("key").str.join(" | ").alias("merged_ids"),
            pl.col("by").sort_by("_by", nulls_last=True).first().alias("merge_rule"),
            *(pl.col(c).first() for c in lineage),
            pl.col("is_customer").any(),
        )
        .filter("is_customer")
    )
    return pl.concat([alone, joined.select(alone.columns)]).sort("customer_id")


def _doubts(links: pl.DataFrame, groups: _Groups) -> pl.DataFrame:
    """Values that customers with different tax codes share."""
    roots = groups.roots()
    named = links.with_columns(pl.col("rank").replace(roots).alias("root"))
    split = named.filter((pl.col("root").n_unique().over("link") > 1) & pl.col("is_customer").any().over("link"))
    rows = [
        {"rule": part["rule"][0], "value": part["value"][0], "keys": part.height, "conflict": text}
        for part in split.partition_by("link", maintain_order=True)
        if (text := _differing(part, groups))
    ]
    return pl.DataFrame(rows, DOUBT)


def _unknown(keys: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Numbers that company.yaml keeps apart or joins, and that no row has."""
    declared = [("apart", key) for pair in identity.apart for key in pair]
    declared += [(BY_HAND, key) for pair in identity.together for key in pair]
    named = pl.DataFrame(declared, {"rule": pl.String, "key": pl.String}, orient="row").unique()
    rest = named.join(keys, on="key", how="anti")
    return rest.select("rule", value="key", keys=pl.lit(0, pl.Int64), conflict=pl.lit(None, pl.String))


def _differing(part: pl.DataFrame, groups: _Groups) -> str:
    """The customers of one shared value whose tax codes differ, with those codes; nothing where none do."""
    known: dict[int, str] = dict(part.sort("rank").select("root", "key").unique("root", keep="first").iter_rows())
    different = [root for root in sorted(known) if any(groups.differ(root, other) for other in known)]
    return " | ".join(f"{known[root]} (tax code {_listed(groups.codes(root))})" for root in different)


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))


def _crowd(row: dict[str, object]) -> Problem:
    return Problem(
        f"customers, {row['rule']} {row['value']}",
        f"shared by {row['keys']} customer numbers",
        "a value of one customer",
        "nobody was merged by it; clear it in the source where it is a placeholder",
    )


def _conflict(row: dict[str, object]) -> Problem:
    return Problem(
        f"customers, {row['rule']} {row['value']}",
        f"shared by {row['conflict']}",
        "one tax code where a value is shared",
        "they stay apart; correct a tax code, or name the two under identity.together",
    )


def _nobodys(row: dict[str, object]) -> Problem:
    return Problem(
        f"company.yaml, identity.{row['rule']}",
        f"{row['value']}, which no row up to as_of has",
        "a customer number as merged_ids shows it",
        "correct the number, or remove the pair",
    )
