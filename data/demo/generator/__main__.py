"""Builds the demo company's files: `python data/demo/generator [folder]`. The same bytes every time."""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from crm import Crm  # noqa: E402
from export_contacts import export_contacts  # noqa: E402
from export_crm import export_crm  # noqa: E402
from export_dealers import export_dealers  # noqa: E402
from export_online import export_shopee, export_tiktok, export_web  # noqa: E402
from export_shops import export_shops  # noqa: E402
from marketing import export_marketing, tag_orders  # noqa: E402
from pay import export_pay  # noqa: E402
from planning import export_plans  # noqa: E402
from sales import Market  # noqa: E402
from service import contracts, export_service  # noqa: E402


def build(folder: Path) -> None:
    """Writes raw/, targets/, accounts.csv, account_plans.csv, market.csv and the sheets of territories anew."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as staging:
        write_all(Path(staging))
        for made in sorted(Path(staging).iterdir()):
            if made.is_dir():
                shutil.rmtree(folder / made.name, ignore_errors=True)
            made.replace(folder / made.name)


def write_all(folder: Path) -> None:
    """Invents the company and writes every file into an empty folder."""
    raw = folder / "raw"
    market = Market()
    tag_orders(market)
    crm, running = Crm(market), contracts(market)
    export_shops(market, raw)
    export_web(market, raw)
    export_shopee(market, raw)
    export_tiktok(market, raw)
    export_dealers(market, raw)
    export_crm(crm, raw)
    export_contacts(crm, market.accounts, raw)
    export_service(market, running, raw)
    spent = export_marketing(market, raw)
    export_plans(market, crm, running, spent, folder)
    export_pay(market, folder)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    build(target)
    files = [path for path in sorted(target.rglob("*")) if path.is_file() and "generator" not in path.parts]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB in {target}")
