"""company.yaml: one file describes a company. It is validated whole, before anything runs.

An unknown key is an error that suggests the nearest known one; every fault is named with file and line and all are
told at once. Secrets are never in it: `${NAME}` in a root or in a database's address names an
environment variable.
"""

import itertools
import os
import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator, model_validator

from revops import months
from revops.money import rate_units
from revops.periods import parse_range
from revops.planning import Quota
from revops.problems import InputError, Problem, nearest
from revops.section import Section

Language = Literal["en", "vi"]
_CONVENTIONS = {"dates": ("dmy", "mdy", "ymd"), "decimal": (".", ","), "zone": ("UTC",)}
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml reads a plan ten times as fast
Model = TypeVar("Model", bound=BaseModel)
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PASSWORD = re.compile(r"(://[^:/@\s]*:)(\S+)(?=@)|(password\s*=\s*)('[^']*'|[^\s&]+)", re.IGNORECASE)


MONTHS = "$months"
VIETNAM = ("Asia/Ho_Chi_Minh", "Asia/Saigon")


class YAML(_SAFE):
    """YAML in which `no`, `on`, `true` are the words that stand there: a header can be called No, a value be false.

    A key that is true or false takes either word.
    """

    yaml_implicit_resolvers = {
        sign: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
        for sign, found in _SAFE.yaml_implicit_resolvers.items()
    }

    def day(self, node: yaml.ScalarNode) -> Any:
        """A day, or the words of one that no calendar has, so that its field tells where it stands."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value


YAML.add_constructor("tag:yaml.org,2002:timestamp", YAML.day)


class Lookup(Section):
    """One step of a look-up: the field's value is found under `key` in `file` and becomes what stands under `value`."""

    file: str = Field(description="path below the company's folder, or 'root:path'")
    key: str = Field(description="header of the column to search")
    value: str = Field(description="header of the column to take")


class Range(Section):
    """The end of a range [start, end): a span after another field, or the next start that occurs in the source."""

    after: str = Field(description="field the span starts from")
    span: Literal["day", "month", "year", "next"] = Field(description="how long it is; next: until the next start")
    last: str | None = Field(None, description="end of the last range where the span is 'next', as 2026-01-01")


class Melt(Section):
    """Columns that are rows: each filled cell is a row below the one it stands in, with that one's other fields.

    What a header says (its pattern's named groups) is a field too; cells whose headers say the same share a row. A cell
    whose pattern has no group gives its value alone. The fields feed tables as those of `columns` do.
    """

    columns: dict[str, str] = Field(
        description="field: pattern of its headers; a named group is a field: `rate: '^(?P<currency>[A-Z]{3})/VND$'`; "
        "$months: any way to write a month, which is the field month_on; the field year says it where headers do not"
    )
    keeps_row: bool = Field(False, description="the row itself stays too, with these fields empty")

    @field_validator("columns")
    @classmethod
    def _written_out(cls, columns: dict[str, str]) -> dict[str, str]:
        return {field: months.HEADER if pattern == MONTHS else pattern for field, pattern in columns.items()}

    def like(self) -> dict[str, str]:
        """What people look for: field and pattern of its headers, months by an example."""
        month = "2026-10 or another month"
        return {field: month if pattern == months.HEADER else pattern for field, pattern in self.columns.items()}


class Versions(Section):
    """Several rows of one record: the newest version that is known at as_of counts, the others are merged into it."""

    of: list[str] = Field(min_length=1, description="fields that tell one record from another")
    newest: str = Field(description="field that is greatest in the newest version, such as updated_at")


