"""docs/findings.md: what is watched, which causes are looked for, what is advised; and how a company changes it."""

from collections.abc import Iterator

from pydantic import BaseModel

from revops.kpis.findings.causes import CAUSES
from revops.kpis.findings.rules import Rule, Watch, When, defaults

HEAD = """\
# Findings

Made from `lib/revops/kpis/findings/rules.yaml` and its models by `make refresh`; a test keeps it in step.

Every watch holds a metric against its plan or against its own past. What lies outside its limits, and above the
thresholds of company.yaml (`findings`), is a finding: its money is counted, causes are looked for (those in the data
before those of the business), and the first rule that fits the strongest cause says what to do.

A company's own `findings.yaml` beside company.yaml adds watches and rules, or replaces those of the same name; its
rules are asked first. `revops check` tells every fault of it with its line.

```yaml
watch:
  big_baskets:                       # any metric of docs/metrics.md by any of its dimensions
    metric: aov
    by: [channel]
    causes: [silent_source]
    evidence: trade-table            # the cell of notebook 02 that shows it
  cac: {off: true, metric: cac, evidence: campaigns}
rules:
  ask_the_channel:
    when: {watch: [big_baskets, sales], direction: bad}
    look_at: [price, promotion]
    action:
      en: Ask the team of {place} what changed.
      vi: Hỏi đội {place} xem điều gì đã thay đổi.
    topic: product                   # whose it is: company.yaml, findings.owners
    due_days: 5
```

`record/findings.csv` keeps what each period found. The next report measures the same places again; what somebody writes
into a column `done` there stands beside it.
"""


def findings_page() -> str:
    """The page as Markdown."""
    return HEAD + "".join([*_fields(), *_causes(), *_watches(), *_rules()])


def _fields() -> Iterator[str]:
    for model, name in ((Watch, "A watch"), (Rule, "A rule"), (When, "What a rule answers to (`when`)")):
        yield f"\n## {name}\n\n| key | default | meaning |\n|---|---|---|\n"
        for key, field in model.model_fields.items():
            yield _row(f"`{key}`", _default(model, key), field.description or "")


def _default(model: type[BaseModel], key: str) -> str:
    field = model.model_fields[key]
    value = "" if field.is_required() else field.get_default(call_default_factory=True)
    return "**needed**" if field.is_required() else f"`{value}`" if value not in (None, [], {}) else ""


def _causes() -> Iterator[str]:
    yield "\n## Causes\n\n| cause | found in | what it is | an action may name |\n|---|---|---|---|\n"
    for name, cause in CAUSES.items():
        said = (cause.look.__doc__ or "").split("\n\n")[0]
        yield _row(
            f"`{name}`", "data" if cause.is_data else "business", said, ", ".join(f"`{one}`" for one in cause.gives)
        )


def _watches() -> Iterator[str]:
    yield "\n## Watched by default\n\n| watch | metric | by | causes |\n|---|---|---|---|\n"
    for name, watch in defaults().watch.items():
        metric = f"`{watch.metric}`" if watch.metric else "a look of its own"
        yield _row(f"`{name}`", metric, ", ".join(watch.by), ", ".join([*watch.causes, *watch.otherwise]))


def _rules() -> Iterator[str]:
    yield "\n## Advised by default\n\n| rule | watch | direction | cause | look at | action |\n" + "|---" * 6 + "|\n"
    for name, rule in defaults().rules.items():
        when = rule.when
        cells = (", ".join(when.watch), when.direction or "", ", ".join(when.cause), ", ".join(rule.look_at))
        yield _row(f"`{name}`", *cells, rule.action["en"])


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |\n"
