"""What deserves attention: money at stake, what happened, why, what to do, who, until when.

Every watch of `rules.yaml` looks for deviations; what passes the thresholds of company.yaml and the limits of its own
past is explained by causes, those in the data first, and answered by the rule that fits. Nothing here knows a company.
"""

from dataclasses import dataclass, replace

from revops.kpis.catalogue import declared
from revops.kpis.facts import Facts
from revops.kpis.findings import causes, looks
from revops.kpis.findings.cases import Case
from revops.kpis.findings.finding import Finding
from revops.kpis.findings.looks import Asked
from revops.kpis.findings.rules import Rules, Watch, defaults
from revops.kpis.spans import Spans


@dataclass(frozen=True)
class Found:
    """The findings, ranked by the size of the money at stake; `looks`: all that was looked at, found or not."""

    items: list[Finding]
    looks: list[Finding]


def find(facts: Facts, spans: Spans, rules: Rules | None = None) -> Found:
    """All findings of a period by the rules, or the defaults; a watch knows what those before it have found."""
    least = max(1, facts.company.findings.minimum_amount * 10**facts.company.money_decimals)
    seen, told = list[Finding](), list[Finding]()
    rules = rules or defaults()
    for name, watch in rules.watch.items():
        if not watch.off:
            look = looks.OWN.get(name, looks.by_metric)
            noted, chosen = look(Asked(facts, spans, name, watch, least, told))
            seen += noted
            told += [explained(facts, spans, watch, one, rules) for one in chosen if abs(one.amount) >= least]
    return Found(sorted(told, key=lambda f: (-abs(f.amount), f.watch, str(f.place))), seen)


def explained(facts: Facts, spans: Spans, watch: Watch, one: Finding, rules: Rules) -> Finding:
    """The finding with its causes, and the rule that answers to the strongest of them."""
    counted = declared(watch.metric).fact_tables() if watch.metric else ()
    tables = tuple(dict.fromkeys(name for table in counted for name in table.tables))
    case = Case(facts, spans, one.where, one.amount, tables, one.values)
    why = (*one.why, *causes.explain(case, watch.causes, watch.otherwise))
    name, rule = rules.rule_for(one.watch, one.is_good, [key for key, _ in why])
    return replace(one, why=why, name=name, rule=rule, evidence=watch.evidence, metric=watch.metric)