class Mapping(Section):
    """How the columns of a file become fields of canonical tables: the grammar of kinds and of sources alike.

    Fields are named as in the canonical tables, `table.column` where two tables mean different things by one name.
    The first column listed is the row's key: a row that has none and looks like a total is no data. Conditions and
    `compute` are SQL expressions over fields; amounts are whole numbers there, so `quantity * unit_price` is exact.
    """

    table: str | None = Field(None, description="canonical table, where the file feeds one")
    tables: dict[str, str] = Field(default_factory=dict, description="canonical table: condition on the row, or ''")
    columns: dict[str, str | list[str]] = Field(default_factory=dict, description="field: header(s) as exported")
    formats: dict[str, str] = Field(
        default_factory=dict, description="dates: dmy | mdy | ymd; decimal: '.' or ','; zone: UTC; also for one field"
    )
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="field: {as exported: canonical}; `*` in a longer text stands for anything, the first that fits "
        "counts; '*': '*' keeps the rest, '*': '' empties it; beside them those that the kind knows count",
    )
    constants: dict[str, str] = Field(default_factory=dict, description="field: value, or $received_on")
    extract: dict[str, str] = Field(default_factory=dict, description="field: pattern whose group is the value")
    ids: dict[str, Literal["salesforce"]] = Field(
        default_factory=dict, description="field: whose numbers; salesforce: 18 characters and their first 15 are one"
    )
    stand_in: dict[str, list[str]] = Field(
        default_factory=dict, description="field: fields that together stand for it in a file without its column"
    )
    absorbs: dict[str, str] = Field(
        default_factory=dict, description="key: field that lists, with ';', the keys of records merged into the row's"
    )
    preamble: dict[str, str] = Field(
        default_factory=dict,
        description="field: pattern whose group is found above the header, else in the sheet's or the file's name; "
        "with '?' it may be missing",
    )
    lookups: dict[str, list[Lookup]] = Field(default_factory=dict, description="field: look-ups, one after another")
    compute: dict[str, str] = Field(default_factory=dict, description="field: SQL expression over fields, in order")
    ranges: dict[str, Range] = Field(default_factory=dict, description="field: end of a range")
    units: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="field: {value of its `metric`: money | count | rate}"
    )
    fill_down: list[str] = Field(
        default_factory=list,
        description="fields written on an order's or invoice's first line only; in other files those whose empty cells "
        "mean the cell above, as merged cells do",
    )
    heads: dict[str, str] = Field(
        default_factory=dict,
        description="field: pattern whose group a row with one filled cell says of the rows below it, up to the next; "
        "the row itself is left out",
    )
    levels: dict[str, list[str]] = Field(
        default_factory=dict, description="field: [coarsest, …, finest] where rows of several levels say the same money"
    )
    only: str | None = Field(None, description="condition on the row; other rows are left out and counted")
    versions: Versions | None = Field(None, description="a file of histories: the newest version of a record counts")
    reject: dict[Literal["deleted", "test", "invalid"], str] = Field(
        default_factory=dict, description="reason: condition on the row; such rows wait in quarantine and are counted"
    )
    not_data: list[str] = Field(default_factory=list, description="patterns of rows that are no data")
    refuse: dict[str, str] = Field(
        default_factory=dict, description="pattern of a cell that no plain list has: what to export instead"
    )
    total_lacks: list[str] = Field(default_factory=list, description="a row without any of these fields is a total")
    required: list[str] = Field(default_factory=list, description="fields that may not be empty")
    advice: dict[str, str] = Field(
        default_factory=dict, description="field: how to export the file so that its column is there"
    )
    melt: Melt | None = Field(None, description="columns whose filled cells are rows of their own")
    customers: str | None = Field(None, description="system whose customer numbers these are; '' for the company's")
    encoding: str | None = Field(None, description="the file's encoding, such as cp1258; empty: found by itself")
    separator: str | None = Field(
        None, description="between the cells of a text file, ' ' for columns aligned by spaces; empty: found by itself"
    )
    headers: list[str] = Field(default_factory=list, description="names of all columns, of a file without header line")
    apart: str | None = Field(
        None, description="pattern of lines between several tables of one text file: only the one meant is read"
    )
    sheet: str | None = Field(None, description="sheet of a workbook; empty: the first")

    @field_validator("formats")
    @classmethod
    def _conventions(cls, formats: dict[str, str]) -> dict[str, str]:
        for name, value in formats.items():
            known = _CONVENTIONS.get(name, tuple(itertools.chain(*_CONVENTIONS.values())))
            if value not in known:
                raise ValueError(f"{name}: {' or '.join(known)}")
        return formats

    @field_validator("customers")
    @classmethod
    def _no_record_of_the_crm(cls, system: str | None) -> str | None:
        if system in ("account", "contact"):
            raise ValueError("a name other than account and contact, which stand for records of the CRM")
        return system


class Database(Section):
    """A query whose rows are a source: it only reads, it runs at each reading, its columns are the headers.

    Numbers have '.' as their decimal mark, whatever the kind says of its export; `formats` of the source goes before.
    """

    driver: Literal["postgresql", "sqlite", "duckdb"] = Field(
        description="what is read; postgresql and duckdb need `pip install 'revops-workspace[database]'`"
    )
    uri: str = Field(
        description="postgresql: the server's address, a password only as ${NAME} from the environment; sqlite and "
        "duckdb: the file below the company's folder, or 'root:path'"
    )
    query: str = Field(description="one SELECT or WITH that ends in ORDER BY the row's key: rows are numbered by it")

    @field_validator("uri")
    @classmethod
    def _no_password(cls, uri: str) -> str:
        found = re.findall(_PASSWORD, re.sub(_VARIABLE, "\0", uri))
        if any((in_address + in_pair).replace("\0", "") for _, in_address, _, in_pair in found):
            raise ValueError("an address without a password: write ${NAME} and set NAME in the environment")
        return uri


