"""One fault, told so that the reader can act: where, what was found, what was expected, what to do next.

Checks gather their problems and speak once. An `InputError` ends the run with exit status 2 before anything is
written; a `Problem` of severity 'fault' stops one person's payment or one figure and stands at the top of the index.

>>> problem = Problem("raw/pos.csv, row 7, field Ngày", found="31/13/2026", expected="a day as dd/mm/yyyy",
...                   next_step="correct the cell")
>>> print(problem)
raw/pos.csv, row 7, field Ngày: found 31/13/2026, expected a day as dd/mm/yyyy. Next: correct the cell.
"""

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Problem:
    """One fault. `where` names file, row and field, or person and period."""

    where: str
    found: str
    expected: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}, expected {self.expected}. Next: {self.next_step}."

    def as_dict(self) -> dict[str, str]:
        """The four answers by name, as run.json and the faults table hold them."""
        return asdict(self)


class InputError(Exception):
    """The input or the call is wrong: carries every problem found, one clear message each (exit status 2)."""

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(map(str, self.problems)))


class IdentityError(Exception):
    """Two figures that must be equal are not: the run fails (exit status 1)."""


def refuse_if_any(problems: Iterable[Problem]) -> None:
    """Raise one InputError that carries all problems; do nothing where there are none."""
    found = list(problems)
    if found:
        raise InputError(found)


def nearest(name: str, known: Iterable[str]) -> str:
    """' (did you mean X?)' for the nearest known name, or nothing.

    >>> nearest("perod", ["period", "company"])
    ' (did you mean period?)'
    >>> nearest("lang", ["language", "plans"])
    ' (did you mean language?)'
    """
    names = list(known)
    begun = [other for other in names if len(name) > 2 and other.startswith(name)]
    close = begun if len(begun) == 1 else difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
