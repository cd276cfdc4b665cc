"""The facts as one writes them in SQL, for DuckDB."""

# ruff: noqa: E501  (SQL stands as one writes it)

from pathlib import Path

import polars as pl
from fact_cases import FROM, SUMS, UNTIL
from sales import STAGES


class Duckdb:
    """The same as one writes it in SQL."""

    def query(self, folder: Path, text: str) -> pl.DataFrame:
        import duckdb

        db = duckdb.connect()
        db.execute("SET threads = 2")
        place = folder / "tables"
        names = {
            name: f"'{place}/{name}.parquet'" if (place / f"{name}.parquet").exists() else f"'{place}/{name}/*.parquet'"
            for name in ("orders", "order_lines", "returns", "products", "deals", "history")
        }
        return db.sql(text.format(**names)).pl()

    def cube(self, folder: Path) -> pl.DataFrame:
        keys = "period_on, product_group, channel, region"
        return self.query(
            folder,
            f"""WITH heads AS (SELECT order_id, date_trunc('month', ordered_on)::DATE AS period_on, channel, region, net_amount AS head FROM {{orders}} WHERE NOT is_cancelled),
            sold AS (SELECT period_on, product_group, channel, region, count(DISTINCT order_id) AS orders, sum(quantity) AS units, 0 AS returned_units, sum(gross_amount) AS gross_amount, sum(discount_amount) AS discount_amount,
              0 AS returned_amount, sum(net_amount) AS net_amount, sum(quantity * coalesce(unit_cost, 0)) AS cost_units, count(unit_cost) AS cost_rows, count(*) AS rows, sum(CASE WHEN head IS NOT NULL THEN net_amount ELSE 0 END) AS headed
              FROM {{order_lines}} JOIN heads USING (order_id) LEFT JOIN {{products}} USING (product_id) GROUP BY {keys}),
            taken AS (SELECT date_trunc('month', returned_on)::DATE AS period_on, product_group, channel, region, 0 AS orders, 0 AS units, sum(quantity) AS returned_units, 0 AS gross_amount, 0 AS discount_amount, sum(net_amount) AS returned_amount,
              -sum(net_amount) AS net_amount, -sum(quantity * coalesce(unit_cost, 0)) AS cost_units, count(unit_cost) AS cost_rows, count(*) AS rows FROM {{returns}} LEFT JOIN {{products}} USING (product_id) GROUP BY {keys}),
            rest AS (SELECT period_on, channel, region, sum(n) AS n FROM (SELECT period_on, channel, region, sum(head) AS n FROM heads GROUP BY ALL UNION ALL SELECT period_on, channel, region, -sum(headed) FROM sold GROUP BY ALL) GROUP BY ALL HAVING sum(n) <> 0),
            parts AS (SELECT * EXCLUDE headed FROM sold UNION ALL SELECT * FROM taken UNION ALL SELECT period_on, NULL, channel, region, 0, 0, 0, n, 0, 0, n, 0, 0, 0 FROM rest)
            SELECT {keys}, {", ".join(f"sum({name})::BIGINT AS {name}" for name in SUMS)} FROM parts GROUP BY {keys}""",
        )

    BOUGHT = """heads AS (SELECT order_id, customer_id, ordered_on AS bought_on, net_amount FROM {orders} WHERE NOT is_cancelled AND customer_id IS NOT NULL),
        bought AS (SELECT customer_id, bought_on, 1 AS orders, coalesce(net_amount, 0) AS net_amount FROM heads
          UNION ALL SELECT customer_id, bought_on, 0, l.net_amount FROM {order_lines} l JOIN heads h USING (order_id) WHERE h.net_amount IS NULL
          UNION ALL SELECT customer_id, returned_on, 0, -r.net_amount FROM {returns} r JOIN heads USING (order_id))"""

    def cohorts(self, folder: Path) -> pl.DataFrame:
        return self.query(
            folder,
            f"""WITH {self.BOUGHT}, months AS (SELECT customer_id, date_trunc('month', bought_on)::DATE AS month_on, sum(orders) AS orders, sum(net_amount) AS net_amount FROM bought GROUP BY ALL),
            lives AS (SELECT customer_id, min(month_on) AS cohort_on, max(month_on) AS last_on FROM months WHERE orders > 0 GROUP BY ALL)
            SELECT cohort_on, month_on, sum((orders > 0)::INT)::BIGINT AS active, sum((month_on = last_on)::INT)::BIGINT AS last, sum(net_amount)::BIGINT AS net_amount
            FROM months JOIN lives USING (customer_id) WHERE month_on >= cohort_on GROUP BY ALL""",
        )

    def rfm(self, folder: Path) -> pl.DataFrame:
        def average(name: str) -> str:  # the average rank of equals
            return f"rank() OVER (ORDER BY {name}) + (count(*) OVER (PARTITION BY {name}) - 1) / 2.0 AS {name}_rank"

        fifth = "ceil({}_rank * 5 / n)::BIGINT"
        return self.query(
            folder,
            f"""WITH {self.BOUGHT}, found AS (SELECT customer_id, max(CASE WHEN orders > 0 THEN bought_on END) AS last_on, sum(orders)::BIGINT AS orders, sum(net_amount)::BIGINT AS net_amount FROM bought
              WHERE bought_on >= DATE '{FROM}' AND bought_on < DATE '{UNTIL}' GROUP BY ALL HAVING sum(orders) > 0),
            ranked AS (SELECT *, count(*) OVER () AS n, sum((orders = 1)::INT) OVER () AS once, {average("last_on")}, {average("orders")}, {average("net_amount")} FROM found)
            SELECT customer_id, last_on, orders, net_amount, {fifth.format("last_on")} AS recency,
              CASE WHEN once * 2 > n THEN 1 + (orders >= 2)::INT + (orders >= 3)::INT + (orders >= 5)::INT + (orders >= 10)::INT ELSE {fifth.format("orders")} END::BIGINT AS frequency,
              CASE WHEN net_amount > 0 THEN {fifth.format("net_amount")} ELSE 1 END AS money FROM ranked""",
        )

    def funnel(self, folder: Path) -> pl.DataFrame:
        place = "CASE stage " + " ".join(f"WHEN '{name}' THEN {i}" for i, name in enumerate(STAGES)) + " END"
        return self.query(
            folder,
            f"""WITH visits AS (SELECT opportunity_id, {place} AS place, entered_on, coalesce(left_on, close_on) AS gone FROM {{history}} LEFT JOIN (SELECT opportunity_id, close_on FROM {{deals}} WHERE is_closed) USING (opportunity_id)),
            stood AS (SELECT opportunity_id, place, sum(coalesce(gone, DATE '{UNTIL}' - 1) - entered_on) AS days, max((gone IS NULL)::INT) AS running FROM visits WHERE coalesce(gone, DATE '{UNTIL}' - 1) >= entered_on GROUP BY ALL),
            far AS (SELECT opportunity_id, max(place) AS seen FROM visits GROUP BY ALL),
            reached AS (SELECT opportunity_id, is_closed, is_won, amount, CASE WHEN is_won THEN {len(STAGES)} ELSE greatest(seen, CASE WHEN seen IS NULL AND NOT is_closed THEN {place} END, 0) END AS reached FROM {{deals}} LEFT JOIN far USING (opportunity_id)),
            came AS (SELECT *, unnest(range(0, least(reached + 1, {len(STAGES)}))) AS place FROM reached),
            rows AS (SELECT place AS index, days, coalesce(running, 0) AS running, (reached > place)::INT AS moved, (is_closed AND NOT is_won AND reached = place)::INT AS lost, amount FROM came LEFT JOIN stood USING (opportunity_id, place))
            SELECT index, days::BIGINT AS days, running, moved, lost, 1 - moved - lost AS open, count(*)::BIGINT AS deals, sum(amount)::BIGINT AS amount FROM rows GROUP BY ALL""",
        )