class Source(Mapping):
    """One kind of file: where its files lie, what kind they are, and how columns become fields.

    `kind` names a declared mapping in ingest/kinds; kind `table` needs `table` and `columns`. What is given here goes
    before what the kind knows.
    """

    kind: str = Field(description="a kind of the list below, or table")
    files: str | None = Field(None, description="pattern below the company's folder, or 'root:pattern'")
    database: Database | None = Field(None, description="a query instead of `files`: one of the two is needed")
    received_on: str | None = Field(None, description="pattern with one group that finds the day in the file's path")
    ended_on: date | None = Field(None, description="the source's last day: no rows after it are missed")

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.files is None) == (self.database is None):
            raise ValueError("either files or database")
        return self


class Funnel(Section):
    """Stages of the sales process in order; won and lost are what closes a deal."""

    stages: list[str] = Field(default_factory=list, description="open stages, first to last")
    won: str = Field("Closed Won", description="stage of a deal that was won")
    lost: str = Field("Closed Lost", description="stage of a deal that was lost")
    lead_window_days: int = Field(120, description="a lead counts as converted when it is won within so many days")


class Territory(Section):
    """The matrix of territories, who looks after what, and what counts as fair.

    A dimension is a column of the accounts table, a further column of the sheet `accounts`, or product_group.
    """

    dimensions: list[str] = Field(
        default_factory=list,
        description="three or four of customer_group, industry, size, legal_entity, region, product_group, or further "
        "columns by account; empty: no matrix",
    )
    accounts: str = Field("", description="sheet with further columns by account, below the company's folder")
    columns: dict[str, str] = Field(
        default_factory=dict, description="dimension: column that it is made from, where the names differ"
    )
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="dimension: {value of the column: value of the matrix}; '*' for all others"
    )
    wildcards: list[dict[str, str]] = Field(
        default_factory=list,
        description="where a dimension does not matter, as {customer_group: projects, size: '*'}: projects of all "
        "sizes are one territory",
    )
    buyers: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="channel: {dimension: value} of buyers who are no business account; region is the sale's own, '*' "
        "what is not named",
    )
    rules: str = Field("", description="sheet of rules: a column for each dimension, owner, priority, start_on, end_on")
    overrides: str = Field("", description="sheet of hand-made moves: account, owner, start_on, end_on, reason")
    band: tuple[float, float] = Field((0.85, 1.15), description="load ÷ mean that counts as balanced")
    capacity_hours: float = Field(1500, gt=0, description="hours of customer work a person has in a year")
    weights: dict[Literal["workload", "potential", "sales"], float] = Field(
        {"workload": 0.5, "potential": 0.3, "sales": 0.2},
        description="what each load counts in the alignment index; they sum to 1",
    )
    disruption: float = Field(0.10, ge=0, le=1, description="value moved ÷ value that a proposal may cost")
    locks: list[str] = Field(default_factory=list, description="accounts that stay with their owner and count")
    excluded: list[str] = Field(default_factory=list, description="accounts that neither move nor count")
    family: str = Field("tax_code", description="column of the accounts: equal values stay with one person")
    keep: list[str] = Field(
        default_factory=lambda: ["region"],
        description="dimensions that no move leaves: people take accounts of their own region, or of values they have",
    )
    pinned: dict[str, str] = Field(default_factory=dict, description="account: person_id who is to have it")
    moving: float = Field(
        0.05, ge=0, description="points of balance that moving 1 % of the value must win in a proposal"
    )
    is_capacity_hard: bool = Field(False, description="whether a proposal may put nobody above capacity_hours")

    @field_validator("weights")
    @classmethod
    def _weights_sum_to_one(cls, weights: dict[str, float]) -> dict[str, float]:
        if min(weights.values(), default=-1) < 0 or round(sum(weights.values()), 9) != 1:
            raise ValueError("weights that are not negative and sum to 1")
        return weights

    @field_validator("band")
    @classmethod
    def _rising(cls, band: tuple[float, float]) -> tuple[float, float]:
        if not 0 < band[0] <= 1 <= band[1]:
            raise ValueError("a band around 1, such as [0.85, 1.15]")
        return band


