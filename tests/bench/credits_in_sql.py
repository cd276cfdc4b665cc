"""Credits and traced pay lines by hand in DuckDB: plain SQL over all of history, copied to Parquet by quarter."""

# ruff: noqa: E501  (SQL stands as one writes it)

from pathlib import Path

from credit_cases import TIERS, TRACED, quota_of


def run(folder: Path, out: Path, lines: int) -> None:
    """Write the traced lines, a file a quarter."""
    import duckdb

    db, tables, quota = duckdb.connect(str(out / "work.duckdb")), folder / "tables", quota_of(lines)
    db.execute("SET threads = 2")
    for name in ("orders", "order_lines", "returns"):
        db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{tables}/{name}/*.parquet')")
    for name in ("people", "credit_splits"):
        db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{tables}/{name}.parquet')")
    earned = lambda c: " + ".join([f"{c} * {TIERS[0][1]}"] + [  # noqa: E731
        f"greatest({c} - quota * {bound} // 100, 0) * {rate - TIERS[n][1]}" for n, (bound, rate) in enumerate(TIERS[1:])])  # fmt: skip
    db.execute("""CREATE TEMP TABLE moves AS
        WITH sums AS (SELECT order_id, sum(net_amount)::BIGINT AS lines FROM order_lines GROUP BY order_id)
        SELECT line_id AS movement_id, ordered_on AS moved_on, l.order_id, line_id, person_id, l.net_amount, l.file, l.row
          FROM order_lines l JOIN orders o USING (order_id) WHERE NOT is_cancelled
        UNION ALL SELECT 'header:' || o.order_id, ordered_on, o.order_id, NULL, person_id, o.net_amount - coalesce(lines, 0), o.file, o.row
          FROM orders o LEFT JOIN sums USING (order_id)
          WHERE NOT is_cancelled AND o.net_amount IS NOT NULL AND o.net_amount <> coalesce(lines, 0)
        UNION ALL SELECT return_id, returned_on, r.order_id, line_id, o.person_id, -r.net_amount, r.file, r.row
          FROM returns r LEFT JOIN (SELECT order_id, person_id FROM orders WHERE NOT is_cancelled) o USING (order_id)""")
    db.execute("""CREATE TEMP TABLE own AS
        WITH so_far AS (
          SELECT m.* EXCLUDE (person_id), s.person_id, share, sum(net_amount) OVER (PARTITION BY coalesce(line_id, movement_id), s.person_id
            ORDER BY moved_on, movement_id)::BIGINT AS later FROM moves m JOIN credit_splits s USING (order_id)),
        pair AS (SELECT *, later - net_amount AS sooner FROM so_far),
        cut AS (SELECT *, abs(later) * share // 1000000000 AS a, abs(later) * share % 1000000000 AS ra,
          abs(sooner) * share // 1000000000 AS b, abs(sooner) * share % 1000000000 AS rb FROM pair),
        placed AS (SELECT *, sum(ra) OVER event // 1000000000 AS left_a, sum(rb) OVER event // 1000000000 AS left_b,
          row_number() OVER (PARTITION BY movement_id ORDER BY ra DESC, person_id) AS place_a,
          row_number() OVER (PARTITION BY movement_id ORDER BY rb DESC, person_id) AS place_b FROM cut
          WINDOW event AS (PARTITION BY movement_id))
        SELECT person_id, 'direct' AS rule, movement_id, moved_on, order_id, line_id, net_amount AS credit_amount, file, row
          FROM moves WHERE person_id IS NOT NULL AND order_id NOT IN (SELECT order_id FROM credit_splits)
        UNION ALL SELECT person_id, 'split', movement_id, moved_on, order_id, line_id,
          (a + (place_a <= left_a)::BIGINT) * sign(later) - (b + (place_b <= left_b)::BIGINT) * sign(sooner), file, row FROM placed""")
    db.execute("""CREATE TEMP TABLE credits AS
        SELECT * FROM own
        UNION ALL SELECT manager_id, 'rollup', movement_id, any_value(moved_on), any_value(order_id), any_value(line_id),
          sum(credit_amount)::BIGINT, any_value(file), any_value(row)
          FROM own JOIN people p ON own.person_id = p.person_id AND p.start_on <= moved_on AND moved_on < coalesce(p.end_on, DATE '9999-01-01')
          WHERE manager_id IS NOT NULL GROUP BY manager_id, movement_id""")
    db.execute(f"""COPY (
        WITH summed AS (SELECT *, date_trunc('quarter', moved_on)::DATE AS quarter, CASE rule WHEN 'rollup' THEN {10 * quota} ELSE {quota} END AS quota,
          sum(credit_amount) OVER (PARTITION BY person_id, date_trunc('quarter', moved_on) ORDER BY moved_on, movement_id)::BIGINT AS later FROM credits),
        parts AS (SELECT *, ({earned("later")}) - ({earned("(later - credit_amount)")}) AS exact,
          row_number() OVER (PARTITION BY person_id, quarter ORDER BY moved_on, movement_id) AS n FROM summed),
        cut AS (SELECT *, abs(exact) // 1000 * sign(exact) AS part, abs(exact) % 1000 * sign(exact) AS rest FROM parts),
        due AS (SELECT *, (2 * abs(sum(exact) OVER mine) + 1000) // 2000 * sign(sum(exact) OVER mine) - sum(part) OVER mine AS missing
          FROM cut WINDOW mine AS (PARTITION BY person_id, quarter)),
        placed AS (SELECT *, row_number() OVER (PARTITION BY person_id, quarter ORDER BY CASE WHEN missing > 0 THEN -rest ELSE rest END, n) AS place FROM due)
        SELECT {", ".join(name if name != "pay_amount" else "(part + (place <= abs(missing))::BIGINT * sign(missing))::BIGINT AS pay_amount" for name in TRACED)}, quarter
        FROM placed) TO '{out}/lines' (FORMAT parquet, PARTITION_BY (quarter), COMPRESSION zstd, COMPRESSION_LEVEL 1)""")
    db.close()
    (out / "work.duckdb").unlink()
