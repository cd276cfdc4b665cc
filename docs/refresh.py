"""Write again what is committed but made: notebooks' outputs, the pages of docs/, README's picture.

make refresh                         all of it
python docs/refresh.py dictionary    one part: notebooks, dictionary, company, kinds, plans, metrics, findings, picture
"""

import os
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DICTIONARY = DOCS / "data-dictionary.md"
COMPANY = DOCS / "company.md"
KINDS = DOCS / "kinds.md"
METRICS = DOCS / "metrics.md"
PLANS = DOCS / "plans.md"
FINDINGS = DOCS / "findings.md"
PICTURE = DOCS / "report.png"
INDEX = ROOT / "reports" / "demo" / "2026-10" / "index.html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEAD = """\
# Data dictionary

Made from the contracts in `lib/revops/tables.py` by `make refresh`; a test keeps the two in step.

Every table of a build lies in `build/<company>/<period>/tables/<table>.parquet`. Units: `*_amount` and `mrr` are whole
counts of 10 to the power of -`money_decimals` of the company's currency, `*_price` and `*_cost` of 1/10,000, `share`,
`rate` and `probability` of one billionth. `*_on` is a day, `*_at` an instant in the company's time zone. A range is
[`start_on`, `end_on`), open where `end_on` is null. Columns of the key are **bold**.
"""


def dictionary_page() -> str:
    """The data dictionary as Markdown: one section a table, one row a column."""
    from revops import tables

    sections = [HEAD]
    for name, group in groupby(tables.dictionary(), key=lambda row: row["table"]):
        rows = list(group)
        lines = [_line(row) for row in rows]
        head = f"## {name}\n\n{rows[0]['grain']}\n\n| column | type | may be null | meaning |\n|---|---|---|---|\n"
        sections.append(head + "\n".join(lines) + "\n")
    return "\n".join(sections)


def _line(row: dict) -> str:
    column = f"**{row['column']}**" if row["key"] else row["column"]
    meaning = row["meaning"].replace("|", "\\|")
    return f"| {column} | {row['type'].partition('(')[0]} | {'yes' if row['may_be_null'] else ''} | {meaning} |"


def write_dictionary() -> None:
    """Write docs/data-dictionary.md."""
    DICTIONARY.write_text(dictionary_page(), encoding="utf-8")


def write_company() -> None:
    """Write docs/company.md."""
    sys.path.insert(0, str(DOCS))
    from company_page import company_page

    COMPANY.write_text(company_page(), encoding="utf-8")


def write_plans() -> None:
    """Write docs/plans.md."""
    sys.path.insert(0, str(DOCS))
    from plans_page import plans_page

    PLANS.write_text(plans_page(), encoding="utf-8")


def write_kinds() -> None:
    """Write docs/kinds.md."""
    sys.path.insert(0, str(DOCS))
    from kinds_page import kinds_page

    KINDS.write_text(kinds_page(), encoding="utf-8")


def write_metrics() -> None:
    """Write docs/metrics.md."""
    sys.path.insert(0, str(DOCS))
    from metrics_page import metrics_page

    METRICS.write_text(metrics_page(), encoding="utf-8")


def write_findings() -> None:
    """Write docs/findings.md."""
    sys.path.insert(0, str(DOCS))
    from findings_page import findings_page

    FINDINGS.write_text(findings_page(), encoding="utf-8")


def run_notebooks() -> None:
    """Run the committed notebooks in place, in order, with the parameters that stand in them."""
    import nbformat
    from nbclient import NotebookClient

    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        print(f"running {path.relative_to(ROOT)}", flush=True)
        notebook = nbformat.read(path, as_version=4)
        where = {"metadata": {"path": str(path.parent)}}
        client = NotebookClient(notebook, kernel_name="python3", timeout=900, record_timing=False, resources=where)
        client.extra_arguments = ["--log-level=ERROR"]
        client.execute()
        nbformat.write(tidy(notebook), path)


def tidy(notebook):
    """The notebook without what tells the machine or the hour it ran in."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
    return notebook


def take_picture() -> None:
    """A picture of the demo company's summary page; nothing where no browser is found or no report was made."""
    browser = os.environ.get("REVOPS_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser or not INDEX.exists():
        print("no picture: it needs a Chromium and a finished run (make run)")
        return
    call = [browser, "--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1440,1000"]
    call += ["--virtual-time-budget=5000", f"--screenshot={PICTURE}", INDEX.as_uri()]
    subprocess.run(call, check=True, capture_output=True, timeout=120)
    print(f"wrote {PICTURE.relative_to(ROOT)}")


PARTS = {
    "notebooks": run_notebooks,
    "dictionary": write_dictionary,
    "company": write_company,
    "kinds": write_kinds,
    "plans": write_plans,
    "metrics": write_metrics,
    "findings": write_findings,
    "picture": take_picture,
}

if __name__ == "__main__":
    os.environ["REVOPS_STATIC"] = "1"
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