class Findings(Section):
    """Thresholds below which a deviation is not a finding."""

    minimum_amount: int = Field(0, description="money at stake, in the currency")
    minimum_share: float = Field(0.05, description="deviation ÷ reference")
    minimum_count: int = Field(20, description="fewer cases are called 'could be luck'")
    owners: dict[str, str] = Field(default_factory=dict, description="topic or channel: person_id who acts")
    rules: str = Field("findings.yaml", description="the company's own watches and rules, over those that come along")


class Incentives(Section):
    """Who is paid when, by whom it is approved, and where the games' rules stand."""

    unpaid_roles: list[str] = Field(default_factory=list, description="roles that carry a quota but no plan pays")
    games: str = Field(
        "games.yaml", description="rules of points, badges, contests and flags, where there is such a file"
    )
    drafts: list[str] = Field(
        default_factory=list, description="plan files that pay nobody: what a plan might become, replayed beside it"
    )
    pay_day: int = Field(10, ge=1, le=28, description="day of the next month on which pay is due")
    contact: str | None = Field(None, description="person_id who answers questions about pay")
    approvers: list[str] = Field(
        default_factory=list, description="person_id of everybody who must approve a pay period before it is closed"
    )
    question_days: int = Field(20, ge=1, le=28, description="day of the next month until which questions are taken")
    contract_months: int | None = Field(
        None, ge=1, description="months over which commission on contracts (basis: recurring) is spread; null: expensed"
    )


class Segment(Section):
    """A segment of customers by ranges of their RFM scores: 1 to 5 each, 0 without an order in the window."""

    key: str = Field(description="what tables call it")
    name: dict[str, str] = Field(description="shown name, one per language: {en: …, vi: …}")
    recency: tuple[int, int] = Field((1, 5), description="least and highest score; 5: bought most recently")
    frequency: tuple[int, int] = Field((1, 5), description="least and highest score; 5: ordered most often")
    money: tuple[int, int] = Field((1, 5), description="least and highest score; 5: brought most")
    action: dict[str, str] = Field(description="what to do with these customers, one text per language")

    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The three ranges, in the order recency, frequency, money."""
        return self.recency, self.frequency, self.money


class Goal(Section):
    """One target: what, where, how much, until when, whose. A number, or a growth against an earlier period."""

    name: str | dict[str, str] = Field(description="the target in words, or one text per language: {en: …, vi: …}")
    metric: str = Field(description="key of the catalogue of metrics, such as net_revenue")
    period: str = Field(description="a month 2026-07, a quarter 2026-Q3, a year 2026, or a range 2026-07..2026-09")
    where: dict[str, str] = Field(
        default_factory=dict, description="dimension: value, such as `channel: Web shop`; empty: the whole company"
    )
    amount: str | int | float | None = Field(None, description="500000000 in the currency, a count, or a share 2.6%")
    growth: str | float | None = Field(None, description="instead of an amount: 20% more than `against`, -10% less")
    against: str | None = Field(None, description="earlier period that growth is reckoned from; empty: a year before")
    owner: str | None = Field(None, description="person_id who answers for it")
    why: str | dict[str, str] = Field("", description="why it matters, or one text per language")

    @field_validator("period", "against")
    @classmethod
    def _periods(cls, text: str | None) -> str | None:
        try:
            _ = text and parse_range(text)
        except InputError as error:
            raise ValueError(error.problems[0].expected) from None
        return text

    @field_validator("growth")
    @classmethod
    def _share(cls, growth: str | float | None) -> str | float | None:
        if growth is not None:
            rate_units(growth)
        return growth

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.amount is None) == (self.growth is None):
            raise ValueError("one of amount and growth")
        if self.against is not None and self.growth is None:
            raise ValueError("growth beside against")
        return self

    @property
    def key(self) -> str:
        """The name by which tables know it: the first one it gives."""
        return self.name if isinstance(self.name, str) else next(iter(self.name.values()))


class Kpis(Section):
    """What the KPI page needs to know about the company."""

    web_channel: str | None = Field(None, description="sales channel of the tile 'Web conversion'; empty: all visits")
    attribution: Literal["first", "last", "linear", "position", "decay"] = Field(
        "position", description="which visits before an order its revenue is credited to; the others stand beside it"
    )
    lookback_days: int = Field(30, ge=0, le=365, description="visits so many days before an order may have led to it")
    cost_lag_months: int = Field(
        0, ge=0, description="CAC sets the costs of so many months before against new customers"
    )
    contract_months: int = Field(12, ge=1, description="a contract without an end renews so many months from its start")
    clv_months: int = Field(24, ge=1, description="customer value counts what customers brought in so many months")
    clv_horizon_months: int = Field(12, ge=1, description="predicted customer value looks so many months ahead")
    discount_rate: float = Field(0.10, ge=0, description="what later money is worth less in a year, as a share")
    rfm_months: int = Field(24, ge=1, description="recency, frequency and money of customers count so many months")
    inactive_days: int | None = Field(
        None,
        ge=1,
        description="days without an order that make a customer inactive; empty: 90 % of reorders came sooner",
    )
    segments: list[Segment] = Field(
        default_factory=list,
        description="segments of customers in place of the built-in ones; the first that fits counts",
    )


class Weights(Section):
    """What a record costs that a rule hits, by the rule's severity: 1 counts it as wholly bad."""

    high: float = Field(1.0, ge=0, le=1, description="a grave rule")
    medium: float = Field(0.5, ge=0, le=1, description="a rule in between")
    low: float = Field(0.2, ge=0, le=1, description="a light rule")
    info: float = Field(0.0, ge=0, le=1, description="what is worth knowing only")


