"""Who is the same customer: keys that share a phone, then an e-mail address, then a tax code, are one.

The oldest key (by first day, then by name) stands for all. A value that more than `TOO_MANY` keys share is a shop's own
or a placeholder: it joins nobody and is listed.
"""

import polars as pl

RULES = ("phone", "email", "tax_code")
TOO_MANY = 20


def merged(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Customers, merges and values not trusted.

    `records` has one row per sighting: key, day, name, phone, email, tax_code, region, customer_group and lineage.
    Gives one row per customer; one row per key merged into another (customer_id, merged_id, rule, value); and one row
    per value that too many keys share (rule, value, keys).
    """
    order = ["day", "source", "file", "row"]
    sightings = records.sort(*order, nulls_last=True, maintain_order=True)
    firsts = ("name", *RULES, "region", "customer_group")
    keys = sightings.group_by("key", maintain_order=True).agg(
        pl.col("day").min(),
        *(pl.col(c).drop_nulls().first() for c in firsts),
        *(pl.col(c).first() for c in ("source", "file", "row")),
    )
    keys = keys.sort("day", "key", nulls_last=True).with_row_index("rank").with_columns(pl.col("rank").cast(pl.Int64))
    edges = pl.concat(
        sightings.select("key", pl.lit(rule).alias("rule"), pl.col(rule).alias("value")).drop_nulls().unique()
        for rule in RULES
    )
    shared = (
        edges.group_by("rule", "value").agg(pl.len().cast(pl.Int64).alias("keys")).filter(pl.col("keys") > TOO_MANY)
    )
    edges = edges.join(shared, on=["rule", "value"], how="anti")
    label = keys.select("key", "rank", pl.col("key").alias("root"), pl.lit(None, pl.String).alias("by"))
    for n, rule in enumerate(RULES):
        known = _labels(keys, edges.filter(pl.col("rule").is_in(RULES[: n + 1])))
        label = label.drop("root").join(known, on="key")
        joined = pl.col("by").is_null() & (pl.col("root") != pl.col("key"))
        label = label.with_columns(pl.when(joined).then(pl.lit(rule)).otherwise(pl.col("by")).alias("by"))
    return _customers(keys, label), _merges(label, edges), shared.sort("rule", "value")


def _labels(keys: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """key → root: the lowest-ranked key that it is linked to over any chain of shared values."""
    label = keys.select("key", "rank", pl.col("rank").alias("low"))
    while True:
        linked = edges.join(label.select("key", "low"), on="key")
        lowest = linked.with_columns(pl.col("low").min().over("rule", "value")).group_by("key").agg(pl.col("low").min())
        new = label.join(lowest, on="key", how="left", suffix="_new").with_columns(
            pl.min_horizontal("low", "low_new").alias("low")
        )
        jump = new.select(pl.col("rank").alias("low"), pl.col("low").alias("lower"))
        new = (
            new.drop("low_new")
            .join(jump, on="low", how="left")
            .with_columns(pl.col("lower").alias("low"))
            .drop("lower")
        )
        new = new.sort("rank")
        if new["low"].equals(label.sort("rank")["low"]):
            roots = keys.select(pl.col("rank").alias("low"), pl.col("key").alias("root"))
            return new.join(roots, on="low").select("key", "root")
        label = new


def _customers(keys: pl.DataFrame, label: pl.DataFrame) -> pl.DataFrame:
    """One row per root: first known values of its keys, oldest first; merged_ids in order of age."""
    whole = keys.join(label.select("key", "root", "by"), on="key").sort("rank")
    strength = {rule: i for i, rule in enumerate(RULES)}
    firsts = ("name", "phone", "email", "region", "customer_group")
    return (
        whole.with_columns(pl.col("by").replace_strict(strength, default=None, return_dtype=pl.Int64).alias("_by"))
        .group_by("root", maintain_order=True)
        .agg(
            *(pl.col(c).drop_nulls().first() for c in firsts),
            pl.col("key").str.join(" | ").alias("merged_ids"),
            pl.col("by").sort_by("_by", nulls_last=True).first().alias("merge_rule"),
            *(pl.col(c).first() for c in ("source", "file", "row")),
        )
        .rename({"root": "customer_id"})
        .sort("customer_id")
    )


def _merges(label: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """One row per key that was merged into another, with the rule and the value that both share."""
    joined = label.filter(pl.col("by").is_not_null())
    value = edges.group_by("key", "rule").agg(pl.col("value").min())
    return (
        joined.join(value, left_on=["key", "by"], right_on=["key", "rule"], how="left")
        .select(
            pl.col("root").alias("customer_id"), pl.col("key").alias("merged_id"), pl.col("by").alias("rule"), "value"
        )
        .sort("customer_id", "merged_id")
    )
