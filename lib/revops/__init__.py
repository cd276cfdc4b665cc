"""Revenue operations in four steps: ingest, kpis, quota, incentives."""

import sys

# JSON Schema's optional IRI check builds grammars for seconds in every process that charts or runs a notebook.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