class Hygiene(Section):
    """Bounds of the rules that judge the CRM's records; a bound itself is still good."""

    judged_days: int = Field(365, gt=0, description="closed deals and leads are judged for so many days")
    minimum_count: int = Field(20, gt=0, description="fewer cases give no percentile or median to compare with")
    duplicate_days: int = Field(7, ge=0, description="open deals of one account and amount created so close are one")
    stale_days: int = Field(30, gt=0, description="days an open deal may be without activity")
    stale_days_by_size: dict[str, int] = Field(
        default_factory=lambda: {"small": 14, "smb": 14, "nhỏ": 14},
        description="size of account: the same for its deals",
    )
    stuck_by: Literal["p75", "twice_median"] = Field(
        "p75", description="a deal is stuck after this, of the days that deals stayed which advanced from the stage"
    )
    stuck_days: int = Field(30, gt=0, description="the same where fewer than minimum_count deals advanced")
    far_days: int = Field(365, gt=0, description="a close date may lie so far ahead")
    placeholder_days: list[str] = Field(
        default_factory=lambda: ["12-31"], description="close dates that nobody meant, as month-day or a whole day"
    )
    outlier_p99: int = Field(
        5, gt=1, description="an amount may be at most so many times the 99th percentile of open deals"
    )
    outlier_median: int = Field(10, gt=1, description="and at most so many times their median")
    required_from: dict[Literal["amount", "close_on", "person_id", "account_id", "lead_source", "next_step"], str] = (
        Field(
            default_factory=dict,
            description="field: first stage that needs it, 'all' or 'none'; else next_step from the middle, others all",
        )
    )
    push_count: int = Field(2, gt=0, description="close date moved later so often between exports")
    push_often: int = Field(3, gt=0, description="so often it is grave")
    may_reopen: bool = Field(False, description="a closed deal may be opened again")
    skip_stages: int = Field(2, gt=1, description="stages passed at once that count as a jump")
    order_days: int = Field(60, ge=0, description="an order or invoice lies within so many days of a won deal")
    owner_days: int = Field(30, gt=0, description="days an owner of open deals may be without activity")
    owner_load: float = Field(3.0, gt=1, description="an owner may have so many times the mean number of open deals")
    response_days: int = Field(3, gt=0, description="days until the first activity of a lead or deal")
    lead_days: int = Field(14, gt=0, description="days a lead may stand in a status of new_statuses")
    new_statuses: list[str] = Field(
        default_factory=lambda: ["New", "Open", "Open - Not Contacted", "Mới", "Chưa liên hệ"],
        description="statuses of leads that nobody has worked on",
    )
    converted_statuses: list[str] = Field(
        default_factory=lambda: ["Converted", "Qualified - Converted", "Đã chuyển đổi"],
        description="statuses of leads that became a deal",
    )
    decay_days: int = Field(365, gt=0, description="days a contact may be without activity")
    role_mailboxes: list[str] = Field(
        default_factory=lambda: [
            "info", "sales", "contact", "support", "admin", "office", "hello", "marketing", "lienhe", "kinhdoanh",
        ],
        description="names before the @ that are no person's",
    )  # fmt: skip
    free_mail: list[str] = Field(
        default_factory=lambda: [
            "gmail.com", "yahoo.com", "yahoo.com.vn", "hotmail.com", "outlook.com", "icloud.com", "live.com",
        ],
        description="domains that many companies share",
    )  # fmt: skip
    earliest_on: date = Field(date(2000, 1, 1), description="no record is older")
    reconcile_share: float = Field(0.05, ge=0, description="won amount may differ from invoices by this share of them")
    weights: Weights = Weights()


