"""Rules in a file that users edit: the defaults are whole, a company's own go before them, faults name their line."""

import pytest

from revops.company import line_numbers, load_company
from revops.kpis.catalogue import metrics
from revops.kpis.findings import Finding, load_rules
from revops.kpis.findings.causes import CAUSES
from revops.kpis.findings.rules import DEFAULTS, LOOKS, Rules, defaults, scan_faults
from revops.problems import InputError
from revops.report.kpis.findings import _said
from revops.run.call import check_findings
from revops.workspace import open_workspace

COMPANY = "name: Gió Mộc\ncurrency: VND\nmoney_decimals: 0\n"
RULE = """rules:
  ask_the_team:
    when: {watch: [sales], direction: bad}
    action:
      en: Ask the team of {place}.
      vi: Hỏi đội {place}.
    topic: product
"""


@pytest.fixture
def rules(tmp_path):
    def load(text=None):
        (tmp_path / "company.yaml").write_text(COMPANY, encoding="utf-8")
        if text is not None:
            (tmp_path / "findings.yaml").write_text(text, encoding="utf-8")
        return load_rules(tmp_path, load_company(tmp_path))

    return load


def test_the_defaults_name_nothing_that_is_not_there():
    found = list(scan_faults(defaults(), defaults(), DEFAULTS.name, line_numbers(DEFAULTS)))
    assert [str(problem) for problem in found] == []


@pytest.mark.parametrize("watch", defaults().watch)
def test_every_watch_has_an_answer_whatever_the_cause(watch):
    for is_good in [False] if watch in LOOKS else [True, False]:
        for cause in (None, *CAUSES):
            _, rule = defaults().rule_for(watch, is_good, [cause] if cause else [])
            assert watch in rule.when.watch


def test_every_cause_is_looked_for_by_some_watch_and_every_rule_can_be_reached():
    asked = {name: {*watch.causes, *watch.otherwise} for name, watch in defaults().watch.items()}
    assert set().union(*asked.values()) == set(CAUSES)
    for name, rule in defaults().rules.items():
        for watch in rule.when.watch:
            assert not rule.when.cause or asked[watch] & {*rule.when.cause}, (name, watch)


def test_causes_in_the_data_are_looked_for_first():
    for watch in defaults().watch.values():
        kinds = [CAUSES[cause].is_data for cause in watch.causes]
        assert kinds == sorted(kinds, reverse=True)


@pytest.mark.parametrize(
    ("watch", "good", "causes", "rule"),
    [
        ("sales", False, ["discount", "conversion"], "fund_voucher"),
        ("sales", False, ["conversion"], "check_channel"),
        ("sales", False, ["missing_days", "discount"], "look_for_file"),
        ("sales", False, ["growth"], "review_mix"),
        ("sales", False, [], "review_mix"),
        ("sales", True, ["product_share"], "copy_product"),
        ("sales", True, ["traffic"], "copy_success"),
        ("conversion", False, [], "check_shop"),
        ("conversion", False, ["one_source"], "check_ads"),
        ("stuck_deals", False, ["late_export"], "export_again"),
    ],
)
def test_the_rule_fits_the_strongest_cause(watch, good, causes, rule):
    assert defaults().rule_for(watch, good, causes)[0] == rule


def test_the_look_of_the_demand_product_below_target_price_promotion_marketing_low_conversion_site_experience_ads():
    assert defaults().rules["review_mix"].look_at == ["price", "promotion", "marketing"]
    assert defaults().rules["check_shop"].look_at == ["site", "experience", "ads"]


def test_without_a_file_the_defaults_hold(rules):
    assert rules() == defaults()


def test_a_companys_own_rule_is_asked_first(rules):
    name, rule = rules(RULE).rule_for("sales", False, [])
    assert (name, rule.said("vi")) == ("ask_the_team", "Hỏi đội {place}.")
    assert rules(RULE).rule_for("sales", False, ["discount"])[0] == "fund_voucher"


