"""Months as planners write them: '2026-10', 'Oct-26', 'Tháng 10/2026', 'T10', a date cell of the month's first day.

>>> [month_of(text) for text in ("2026-10-01 00:00:00", "Oct-26", "Tháng 10/2026", "202610", "10/1/2026")]
['2026-10', '2026-10', '2026-10', '2026-10', '2026-10']
>>> month_of("October", "2026"), month_of("10", "2026"), month_of("T10"), month_of("Q4 2026"), month_of("15/10/2026")
('2026-10', '2026-10', None, None, None)
"""

import re

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG = "january|february|march|april|june|july|august|sept|september|october|november|december"
_YEAR, _NUMBER, _NAME = r"(?P<y>20\d\d)", "(?P<m>0?[1-9]|1[0-2])", rf"(?P<m>{_LONG}|{'|'.join(_NAMES)})\.?"
_WORD = r"(?:tháng|thg\.?|th\.?|t\.?|month|m)\s*"
_HEADERS = (
    rf"{_YEAR}[-/.]{_NUMBER}(?:[-/.]0?1(?:[ T]00:00(?::00)?)?)?",
    rf"{_YEAR}(?P<m>0[1-9]|1[0-2])",
    rf"(?:{_WORD})?{_NUMBER}\s*(?:[-/.]|năm)\s*{_YEAR}",
    rf"0?1/{_NUMBER}/{_YEAR}",
    rf"{_NUMBER}/0?1/{_YEAR}",
    rf"{_NAME}[\s\-/'’,]*(?P<y>(?:20)?\d\d)",
    rf"{_WORD}{_NUMBER}",
    _NAME,
)
_FORMS = [re.compile(rf"\s*(?:{form})\s*", re.IGNORECASE) for form in (*_HEADERS, _NUMBER)]
HEADER = rf"(?i)^\s*(?P<month_on>{'|'.join(re.sub(r'[(][?]P<[my]>', '(?:', form) for form in _HEADERS)})\s*$"
"""Pattern of a header that is a month; a bare number is none."""


def month_of(text: str, year: str | None = None) -> str | None:
    """The month as '2026-10'; null where the text is none, or names no year and none is given."""
    match = next((found for form in _FORMS if (found := form.fullmatch(text))), None)
    if match is None:
        return None
    said = match.groupdict()
    month, written = said["m"].lower(), said.get("y") or year
    number = int(month) if month.isdigit() else _NAMES.index(month[:3]) + 1
    return f"20{written[-2:]}-{number:02}" if written else None


def lacks_year(text: str) -> bool:
    """Whether the text is a month that names no year.

    >>> lacks_year("T10"), lacks_year("T10/2026"), lacks_year("Total")
    (True, False, False)
    """
    return month_of(text) is None and month_of(text, "2000") is not None