class Identity(Section):
    """When two customer numbers are one customer, and which are kept apart or joined by hand.

    Numbers that differ in their tax code are joined by that code or by hand only.
    """

    rules: list[Literal["account", "phone", "email", "tax_code", "name"]] = Field(
        ["account", "phone", "email", "tax_code", "name"],
        description="what joins, strongest first; account: an account or contact of the CRM that a source names; "
        "name: of firms only, without legal form, accents and case",
    )
    too_many: int = Field(20, ge=1, description="a value that more numbers share joins nobody and is listed")
    nobody: list[str] = Field(
        ["info@", "contact@", "sales@", "admin@", "support@", "noreply@", "no-reply@", "Khách lẻ", "Khách vãng lai"],
        description="values that join nobody: telephones, e-mail addresses (info@: of any firm), tax codes, names",
    )
    apart: list[tuple[str, str]] = Field(
        default_factory=list, description="pairs of customer numbers that are never one, as [[A, B]]"
    )
    together: list[tuple[str, str]] = Field(
        default_factory=list, description="pairs of customer numbers that are one in any case"
    )

    @field_validator("apart", "together")
    @classmethod
    def _two_numbers(cls, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        for one, other in pairs:
            if one == other:
                raise ValueError(f"two different numbers in a pair, not {one} twice")
        return pairs

    @field_validator("together")
    @classmethod
    def _not_kept_apart(cls, pairs: list[tuple[str, str]], info: ValidationInfo) -> list[tuple[str, str]]:
        groups: list[set[str]] = []
        for pair in pairs:
            met = [group for group in groups if group & set(pair)]
            groups = [group for group in groups if group not in met] + [set(pair).union(*met)]
        for one, other in info.data.get("apart", []):
            if any({one, other} <= group for group in groups):
                raise ValueError(f"pairs that do not join {one} and {other}, which identity.apart keeps apart")
        return pairs


class Company(Section):
    """The whole of company.yaml."""

    name: str = Field(description="the company's name, as pages show it")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO code of the currency of all reports, such as VND")
    money_decimals: int = Field(ge=0, le=8, description="decimals of that currency: 0 for VND, 2 for USD")
    time_zone: str = Field("Asia/Ho_Chi_Minh", description="business time: decides the day of an order")
    language: Language = Field("en", description="language of notebooks and pages")
    second_language: Language | None = Field(None, description="pages are made in this language too")
    fiscal_year_starts: int = Field(1, ge=1, le=12, description="month in which the fiscal year starts")
    roots: dict[str, str] = Field(
        default_factory=dict, description="name: folder outside the company's, ${NAME} from the environment"
    )
    received_on: str | None = Field(None, description="pattern that finds the day a file was received in its path")
    sources: dict[str, Source] = Field(default_factory=dict, description="name: where files lie and what they are")
    identity: Identity = Identity()
    funnel: Funnel = Funnel()
    territory: Territory = Territory()
    quota: Quota = Quota()
    calendar: dict[str, tuple[date, ...]] = Field(
        default_factory=dict, description="name: the company's own days, such as a sale; beside Tết and the feasts"
    )
    working_week: int = Field(6, ge=1, le=7, description="days worked a week, from Monday")
    targets: list[Goal] = Field(default_factory=list, description="SMART targets beside those of the target sheets")
    kpis: Kpis = Kpis()
    hygiene: Hygiene = Hygiene()
    findings: Findings = Findings()
    incentives: Incentives = Incentives()
    plans: list[str] = Field(default_factory=list, description="plan files below the company's folder")

    @field_validator("hygiene")
    @classmethod
    def _known_stages(cls, hygiene: Hygiene, found: ValidationInfo) -> Hygiene:
        stages = ["all", "none", *found.data.get("funnel", Funnel()).stages]
        for field, stage in hygiene.required_from.items():
            if stage not in stages:
                told = f"one of {', '.join(stages)} in required_from.{field}, not {stage}{nearest(stage, stages)}"
                raise ValueError(told)
        return hygiene

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"a known time zone{nearest(zone, available_timezones())}")
        return zone

    @property
    def zone(self) -> ZoneInfo:
        """The business time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def keeps_tet(self) -> bool:
        """Whether Tết moves its sales: its business time is Vietnam's."""
        return self.time_zone in VIETNAM


