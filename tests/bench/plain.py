"""The cells of the four notebooks in one plain Python process: what the run is measured against.

    python tests/bench/plain.py BUILD LANGUAGE...

Each notebook gets a namespace of its own and the parameters of its parameters cell; nothing is rendered or kept but the
tables that the cells save.
"""

import ast
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def code_cells(path: Path) -> list[tuple[str, list[str]]]:
    """Source and tags of each code cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        ("".join(cell["source"]), cell["metadata"].get("tags", [])) for cell in cells if cell["cell_type"] == "code"
    ]


def play(path: Path, **parameters: str) -> None:
    """Run a notebook's code cells in order; a value at a cell's end is worked out and dropped."""
    names: dict[str, Any] = {}
    for source, tags in code_cells(path):
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, str(path), "exec"), names)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), str(path), "eval"), names)
            if hasattr(shown, "_repr_html_"):
                shown._repr_html_()
        if "parameters" in tags:
            names.update(parameters)


if __name__ == "__main__":
    for language in sys.argv[2:]:
        for notebook in sorted((ROOT / "notebooks").glob("0*.ipynb")):
            play(notebook, build=sys.argv[1], language=language)
