"""An explanation as it is read: sections of rows, a text and a figure each, and the check that figures add up."""

from dataclasses import dataclass
from fractions import Fraction

from revops.problems import IdentityError

Row = tuple[str, str]


@dataclass(frozen=True)
class Section:
    """A step of the walk: its heading and rows of text and figure."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Explanation:
    """The whole walk; as text, figures stand in one column."""

    title: str
    sections: list[Section]

    def __str__(self) -> str:
        rows = [row for section in self.sections for row in section.rows if row[1]]
        wide = max((len(text) for text, _ in rows), default=0)
        high = max((len(figure) for _, figure in rows), default=0)
        lines = [self.title]
        for section in self.sections:
            lines += ["", section.title]
            lines += [f"  {text:<{wide}}  {figure:>{high}}" if figure else f"  {text}" for text, figure in section.rows]
        return "\n".join(lines)


def same(line: str, found: int | Fraction, expected: int | Fraction) -> None:
    """Raise IdentityError where a sum on the way to a line is another than expected."""
    if found != expected:
        raise IdentityError(f"{line}: found a sum of {found}, expected {expected}")