def load_company(folder: Path) -> Company:
    """Read and validate `folder`/company.yaml; every fault is raised at once as one InputError."""
    path = folder / "company.yaml"
    if not path.is_file():
        raise InputError(
            Problem(str(path), "no such file", "a company.yaml", "name an existing company folder, such as data/demo")
        )
    return load_model(path, Company, path.name)


def load_model(path: Path, model: type[Model], shown: str) -> Model:
    """A YAML file as a validated model; faults name `shown` and the line."""
    text = path.read_text(encoding="utf-8")
    try:
        node, data = _read_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(
            Problem(f"{shown}{line}", str(getattr(error, "problem", error)), "YAML", "correct the file")
        ) from None
    lines = dict(_lines(node)) if node is not None else {}
    double = [
        Problem(f"{shown}, line {line}", f"the key {path[-1]} twice", "each key once", "remove one of them")
        for path, line in _double_keys(node)
    ]
    if double:
        raise InputError(double)
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise InputError(_problems(error, model, lines, shown)) from None


def _read_yaml(text: str) -> tuple[yaml.Node | None, Any]:
    """The nodes, which know their lines, and the data; a fault is told by the loader that words it better."""
    try:
        return yaml.compose(text, Loader=YAML), yaml.load(text, Loader=YAML)
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)


def line_numbers(path: Path) -> dict[tuple[Any, ...], int]:
    """The line of every key and list item of a YAML file, by its path: ('components', 0, 'tiers', 1) → 14."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=YAML)
    return dict(_lines(node)) if node is not None else {}


def resolve(folder: Path, company: Company, pattern: str, where: str = "company.yaml, sources") -> tuple[Path, str]:
    """The folder that a pattern starts from, and the pattern below it; `where` is for messages.

    'aw:*.csv' starts from the root named aw; everything else from the company's folder, which it cannot leave.
    """
    root, colon, rest = pattern.partition(":")
    if not colon:
        base, rest = folder, pattern
    elif root not in company.roots:
        raise InputError(
            Problem(
                where,
                f"root {root!r}{nearest(root, company.roots)}",
                "a root that company.yaml names under roots",
                "add it to roots or correct the pattern",
            )
        )
    else:
        base = Path(expand_root(root, company.roots[root]))
    if Path(rest).is_absolute() or ".." in Path(rest).parts:
        raise InputError(
            Problem(
                where,
                pattern,
                "a path that stays below the company's folder or a named root",
                "move the files or name a root for their folder",
            )
        )
    return base, rest


def find_files(folder: Path, company: Company, pattern: str, where: str = "company.yaml, sources") -> list[Path]:
    """The files that a pattern finds, by name; refused where a link among them leads outside."""
    base, rest = resolve(folder, company, pattern, where)
    found = [path for path in base.glob(rest) if path.is_file() and not path.name.startswith(("~$", "."))]
    return [_inside(folder, company, path, where) for path in sorted(found)]


def file_at(folder: Path, company: Company, name: str, where: str = "company.yaml, sources") -> Path:
    """The one file that `name` means, there or not, by the same rules."""
    base, rest = resolve(folder, company, name, where)
    return _inside(folder, company, base / rest, where)


def _inside(folder: Path, company: Company, path: Path, where: str) -> Path:
    """The path itself where it really lies below the company's folder or a named root, whatever links lead there."""
    roots = [Path(expand_root(name, root)) for name, root in company.roots.items() if _is_set(root)]
    if any(path.resolve().is_relative_to(place.resolve()) for place in (folder, *roots)):
        return path
    shown = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    expected = "a file that really lies below the company's folder or a named root"
    raise InputError(Problem(where, f"{shown}, a link that leads outside", expected, "put the file itself there"))


def expand_root(name: str, value: str) -> str:
    """A root with ${NAME} replaced from the environment; an unset variable is refused."""
    return from_environment(value, f"company.yaml, roots.{name}", "the folder of the files")


