"""What bench_ingest.py lets run against each other, one process each: `contenders.py NAME COMPANY OUT`.

Prints seconds, processor seconds, peak memory in GB and the rows of each fate as one line of JSON.
"""

# ruff: noqa: E501  (SQL stands as one writes it)

import json
import resource
import sys
import time
from pathlib import Path

CHANNELS = ("Online shop", "Stores", "Dealers", "Marketplace")
COLUMNS = ["order", "line", "placed", "customer", "item", "qty", "price", "discount", "channel"]


def revops(folder: Path, out: Path, verify: bool = False) -> dict[str, int]:
    """01's reading, with everything that it checks and writes."""
    from revops import ingest
    from revops.workspace import open_workspace

    ws = open_workspace("01_ingest", folder, "2026", "", "en", str(out))
    log = ingest.load(ws, verify=verify).log.filter(file="raw/lines.csv")
    return {
        "kept": log["rows_kept"].item(),
        "quarantined": log["rows_quarantined"].item(),
        "merged": log["rows_merged"].item(),
    }


def duckdb(folder: Path, out: Path) -> dict[str, int]:
    """The same by hand in SQL: typed reading with rejects, checks, tables with their rows' numbers in the file, a ledger."""
    import duckdb as engine

    out.mkdir(parents=True)
    db = engine.connect(str(out / "work.duckdb"))
    db.execute("SET threads = 2")
    db.execute(f"CREATE TABLE products AS SELECT item FROM read_csv('{folder}/products.csv', all_varchar = true)")
    types = dict(
        zip(
            COLUMNS,
            ["VARCHAR", "BIGINT", "TIMESTAMP", "VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "BIGINT", "VARCHAR"],
            strict=True,
        )
    )
    db.execute(
        f"CREATE TABLE raw AS SELECT * FROM read_csv('{folder}/raw/lines.csv', header = true,"
        f" auto_detect = false, delim = ',', quote = '\"', store_rejects = true, rejects_limit = 0, columns = {types})"
    )
    db.execute(f"""CREATE TABLE judged AS
        WITH out AS (SELECT line, row_number() OVER (ORDER BY line) AS nth FROM (SELECT DISTINCT line FROM reject_errors))
        SELECT raw.rowid + 2 + coalesce(out.nth, 0) AS row, raw.*, price * qty - coalesce(discount, 0) AS net, CASE
        WHEN raw.item IS NULL OR "order" IS NULL OR raw.line IS NULL OR placed IS NULL OR qty IS NULL OR price IS NULL THEN 'empty'
        WHEN qty <= 0 THEN 'not_positive' WHEN channel NOT IN {CHANNELS} THEN 'unknown_value'
        WHEN products.item IS NULL THEN 'unknown_product' END AS reason
        FROM raw ASOF LEFT JOIN out ON raw.rowid >= out.line - 1 - out.nth LEFT JOIN products USING (item)""")
    db.execute("""CREATE TABLE twice AS SELECT row, CASE WHEN said = first_value(said) OVER key THEN 'duplicate' ELSE 'key_twice' END
        AS reason FROM (SELECT judged.row, "order", judged.line, hash(placed, customer, item, qty, price, discount, channel) AS said
        FROM judged WHERE reason IS NULL AND ("order", line) IN (SELECT ("order", line) FROM judged WHERE reason IS NULL
        GROUP BY "order", line HAVING count(*) > 1)) WINDOW key AS (PARTITION BY "order", line ORDER BY row) QUALIFY row_number() OVER key > 1""")
    db.execute("CREATE VIEW good AS SELECT * FROM judged WHERE reason IS NULL AND row NOT IN (SELECT row FROM twice)")
    copy = "COPY ({}) TO '{}' (FORMAT parquet, COMPRESSION zstd)"
    db.execute(copy.format("""SELECT "order" || '-' || line AS line_id, "order" AS order_id, item AS product_id, qty AS quantity,
        price * 10000 AS unit_price, price * qty AS gross_amount, discount AS discount_amount, price * qty - discount AS net_amount,
        (price * qty - discount) * 10000 AS source_net_amount, 'shop' AS source, 'raw/lines.csv' AS file, row FROM good""",
        out / "order_lines.parquet"))  # fmt: skip
    db.execute(copy.format("""SELECT "order" AS order_id, min_by(placed, row) AS ordered_at, CAST(min_by(placed, row) AS DATE)
        AS ordered_on, min_by(channel, row) AS channel, min_by(customer, row) AS customer_id, 'VND' AS currency, 'shop' AS source,
        'raw/lines.csv' AS file, min(row) AS row FROM good GROUP BY "order" """, out / "orders.parquet"))  # fmt: skip
    db.execute(copy.format("""SELECT customer AS customer_id, CAST(min(placed) AS DATE) AS first_on, min(row) AS row FROM good
        WHERE customer IS NOT NULL GROUP BY customer""", out / "customers.parquet"))  # fmt: skip
    db.execute(copy.format("""SELECT * FROM judged WHERE reason IS NOT NULL UNION ALL SELECT judged.* REPLACE (twice.reason AS reason)
        FROM judged JOIN twice USING (row) WHERE twice.reason = 'key_twice'""", out / "quarantine.parquet"))  # fmt: skip
    db.execute(
        copy.format(
            "SELECT line, column_name, error_type::VARCHAR AS reason, csv_line FROM reject_errors",
            out / "rejects.parquet",
        )
    )
    ledger = """SELECT coalesce(twice.reason, judged.reason, 'kept') AS fate, count(*)::BIGINT AS n, sum(net)::BIGINT AS amount
        FROM judged LEFT JOIN twice USING (row) GROUP BY fate UNION ALL
        SELECT 'unreadable', count(DISTINCT line), NULL FROM reject_errors"""
    db.execute(copy.format(ledger, out / "ledger.parquet"))
    told = dict(db.execute(f"SELECT fate, n FROM ({ledger})").fetchall())
    must = {"order_lines": ["line_id", "order_id", "quantity", "unit_price", "gross_amount", "discount_amount", "net_amount"],
            "orders": ["order_id", "ordered_at", "ordered_on", "currency"], "customers": ["customer_id"]}  # fmt: skip
    for name, columns in must.items():
        given = " + ".join(f"count(*) - count({column})" for column in columns)
        keys = f"SELECT count(*) - count(DISTINCT hash({columns[0]})) + {given} FROM '{out / name}.parquet'"
        assert db.execute(keys).fetchone()[0] == 0, name
    return {"kept": told.pop("kept"), "merged": told.pop("duplicate", 0), "quarantined": sum(told.values())}


def pandas(folder: Path, out: Path) -> dict[str, int]:
    """The same by hand in pandas: everything as text, then columns typed, checks as masks."""
    import pandas as pd

    out.mkdir(parents=True)
    products = pd.read_csv(folder / "products.csv", dtype=str)["item"]
    raw = pd.read_csv(folder / "raw" / "lines.csv", dtype=str, skiprows=1, header=None, names=[*COLUMNS, "extra"])
    raw["row"] = raw.index + 2
    reason = pd.Series(None, index=raw.index, dtype=object)

    def reject(bad: "pd.Series", why: str) -> None:
        reason[bad & reason.isna()] = why

    reject(raw["extra"].notna(), "too_many_fields")
    numbers = {name: pd.to_numeric(raw[name], errors="coerce") for name in ("line", "qty", "price", "discount")}
    for name, values in numbers.items():
        reject(values.isna() & raw[name].notna(), f"unreadable_{name}")
    placed = pd.to_datetime(raw["placed"], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    reject(placed.isna() & raw["placed"].notna(), "unreadable_stamp")
    for name in ("order", "line", "placed", "item", "qty", "price"):
        reject(raw[name].isna(), "empty")
    reject(numbers["qty"] <= 0, "not_positive")
    reject(~raw["channel"].isin(CHANNELS), "unknown_value")
    reject(~raw["item"].isin(products), "unknown_product")
    good = reason.isna()
    some = raw[good & raw.loc[good].duplicated(["order", "line"], keep=False).reindex(raw.index, fill_value=False)]
    again = some[some.duplicated(["order", "line"])].index
    same = some.index[some.duplicated(COLUMNS)]
    reason[again.difference(same)] = "key_twice"
    reason[same] = "duplicate"
    kept = reason.isna()
    whole = {name: values[kept].astype("int64") for name, values in numbers.items()}
    lines = pd.DataFrame({"order_id": raw["order"][kept], "product_id": raw["item"][kept], "quantity": whole["qty"]})
    lines.insert(0, "line_id", raw["order"][kept] + "-" + raw["line"][kept])
    lines["unit_price"], lines["gross_amount"] = whole["price"] * 10_000, whole["price"] * whole["qty"]
    lines["discount_amount"], lines["net_amount"] = whole["discount"], lines["gross_amount"] - whole["discount"]
    lines["source_net_amount"], lines["source"], lines["file"] = lines["net_amount"] * 10_000, "shop", "raw/lines.csv"
    lines["row"] = raw["row"][kept]
    lines.to_parquet(out / "order_lines.parquet", compression="zstd", index=False)
    heads = pd.DataFrame({"order_id": raw["order"][kept], "ordered_at": placed[kept], "channel": raw["channel"][kept],
                          "customer_id": raw["customer"][kept], "row": raw["row"][kept]})  # fmt: skip
    orders = heads.drop_duplicates("order_id")
    orders = orders.assign(ordered_on=orders["ordered_at"].dt.date, currency="VND", source="shop", file="raw/lines.csv")
    orders.to_parquet(out / "orders.parquet", compression="zstd", index=False)
    customers = heads.groupby("customer_id", sort=False).agg(first_on=("ordered_at", "min"), row=("row", "min"))
    customers.to_parquet(out / "customers.parquet", compression="zstd")
    merged = reason == "duplicate"
    raw.assign(reason=reason)[~kept & ~merged].to_parquet(out / "quarantine.parquet", index=False)
    net = numbers["price"] * numbers["qty"] - numbers["discount"].fillna(0)
    ledger = pd.DataFrame({"fate": reason.fillna("kept"), "amount": net}).groupby("fate")["amount"].agg(["size", "sum"])
    ledger.to_parquet(out / "ledger.parquet")
    assert ledger["size"].sum() == len(raw)
    for name, key, may_be_null in (
        ("order_lines", "line_id", ["product_id"]),
        ("orders", "order_id", ["channel", "customer_id"]),
    ):
        table = pd.read_parquet(out / f"{name}.parquet")
        assert table[key].is_unique, name
        assert not table.drop(columns=may_be_null).isna().any().any(), name
    return {"kept": int(kept.sum()), "merged": int(merged.sum()), "quarantined": int((~kept & ~merged).sum())}


def again(folder: Path, out: Path) -> dict[str, int]:
    """The first contender once more: nothing has changed."""
    return revops(folder, out)


def verified(folder: Path, out: Path) -> dict[str, int]:
    """The same, hashing every file and table."""
    return revops(folder, out, verify=True)


if __name__ == "__main__":
    name, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    import polars  # noqa: F401  (loading libraries is not what is compared)

    from revops import ingest  # noqa: F401

    if name in ("duckdb", "pandas"):
        __import__(name)
    start, before = time.perf_counter(), time.process_time()
    rows = globals()[name](folder, out)
    used = {"seconds": time.perf_counter() - start, "processor": time.process_time() - before}
    print(json.dumps({**used, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, "rows": rows}))
