"""Why a line of a payment stands there, in one line of words: what its figures say, and how they are kept.

Figures are a flat dictionary; a name tells what its value is: `*_amount` money units, `*_share` and `*_rate` exact
shares, `*_on` a day, others a count or text. The text is `pay.why.<kind>`, or `pay.why.<kind>.<how>` where the figures
say `how`.
"""

import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from revops.incentives.terms import text_in
from revops.words import Words


def kept(figures: Mapping[str, Any]) -> str | None:
    """Figures as JSON, exact; None without any.

    >>> kept({"cap_amount": 5, "rate_rate": Fraction(1, 3), "paid_on": date(2026, 10, 1)})
    '{"cap_amount": 5, "paid_on": "2026-10-01", "rate_rate": "1/3"}'
    """
    return json.dumps(dict(figures), default=str, ensure_ascii=False, sort_keys=True) if figures else None


def read(text: str | None) -> dict[str, Any]:
    """The same figures again.

    >>> read('{"rate_rate": "1/3", "paid_on": "2026-10-01"}')
    {'rate_rate': Fraction(1, 3), 'paid_on': datetime.date(2026, 10, 1)}
    """
    return {name: _typed(name, value) for name, value in json.loads(text or "{}").items()}


def _typed(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith(("_share", "_rate")):
        return Fraction(value)
    return date.fromisoformat(value) if name.endswith("_on") else value


def figure(words: Words, name: str, value: Any) -> str:
    """One figure as a reader sees it.

    >>> words = Words("en", "VND", 0)
    >>> [figure(words, *pair) for pair in (("cap_amount", 4_000_000), ("kept_share", Fraction(1, 3)), ("units", 1200))]
    ['4,000,000', '33.3333%', '1,200']
    """
    if value is None:
        return words.t("common.undefined")
    if isinstance(value, dict):
        return text_in(value, words.language)
    if name.endswith("_amount"):
        return words.money_plain(int(value))
    if name.endswith(("_share", "_rate")):
        return rate(words, value)
    if name == "month_on":
        return words.month_name(value)
    if name.endswith("_on"):
        return words.date(value)
    return words.number(value) if isinstance(value, int) else str(value)


def rate(words: Words, value: Fraction) -> str:
    """A share with as many digits as it needs, four at most: 0.8 %, 2 %, 0.15 %."""
    percent = value * 100
    digits = next((n for n in range(5) if (percent * 10**n).denominator == 1), 4)
    return words.percent(float(value), digits)


def name(words: Words, row: Mapping[str, Any]) -> str:
    """What a line that changes the sum is called: as the plan names it, else by its kind."""
    return row[f"name_{words.language}"] or str(words.t(f"pay.name.{row['kind']}"))


def why(words: Words, kind: str, figures: Mapping[str, Any]) -> str:
    """The one-line reason of a line; '' where its kind needs none.

    >>> why(Words("en", "VND", 0), "cap", {"cap_amount": 4_000_000})
    'The plan pays at most 4,000,000 here'
    """
    keys = [f"pay.why.{kind}.{figures.get('how')}", f"pay.why.{kind}"]
    key = next((key for key in keys if words.has(key)), None)
    return words.t(key, **{name: figure(words, name, value) for name, value in figures.items()}) if key else ""


def changed(words: Words, change: Mapping[str, Any]) -> str:
    """What differs in a closed month today, by a row of pay_changes.

    >>> row = {"kind": "commission", "order_id": "O9", "cause": "credit"}
    >>> changed(Words("en", "VND", 0), {**row, "before_credit_amount": 500, "after_credit_amount": 700})
    'Commission, O9: credit of 500 when the month was closed, 700 today'
    """
    what = ", ".join(filter(None, (words.t(f"pay.name.{change['kind']}"), change["order_id"])))
    before, after = change["before_credit_amount"], change["after_credit_amount"]
    cause = "amount" if change["cause"] == "terms" and after is None else change["cause"]
    credits = {"before": figure(words, "credit_amount", before), "after": figure(words, "credit_amount", after)}
    return str(words.t(f"pay.changed.{cause}", what=what, **credits))
