"""A company of a few lines: a folder with company.yaml and raw files, opened as a workspace."""

from pathlib import Path

import yaml

from revops import ingest
from revops.tables import key_of
from revops.workspace import open_workspace

BASE = {"name": "Cửa hàng Thử", "currency": "VND", "money_decimals": 0}
LINES = {
    "kind": "table",
    "table": "order_lines",
    "files": "raw/*.csv",
    "columns": {
        "order_id": "order",
        "ordered_on": "day",
        "product_id": "item",
        "quantity": "qty",
        "unit_price": "price",
        "channel": "channel",
    },
}
HEAD = "order,day,item,qty,price,channel\n"


class Shop:
    """Writes raw files and reads them as 01 does."""

    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, files: dict, sources: dict | None = None, **settings) -> "Shop":
        company = {**BASE, **settings, "sources": sources or {"shop": LINES}}
        (self.folder).mkdir(parents=True, exist_ok=True)
        (self.folder / "company.yaml").write_text(yaml.safe_dump(company, allow_unicode=True, sort_keys=False), "utf-8")
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def open(self, period="2026-10", as_of="", build="build"):
        return open_workspace("01_ingest", self.folder, period, as_of, "en", str(self.folder / build))

    def load(self, period="2026-10", as_of="", build="build"):
        return ingest.load(self.open(period, as_of, build))


def pick(loaded, table, *columns, **source):
    """Cells of a canonical table in the order of its key; of one source where it is named."""
    return loaded.tables[table].sort(key_of(table)).filter(**source).select(columns).rows()