def from_environment(value: str, where: str, meant: str, written: Callable[[str], str] = str) -> str:
    """A text with each ${NAME} replaced from the environment, as `written` writes it; `meant` is for messages."""

    def of_environment(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            found = f"environment variable {match[1]} is not set"
            raise InputError(Problem(where, found, meant, f"set {match[1]} and run again"))
        return written(os.environ[match[1]])

    return re.sub(_VARIABLE, of_environment, value)


def _is_set(value: str) -> bool:
    return all(name in os.environ for name in re.findall(_VARIABLE, value))


def _lines(node: yaml.Node, path: tuple[Any, ...] = ()) -> Iterable[tuple[tuple[Any, ...], int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, key.value)
            yield from _lines(value, here)
            yield here, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _lines(item, (*path, i))


def _double_keys(node: yaml.Node | None, path: tuple[Any, ...] = ()) -> Iterable[tuple[tuple[Any, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield (*path, key.value), key.start_mark.line + 1
            seen.add(key.value)
            yield from _double_keys(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _double_keys(item, (*path, i))


def _problems(
    error: ValidationError, model: type[BaseModel], lines: dict[tuple[Any, ...], int], shown: str
) -> list[Problem]:
    """Every fault in the order of the lines; a missing key comes after the unknown one that looks like it."""
    problems: list[tuple[int, bool, Problem]] = []
    unknown = {tuple(f["loc"]) for f in error.errors() if f["type"] == "extra_forbidden"}
    for fault in _by_place(error, lines):
        loc = tuple(fault["loc"])
        mistyped = [key for key in unknown if fault["type"] == "missing" and _looks_like(key, loc)]
        known = [key for key in [*mistyped, *(loc[:n] for n in range(len(loc), -1, -1))] if key in lines]
        line = lines[known[0]] if known else 1
        where = f"{shown}, line {line}, {'.'.join(map(str, loc)) or 'file'}"
        problems.append((line, bool(mistyped), _told(fault, where, model)))
    return [problem for *_, problem in sorted(problems, key=lambda found: found[:2])]


def _by_place(error: ValidationError, lines: dict[tuple[Any, ...], int]) -> list[Any]:
    """The faults; of a value that may be of several types one, with all that was expected."""
    found = dict[tuple[Any, ...], Any]()
    for fault in error.errors():
        loc = tuple(fault["loc"])
        if fault["type"] not in ("missing", "extra_forbidden"):
            loc = next((loc[:n] for n in range(len(loc), 0, -1) if loc[:n] in lines), loc)
        msg = _expected(fault)
        msg = f"{found[loc]['msg']} or {msg}" if loc in found and msg not in found[loc]["msg"] else msg
        found[loc] = {**fault, "loc": loc, "msg": msg}
    return list(found.values())


def _told(fault: Any, where: str, model: type[BaseModel]) -> Problem:
    loc = tuple(fault["loc"])
    if fault["type"] == "extra_forbidden":
        siblings = _fields_at(model, loc[:-1])
        found = f"unknown key {loc[-1]}{nearest(str(loc[-1]), siblings)}"
        expected = f"one of {', '.join(siblings)}" if siblings else "no such key here"
        return Problem(where, found, expected, "correct or remove the key")
    if fault["type"] == "missing":
        return Problem(where, "nothing", f"the key {loc[-1]}", "add the key")
    found = _shown(fault["input"])
    return Problem(where, found or "nothing", fault["msg"], "correct the value")


def _shown(value: Any) -> str:
    """A value as a message shows it: short and without a password; of a section its keys."""
    if isinstance(value, dict):
        return f"the keys {', '.join(map(str, value))}"[:80]
    return "" if value is None else re.sub(_PASSWORD, r"\1\3***", str(value))[:80]


def _looks_like(unknown: tuple[Any, ...], missing: tuple[Any, ...]) -> bool:
    """Whether the unknown key is a mistyped form of the missing one beside it."""
    return unknown[:-1] == missing[:-1] and bool(nearest(str(unknown[-1]), [str(missing[-1])]))


def _expected(fault: Any) -> str:
    """A validator's message as what was expected: 'a valid integer', 'a known time zone', 'a text like [A-Z]{3}'."""
    if fault["type"] == "string_pattern_mismatch":
        return f"a text like {fault['ctx']['pattern'].strip('^$')}"
    return re.sub(r"^(Value error, |\w+ should be |(?=\w+ should ))", "", fault["msg"])


def _fields_at(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """Field names of the section that a path leads to, as far as the annotations tell."""
    current: Any = model
    for part in loc:
        field = getattr(current, "model_fields", {}).get(part)
        if field is not None:
            current = field.annotation
        candidates = [current, *getattr(current, "__args__", ())]
        for candidate in list(candidates):
            candidates += getattr(candidate, "__args__", ())
        models = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        current = models[0] if models else current
    return sorted(field.alias or name for name, field in getattr(current, "model_fields", {}).items())
