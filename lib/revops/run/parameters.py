r"""Parameters of notebooks: read from the cell tagged `parameters`, checked before anything starts.

The cell is read with `ast`, so that neither an `=` in a comment nor a union in an annotation hides a parameter:

>>> read_source('growth: float = 0.1  # share = 1 is all\nname: str | None = None')["growth"].kind
'float'
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from revops.problems import InputError, Problem, nearest, refuse_if_any

COMMON = ("company", "period", "as_of", "language", "build")
_SECRET = re.compile(r"(password|passwd|pwd|secret|token|api_?key|credential|private_?key)", re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook: its name, the annotation as written, its default."""

    name: str
    kind: str
    default: Any


def read_source(source: str) -> dict[str, Parameter]:
    """The parameters that a cell declares, by name; one without annotation has the type of its default."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            value = ast.literal_eval(node.value)
            found[node.target.id] = Parameter(node.target.id, ast.unparse(node.annotation), value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = ast.literal_eval(node.value)
            found[node.targets[0].id] = Parameter(node.targets[0].id, type(value).__name__, value)
    return found


def read_notebook(path: Path) -> dict[str, Parameter]:
    """The parameters of a notebook; refuses one that is missing, unreadable or declares no parameters."""
    if not path.is_file():
        raise InputError(Problem(path.name, "no such notebook", "the notebook of this stage", "restore the file"))
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
        return read_source("".join(tagged[0]["source"]))
    except (ValueError, KeyError, IndexError, SyntaxError) as error:
        raise InputError(
            Problem(
                path.name,
                f"{type(error).__name__}: {error}",
                "one cell tagged parameters",
                "correct or restore the notebook",
            )
        ) from None


def check_given(given: Mapping[str, Any], notebooks: Mapping[str, Mapping[str, Parameter]]) -> dict[str, Any]:
    """Values for the notebooks' own parameters, converted from text where they came from a command line.

    Unknown names, names that look like a secret and values of another type are refused, all at once.
    """
    refuse_if_any(_problems(given, notebooks))
    return {name: convert(value, _kind(name, notebooks)) for name, value in given.items()}


def for_notebook(values: Mapping[str, Any], declared: Mapping[str, Parameter]) -> dict[str, Any]:
    """The values that one notebook declares."""
    return {name: value for name, value in values.items() if name in declared}


def convert(value: Any, kind: str) -> Any:
    """A value as the annotation says; text as a command line gives it is read as that type.

    >>> convert("0.15", "float"), convert("true", "bool"), convert(3, "float"), convert("", "str")
    (0.15, True, 3.0, '')
    """
    wanted = [part.strip() for part in kind.split("|")]
    if isinstance(value, str) and "str" not in wanted:
        value = _from_text(value)
    if value is None and "None" in wanted:
        return None
    if type(value).__name__ in wanted or (type(value).__name__ in {"list", "dict"} and _generic(value, wanted)):
        return value
    if type(value) is int and "float" in wanted:
        return float(value)
    raise ValueError(f"{value!r} is not {kind}")


def _from_text(text: str) -> Any:
    try:
        return json.loads({"True": "true", "False": "false", "None": "null"}.get(text, text), parse_constant=_no_number)
    except ValueError:
        return text


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _generic(value: Any, wanted: list[str]) -> bool:
    return any(part.startswith(f"{type(value).__name__}[") for part in wanted)


def _kind(name: str, notebooks: Mapping[str, Mapping[str, Parameter]]) -> str:
    return next(declared[name].kind for declared in notebooks.values() if name in declared)


def _problems(given: Mapping[str, Any], notebooks: Mapping[str, Mapping[str, Parameter]]) -> Iterator[Problem]:
    known = sorted({name for declared in notebooks.values() for name in declared} - set(COMMON))
    for name, value in given.items():
        where = f"parameter {name}"
        if _SECRET.search(name):
            yield Problem(where, "a name that looks like a secret", "no secret: values are written into the reports",
                          "put it into an environment variable")  # fmt: skip
        elif name in COMMON:
            yield Problem(
                where, "a parameter of the run itself", f"its own option --{name.replace('_', '-')}", "use the option"
            )
        elif name not in known:
            yield Problem(where, f"an unknown name{nearest(name, known)}", f"one of {', '.join(known) or 'none'}",
                          "correct the name")  # fmt: skip
        else:
            try:
                convert(value, _kind(name, notebooks))
            except ValueError:
                yield Problem(where, repr(value), f"a value of type {_kind(name, notebooks)}", "correct the value")
