"""What is watched, where causes are looked for, and what to do about what is found: rules in a file that users edit.

`rules.yaml` beside this module holds the defaults. A company's own file (company.yaml, findings.rules) adds watches and
rules or replaces them by name; `off: true` switches one off. A company's rules are asked before the defaults; the
first one that fits the strongest cause counts, then one that fits without a cause.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from pydantic import Field

from revops.company import Company, file_at, line_numbers, load_model
from revops.kpis.catalogue import metrics
from revops.kpis.findings.causes import CAUSES, NAMED
from revops.problems import InputError, Problem, nearest, refuse_if_any
from revops.section import Section

DEFAULTS = Path(__file__).with_name("rules.yaml")
LOOKS = ("missing_days", "stuck_deals", "slipped_deals")  # what is found by a look of its own, not by a metric
Area = Literal[
    "data", "price", "promotion", "marketing", "site", "experience", "ads", "stock", "quality", "sales", "service"
]
Direction = Literal["good", "bad"]


class Watch(Section):
    """One metric that is watched, or the name of a look of its own."""

    metric: str | None = Field(None, description="key of the catalogue; none for " + ", ".join(LOOKS))
    by: list[str] = Field(default_factory=list, description="dimensions that are looked at; none: the whole company")
    worth: str | None = Field(None, description="metric that says what one case is worth, where cases are counted")
    times: int = Field(1, ge=1, description="how often a case brings its worth, such as 12 for a monthly fee")
    causes: list[str] = Field(default_factory=list, description="causes looked for, in this order: those of data first")
    otherwise: list[str] = Field(default_factory=list, description="causes told only where no other was found")
    evidence: str = Field(description="cell of notebook 02 that shows it")
    off: bool = Field(False, description="not watched")


class When(Section):
    """What a rule answers to."""

    watch: list[str] = Field(description="names of watches")
    direction: Direction | None = Field(None, description="good: a success, bad: a problem; none: both")
    cause: list[str] = Field(default_factory=list, description="causes; none: whatever the cause")


class Rule(Section):
    """What to do about a finding, who, until when, and what shows that it helped."""

    when: When
    look_at: list[Area] = Field(default_factory=list, description="where to look")
    action: dict[Literal["en", "vi"], str] = Field(min_length=1, description="one thing to do, as an imperative")
    topic: str = Field(description="whose it is: a key of company.yaml, findings.owners")
    due_days: int = Field(7, ge=1, description="days until it is due; never on a weekend")
    check: str | None = Field(None, description="metric that shows whether it helped; none: the watched one")
    off: bool = Field(False, description="never used")

    def fits(self, watch: str, is_good: bool, cause: str | None) -> bool:
        """Whether the rule answers to a finding of this watch, direction and cause (None: rules without a cause)."""
        named = cause in self.when.cause if cause else not self.when.cause
        towards = self.when.direction in (None, "good" if is_good else "bad")
        return named and towards and watch in self.when.watch and not self.off

    def said(self, language: str) -> str:
        """The action in a language, else in the first one that the file gives."""
        return self.action.get(language, next(iter(self.action.values())))  # type: ignore[call-overload]


class Rules(Section):
    """The whole of a file of rules."""

    watch: dict[str, Watch] = Field(default_factory=dict, description="name: what is watched")
    rules: dict[str, Rule] = Field(default_factory=dict, description="name: what to do")

    def rule_for(self, watch: str, is_good: bool, causes: Sequence[str]) -> tuple[str, Rule]:
        """The name and rule that fit the strongest cause; the defaults hold one for every watch and direction."""
        for cause in (*causes, None):
            for name, rule in self.rules.items():
                if rule.fits(watch, is_good, cause):
                    return name, rule
        raise InputError(Problem("findings rules", f"no rule for {watch}", "one without a cause", "add such a rule"))


@cache
def defaults() -> Rules:
    """The watches and rules that come along."""
    return load_model(DEFAULTS, Rules, DEFAULTS.name)


def load_rules(folder: Path, company: Company) -> Rules:
    """The defaults with a company's own file over them; every fault is told with file and line."""
    base = defaults()
    name = company.findings.rules
    path = file_at(folder, company, name, "company.yaml, findings.rules")
    if not path.is_file():
        return base
    own = load_model(path, Rules, name)
    rest = {key: rule for key, rule in base.rules.items() if key not in own.rules}
    whole = Rules(watch=base.watch | own.watch, rules=own.rules | rest)
    refuse_if_any(scan_faults(own, whole, name, line_numbers(path)))
    return whole


def scan_faults(own: Rules, whole: Rules, shown: str, lines: Mapping[tuple[Any, ...], int]) -> Iterator[Problem]:
    """Names in a file of rules that nothing bears: metrics, dimensions, causes, watches, values of an action."""

    def at(*path: str) -> str:
        known = next(path[:n] for n in range(len(path), 0, -1) if path[:n] in lines)
        return f"{shown}, line {lines[known]}, {'.'.join(path)}"

    for name, watch in own.watch.items():
        for key in (watch.metric, watch.worth):
            yield from _unknown(at("watch", name), [key] if key else [], metrics(), "a metric of the catalogue")
        if watch.metric in metrics():
            dimensions = metrics()[watch.metric].dimensions()
            yield from _unknown(at("watch", name, "by"), watch.by, dimensions, f"a dimension of {watch.metric}")
        elif watch.metric is None:
            yield from _unknown(at("watch", name), [name], LOOKS, "a look of its own, or a metric")
        yield from _unknown(at("watch", name, "causes"), [*watch.causes, *watch.otherwise], CAUSES, "a cause")
    for name, rule in own.rules.items():
        yield from _unknown(at("rules", name, "when", "watch"), rule.when.watch, whole.watch, "a watch")
        yield from _unknown(at("rules", name, "when", "cause"), rule.when.cause, CAUSES, "a cause")
        yield from _unknown(at("rules", name, "check"), [rule.check] if rule.check else [], metrics(), "a metric")
        gives = [set(CAUSES[cause].gives) for cause in rule.when.cause if cause in CAUSES]
        given = {*NAMED, *(set.intersection(*gives) if gives else ())}
        for language, text in rule.action.items():
            named = [field for _, field, _, _ in Formatter().parse(text) if field is not None]
            yield from _unknown(at("rules", name, "action", language), named, given, "a value that all its causes give")


def _unknown(where: str, names: Sequence[str], known: Any, expected: str) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            shown = ", ".join(sorted(known))
            yield Problem(where, f"{name}{nearest(name, known)}", f"{expected} ({shown})", "correct the name")