def test_a_rule_or_watch_of_the_same_name_is_replaced_and_one_can_be_switched_off(rules):
    own = rules("watch:\n  cac: {evidence: campaigns, metric: cac, off: true}\n")
    assert own.watch["cac"].off
    assert own.watch["sales"] == defaults().watch["sales"]


def test_any_metric_of_the_catalogue_can_be_watched(rules):
    own = rules(
        "watch:\n  big_orders: {metric: aov, by: [channel], evidence: trade-table}\n"
        + RULE.replace("sales", "big_orders")
    )
    assert own.watch["big_orders"].metric in metrics()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "watch:\n  x: {metric: web_conversoin, evidence: a}\n",
            r"findings.yaml, line 2, watch.x: found web_conversoin \(did you mean web_conversion\?\), expected a",
        ),
        (
            "watch:\n  x: {metric: aov, by: [chanel], evidence: a}\n",
            r"line 2, watch.x.by: found chanel \(did you mean c",
        ),
        ("watch:\n  x: {evidence: a}\n", r"line 2, watch.x: found x, expected a look of its own, or a metric"),
        (
            "watch:\n  x: {metric: aov, causes: [prise], evidence: a}\n",
            r"line 2, watch.x.causes: found prise \(did you mean price\?\), expected a cause",
        ),
        (RULE.replace("sales", "sale"), r"line 3, rules.ask_the_team.when.watch: found sale \(did you mean sales"),
        (
            RULE.replace("{place}", "{prodct}"),
            r"line 5, rules.ask_the_team.action.en: found prodct .*a value",
        ),
        (
            RULE.replace("topic", "topics"),
            r"line 7, rules.ask_the_team.topics: found unknown key topics",
        ),
        (RULE + "    look_at: [weather]\n", r"line 8, rules.ask_the_team.look_at.0: found weather"),
    ],
    ids=["metric", "dimension", "a look nobody knows", "cause", "watch", "value of an action", "key", "area"],
)
def test_a_fault_is_told_with_its_line_and_the_nearest_name(rules, text, message):
    with pytest.raises(InputError, match=message):
        rules(text)


def test_values_of_a_cause_may_be_named_only_where_the_rule_asks_for_it(rules):
    text = RULE.replace("{place}", "{poor}")
    with pytest.raises(InputError, match="found poor"):
        rules(text)
    assert rules(text.replace("direction: bad", "cause: [campaign_return]"))


def test_a_watch_that_no_rule_answers_is_refused_when_it_finds_something():
    empty = Rules(watch=defaults().watch)
    with pytest.raises(InputError, match="no rule for sales, expected one without a cause"):
        empty.rule_for("sales", False, ["discount"])


def test_faults_of_the_rules_stop_a_run_before_it_starts(rules, tmp_path):
    with pytest.raises(InputError):
        rules(RULE.replace("sales", "sale"))
    (problem,) = check_findings(tmp_path, load_company(tmp_path))
    assert str(problem).startswith("findings.yaml, line 3, rules.ask_the_team.when.watch: found sale")


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("name", defaults().rules)
def test_every_action_can_be_said_of_the_whole_company_too(name, language, tmp_path):
    (tmp_path / "company.yaml").write_text(COMPANY, encoding="utf-8")
    ws = open_workspace("02_kpis", str(tmp_path), "2026-03", language=language, build=str(tmp_path / "build"))
    rule = defaults().rules[name]
    for watch in rule.when.watch:
        for cause in rule.when.cause or [None]:
            why = ((cause, dict.fromkeys(CAUSES[cause].gives, 1)),) if cause else ()
            item = Finding(watch, -1, "vs_plan", why=why, rule=rule, name=name, metric=defaults().watch[watch].metric)
            said = rule.said(language).format(**_said(ws, item, item.filled()))
            assert said.endswith(".")
            assert "{" not in said


def test_a_value_that_only_one_of_two_causes_gives_is_refused(rules):
    text = RULE.replace("{place}", "{poor}").replace("direction: bad", "cause: [campaign_return, growth]")
    with pytest.raises(InputError, match="found poor.*a value that all its causes give"):
        rules(text)
