"""The commands close, approve, adjust and dispute, over real runs of a company whose pay is one sum a month."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from revops import pipeline
from revops.cli import main
from revops.incentives.closing import closings, disputes
from revops.run import staging
from revops.workspace import root

from .conftest import Tiny

PEOPLE = """import polars as pl
from revops.tables import schema_of
from revops.workspace import open_workspace
ws = open_workspace("01_ingest", company, period, as_of, language, build)
ws.save("import_log", pl.DataFrame({"month": [period]}))
people = [{"person_id": who, "name": who} for who in ("NV-1", "NV-2", "NV-9")]
ws.save("people", pl.DataFrame(people, schema=schema_of("people")))
ws.save("orders", pl.DataFrame([{"order_id": "O1"}], schema=schema_of("orders")))
ws.write_notes()"""
PAY = """from datetime import date
import polars as pl
from revops.incentives.closing import Past, adjustments, closings, settled
from revops.incentives.earnings import Payment
from revops.incentives.payments.items import Item
from revops.incentives.payouts import PersonMonth
from revops.problems import Problem
from revops.workspace import open_workspace
ws = open_workspace("04_incentives", company, period, as_of, language, build)
through = ws.period.last_month
months = []
for month, person, amount in pl.read_csv(ws.folder / "pay.csv", schema_overrides={"amount": pl.String}).rows():
    if month <= through:
        on = date.fromisoformat(month + "-01")
        stopped = [Problem(f"plan A, {person}, {month}", "no quota", "one", "add it")] if amount == "stopped" else []
        payment = None if stopped else Payment([], [], [Item("draw", int(amount))])
        months.append(PersonMonth(person, person, "", "", None, None, on, None, payment=payment, problems=stopped))
past = Past.of(closings(ws.folder, through), adjustments(ws.folder, through))
found = settled(months, past, ws.period.start)
now = [p for p in found.months if p.month_on == ws.period.start]
rows = {"person_id": [p.person_id for p in now], "month_on": [p.month_on for p in now],
        "paid_amount": [p.paid for p in now], "fault": [str(p.problems[0]) if p.problems else None for p in now]}
ws.save("pay_statements", pl.DataFrame(rows, schema_overrides={"paid_amount": pl.Int64, "fault": pl.String}))
lines = [(p.person_id, p.month_on, n, item.kind, item.amount)
         for p in now if p.paid is not None for n, item in enumerate(p.payment.items, 1)]
ws.save("pay_lines", pl.DataFrame(lines, ["person_id", "month_on", "line_no", "kind", "pay_amount"], orient="row"))
ws.save("pay_versions", found.versions)
ws.check("closing.check", found.left, found.right)
for problem in [*(q for p in now for q in p.problems), *found.faults]:
    ws.fault(problem)
ws.write_notes()"""


class Shop(Tiny):
    """A company whose pay stands in a file."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.replace("01_ingest", PEOPLE)
        self.replace("04_incentives", PAY)

    @classmethod
    def at(cls, folder: Path) -> "Shop":
        """One that was made before."""
        made = cls.__new__(cls)
        made.folder, made.company, made.notebooks = folder, folder / "acme", folder / "notebooks"
        return made

    def pays(self, **months: dict[str, object]) -> None:
        """What each person's month comes to, from today's data: m09={"NV-1": 6600}."""
        rows = [f"2026-{month[1:]},{who},{amount}" for month, sums in months.items() for who, amount in sums.items()]
        (self.company / "pay.csv").write_text("\n".join(["month,person,amount", *rows]) + "\n")

    def run(self, period: str, **options: object) -> None:
        pipeline.run(self.company, period, **self.places, **options)

    def say(self, command: str, *options: str) -> tuple[int, str]:
        """Exit status and all that a command says."""
        names = ("reports", "build", "notebooks") if command == "close" else ("reports",)
        places = [word for name in names for word in (f"--{name}", str(self.places[name]))]
        said = CliRunner().invoke(main, [command, str(self.company), *options, *places])
        return said.exit_code, said.output

    def close(self, period: str, *options: str) -> tuple[int, str]:
        return self.say("close", "--period", period, "--on", "2026-12-01", *options)

    def statement(self, period: str) -> dict[str, int | None]:
        table = closings(self.company).table(period, "pay_statements")
        return dict(table.select("person_id", "paid_amount").rows())


@pytest.fixture(scope="module", autouse=True)
def pages_and_code() -> Iterator[None]:
    """No pages of pay, which need more than sums; and a library that counts as unchanged while it is edited."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("revops.run.render.pay", lambda *_: None)
        patched.setattr("revops.run.payroll.write_payroll", lambda *_: None)
        patched.setattr("revops.run.manifest.code_id", lambda: "code")
        yield


@pytest.fixture(scope="module")
def september(tmp_path_factory: pytest.TempPathFactory, pages_and_code: None) -> Path:
    made = Shop(tmp_path_factory.mktemp("september"))
    made.pays(m09={"NV-1": 6_600, "NV-2": 50})
    made.run("2026-09")
    return made.folder


@pytest.fixture
def shop(tmp_path: Path, september: Path) -> Shop:
    """September is run and open."""
    shutil.copytree(september, tmp_path, symlinks=True, dirs_exist_ok=True)
    return Shop.at(tmp_path)


OTHERS = {"m10": {"NV-1": 1_000, "NV-2": 50}, "m11": {"NV-1": 10, "NV-2": 50}}


def test_closing_says_what_was_closed(shop: Shop) -> None:
    told = "2026-09 closed on 2026-12-01 by NV-9: 2 people, 6,650 VND\n"
    assert shop.close("2026-09", "--by", "NV-9") == (
        0, f"{told}Next: revops run … --period 2026-09 hands out what was closed\n",
    )  # fmt: skip
    assert CliRunner().invoke(main, ["close", str(shop.company), "--list"]).output == told


def test_a_late_order_is_paid_in_the_next_period_and_once(shop: Shop) -> None:
    shop.close("2026-09")
    shop.pays(m09={"NV-1": 7_000, "NV-2": 50}, **OTHERS)
    shop.run("2026-10")
    assert shop.close("2026-10")[1].startswith(
        "2026-10 closed on 2026-12-01: 2 people, 1,450 VND; 1 change of earlier months, 400 VND\n"
    )
    assert (shop.statement("2026-09")["NV-1"], shop.statement("2026-10")["NV-1"]) == (6_600, 1_400)
    shop.run("2026-11")
    shop.close("2026-11")
    assert shop.statement("2026-11")["NV-1"] == 10


def test_a_run_does_not_see_what_was_closed_after_its_period(shop: Shop) -> None:
    """October gives the same before and after November, which pays a further difference of September, is closed."""
    shop.close("2026-09")
    shop.pays(m09={"NV-1": 7_000, "NV-2": 50}, **OTHERS)
    shop.run("2026-10")
    before = pl.read_parquet(shop.report / "restricted/tables/pay_versions.parquet")
    shop.close("2026-10")
    shop.pays(m09={"NV-1": 7_500, "NV-2": 50}, **OTHERS)
    shop.run("2026-11")
    shop.close("2026-11")
    assert shop.statement("2026-11")["NV-1"] == 510
    assert closings(shop.company, "2026-10").periods == ["2026-09", "2026-10"]
    assert closings(shop.company).table("2026-10", "pay_versions").equals(before)


def test_a_range_is_closed_one_after_another_by_one_command_and_goes_on_where_it_stopped(shop: Shop) -> None:
    shop.pays(m09={"NV-1": 6_600, "NV-2": 50}, **OTHERS)
    options = ["--close", "--by", "NV-9", *(w for k, v in shop.places.items() for w in (f"--{k}", str(v)))]
    first = CliRunner().invoke(main, ["run", str(shop.company), "--period", "2026-09..2026-10", *options])
    assert first.exit_code == 0, first.output
    again = CliRunner().invoke(main, ["run", str(shop.company), "--period", "2026-09..2026-11", *options])
    assert again.exit_code == 0, again.output
    assert "2026-09: closed on " in again.stderr
    assert closings(shop.company).periods == ["2026-09", "2026-10", "2026-11"]
    assert [sum(shop.statement(p).values()) for p in closings(shop.company).periods] == [6_650, 1_050, 60]
    assert closings(shop.company).index["changes"].to_list() == [0, 0, 0]


def test_who_is_held_is_closed_at_nothing_and_paid_later(shop: Shop) -> None:
    assert "; held: NV-1\n" in shop.close("2026-09", "--hold", "NV-1", "--by", "NV-9")[1]
    assert shop.statement("2026-09") == {"NV-1": None, "NV-2": 50}
    kept = closings(shop.company)
    assert kept.table("2026-09", "pay_lines")["person_id"].to_list() == ["NV-2"]
    fault = kept.table("2026-09", "pay_statements").filter(person_id="NV-1")["fault"].item()
    assert fault == "held when the period was closed, by NV-9"
    shop.pays(m09={"NV-1": 6_600, "NV-2": 50}, **OTHERS)
    shop.run("2026-10")
    shop.close("2026-10")
    assert shop.statement("2026-10")["NV-1"] == 7_600


def test_while_a_fault_stands_the_person_must_be_held_by_name(shop: Shop) -> None:
    shop.pays(m09={"NV-1": 6_600, "NV-2": "stopped"})
    shop.run("2026-09")
    assert shop.close("2026-09") == (
        2,
        "2026-09, NV-2: found no quota (plan A, NV-2, 2026-09), expected no fault, or the person held by name. "
        "Next: correct it and run again, or close with --hold NV-2.\n",
    )
    assert shop.close("2026-09", "--hold", "NV-2")[0] == 0
    assert shop.statement("2026-09") == {"NV-1": 6_600, "NV-2": None}


def test_what_vanished_stands_is_told_and_does_not_hinder_closing(shop: Shop) -> None:
    shop.close("2026-09")
    shop.pays(m10={"NV-1": 1_000, "NV-2": 50}, m09={"NV-2": 50})
    shop.run("2026-10")
    assert [fault["found"] for fault in json.loads((shop.report / "run.json").read_text())["faults"]] == [
        "no payment to compare with"
    ]
    code, said = shop.close("2026-10")
    assert (code, shop.statement("2026-10")["NV-1"]) == (0, 1_000)
    assert "warning: closed 2026-09, NV-1: found no payment to compare with, expected" in said


def test_a_changed_input_after_the_run_must_be_run_and_looked_at_again(shop: Shop) -> None:
    shop.pays(m09={"NV-1": 6_601, "NV-2": 50})
    assert shop.close("2026-09") == (
        2,
        "period 2026-09: found inputs that changed after its run, expected those of the run. "
        "Next: run the period again, look at it, then close: revops run … --period 2026-09.\n",
    )
    shop.run("2026-09")
    assert shop.close("2026-09")[0] == 0


def test_a_run_before_the_end_of_the_period_is_not_closed(shop: Shop) -> None:
    shop.run("2026-09", as_of="2026-09-29")
    assert shop.close("2026-09") == (
        2,
        "period 2026-09: found a run as of 2026-09-29, expected one that knows all of it, to 2026-09-30. "
        "Next: run the period first: revops run … --period 2026-09.\n",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--period", "2026-10"],
         "period 2026-10: found no finished run, expected reports of the period. "
         "Next: run the period first: revops run … --period 2026-10."),
        (["--period", "2026-Q3"],
         "--period: found 2026-Q3, expected a pay month, as 2026-10. Next: name each month."),
        (["--by", "NV-99"],
         "--by: found NV-99 (did you mean NV-9?), expected a person_id of the company. Next: name one."),
        (["--hold", "NV-9"],
         "--hold: found NV-9 (did you mean NV-2?), expected a person_id with a payment or a fault in 2026-09. "
         "Next: name one."),
        (["--on", "tomorrow"], "--on: found tomorrow, expected a day as 2026-11-05. Next: correct the day."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_nothing_closed(shop: Shop, options: list[str], message: str) -> None:
    assert shop.close("2026-09", *options) == (2, f"{message}\n")
    assert closings(shop.company).periods == []


def test_tables_that_the_run_did_not_write_are_not_closed(shop: Shop) -> None:
    path = shop.places["reports"] / "acme/2026-09/restricted/tables/pay_lines.parquet"
    pl.read_parquet(path).with_columns(pl.col("pay_amount") + 1).write_parquet(path)
    assert "2026-09, pay_lines: found not the table that the run wrote" in shop.close("2026-09")[1]


def test_a_closed_period_is_not_closed_again(shop: Shop) -> None:
    shop.close("2026-09", "--by", "NV-9")
    assert shop.close("2026-09") == (
        2,
        "period 2026-09: found closed on 2026-12-01 by NV-9, expected an open period. "
        "Next: correct it in the open period: revops adjust … --period 2026-10.\n",
    )


def test_while_a_run_is_at_work_nothing_is_closed(shop: Shop) -> None:
    shelf = staging.Shelf(shop.places["reports"] / "acme", "2026-09")
    with staging.lock(shelf.lock_file, "2026-09"):
        assert shop.close("2026-09") == (
            1, "2026-09: another run of this period is at work; wait until it has ended\n",
        )  # fmt: skip


def test_a_full_disk_is_told_and_closes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "record/closed/.2026-09/pay_lines.parquet")

    monkeypatch.setattr("shutil.copyfile", full)
    assert shop.close("2026-09") == (
        1, "record/closed/.2026-09/pay_lines.parquet: No space left on device; nothing was written\n",
    )  # fmt: skip
    assert closings(shop.company).periods == []


def test_killed_at_any_moment_it_is_closed_whole_or_not_at_all(shop: Shop) -> None:
    places = [word for name, path in shop.places.items() for word in (f"--{name}", str(path))]
    close = ["close", str(shop.company), "--period", "2026-09", *places]
    code = "from revops.run import manifest; manifest.code_id = lambda: 'code'; from revops.cli import main; main()"
    command = [sys.executable, "-c", code, *close]
    environment = {**os.environ, "PYTHONPATH": str(root() / "lib")}
    for wait in (0.9, 1.2, 1.5, 1.8):
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        assert closings(shop.company).periods in ([], ["2026-09"])
    if not closings(shop.company).periods:
        assert shop.close("2026-09")[0] == 0
    assert shop.statement("2026-09") == {"NV-1": 6_600, "NV-2": 50}
    assert len(closings(shop.company).index) == 1


# --- approvals --------------------------------------------------------------------------------------------------------

APPROVED_BY_TWO = "incentives: {approvers: [NV-9, NV-2]}\n"


def test_a_period_is_closed_when_all_have_approved_exactly_its_result(shop: Shop) -> None:
    with (shop.company / "company.yaml").open("a") as file:
        file.write(APPROVED_BY_TWO)
    shop.run("2026-09")
    approve = ("approve", "--period", "2026-09", "--on", "2026-10-05", "--by")
    assert shop.say(*approve, "NV-9")[1].startswith("2026-09: approved by NV-9, run ")
    assert shop.close("2026-09") == (
        2,
        "period 2026-09: found no approval of this result by NV-2, expected approvals by NV-9, NV-2. "
        "Next: revops approve … --period 2026-09 --by NV-2.\n",
    )
    assert shop.say(*approve, "NV-1") == (
        2, "--by: found NV-1 (did you mean NV-9?), expected a person_id who may approve. Next: name one.\n",
    )  # fmt: skip
    shop.say(*approve, "NV-2")
    shop.pays(m09={"NV-1": 6_601, "NV-2": 50})
    shop.run("2026-09")
    assert "no approval of this result by NV-9, NV-2" in shop.close("2026-09")[1]
    for person in ("NV-9", "NV-2"):
        shop.say(*approve, person)
    assert shop.close("2026-09")[0] == 0
    assert closings(shop.company).of("2026-09")["approved_by"] == "NV-2 NV-9"


# --- adjustments and disputes -----------------------------------------------------------------------------------------

ADJUST = ("adjust", "--period", "2026-09", "--on", "2026-10-05", "--by", "NV-9")
OF_ONE = ("--person", "NV-1", "--amount", "-500", "--reason", "Overpaid in August.")


def test_an_adjustment_is_paid_by_the_next_run_of_its_period(shop: Shop) -> None:
    assert shop.say(*ADJUST, *OF_ONE) == (
        0, "2026-09: NV-1 -500 VND, by NV-9 (Overpaid in August.); the next run of 2026-09 pays it\n",
    )  # fmt: skip
    assert "inputs that changed after its run" in shop.close("2026-09")[1]
    shop.run("2026-09")
    shop.close("2026-09")
    assert shop.statement("2026-09")["NV-1"] == 6_100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--amount", "0"], "--amount: found 0, expected an amount of VND as it can be paid, not 0."),
        (["--amount", "1.5"], "--amount: found 1.5, expected an amount of VND as it can be paid, not 0."),
        (["--amount", "much"], "--amount: found much, expected an amount of VND as it can be paid, not 0."),
        (["--person", "NV-11"], "--person: found NV-11 (did you mean NV-1?), expected a person_id of the company."),
        (["--by", ""], "--by: found nobody, expected a person_id of the company."),
        (["--by", "NV-1"], "--by: found NV-1, expected somebody else than who is paid."),
        (["--reason", " "], "--reason: found nothing, expected why."),
        (["--release", "O1"], "--person with --amount, or --release: found both, expected one of the two."),
        (["--dispute", "3"], "--dispute: found 3, expected a dispute: there is none."),
        (["--period", "2026-10"], "period 2026-10: found no finished run, expected reports of the period."),
    ],
)
def test_an_adjustment_that_is_wrong_is_refused(shop: Shop, options: list[str], message: str) -> None:
    code, said = shop.say(*ADJUST, *OF_ONE, *options)
    assert (code, said.split(" Next:")[0]) == (2, message)
    assert not (shop.company / "record/adjustments.csv").exists()


def test_an_order_that_nobody_knows_is_not_released(shop: Shop) -> None:
    assert shop.say(*ADJUST, "--release", "O2", "--reason", "Looked at.") == (
        2, "--release: found O2, expected an order of the company. Next: name it as its lines do.\n",
    )  # fmt: skip
    assert shop.say(*ADJUST, "--release", "O1", "--reason", "Looked at.")[0] == 0


def test_the_same_command_twice_is_not_paid_twice(shop: Shop) -> None:
    shop.say(*ADJUST, *OF_ONE)
    assert shop.say(*ADJUST, *OF_ONE) == (
        2,
        "--reason: found the same adjustment, made on 2026-10-05 by NV-9, expected an adjustment of its own. "
        "Next: give its own reason.\n",
    )


def test_a_closed_period_is_not_adjusted(shop: Shop) -> None:
    shop.close("2026-09", "--by", "NV-9")
    assert shop.say(*ADJUST, *OF_ONE) == (
        2,
        "--period 2026-09: found closed on 2026-12-01 by NV-9, expected an open period. "
        "Next: adjust the open one: --period 2026-10.\n",
    )


DISPUTE = ("dispute", "--on", "2026-10-06", "--by", "NV-1", "--reason", "The order was mine.")
ANSWER = ("--on", "2026-10-07", "--by", "NV-9")


def state(shop: Shop) -> list[tuple[object, ...]]:
    return disputes(shop.company).select("dispute", "line", "state", "answered_by", "adjusted_amount").rows()


def test_a_dispute_is_open_until_it_is_answered_with_an_adjustment_or_a_reason(shop: Shop) -> None:
    line = "2026-09/NV-1/1"
    assert shop.say(*DISPUTE, "--line", line) == (
        0,
        "dispute 1 about 2026-09/NV-1/1 is open. Next: revops adjust … --dispute 1, or revops dispute … --refuse 1\n",
    )
    shop.say(*DISPUTE, "--line", line)
    assert shop.say("dispute", "--refuse", "2", "--reason", "Twice.", *ANSWER)[1] == (
        "dispute 2 is refused by NV-9: Twice.\n"
    )
    amount = ("--person", "NV-1", "--amount", "70", "--reason", "It was.")
    assert shop.say(*ADJUST, *amount, "--person", "NV-2", "--dispute", "1") == (
        2,
        "--person: found NV-2, dispute 1, expected NV-1, whose line it is about. "
        "Next: name that person, or another dispute.\n",
    )
    assert shop.say(*ADJUST, *amount, "--dispute", "1")[0] == 0
    assert state(shop) == [(1, line, "accepted", "NV-9", 70), (2, line, "refused", "NV-9", None)]
    assert shop.say(*ADJUST, *amount, "--reason", "Again.", "--dispute", "1")[1] == (
        "--dispute: found dispute 1, accepted on 2026-10-05 by NV-9, expected an open dispute. "
        "Next: open another one: revops dispute.\n"
    )


def test_a_line_of_no_statement_cannot_be_disputed(shop: Shop) -> None:
    assert shop.say(*DISPUTE, "--line", "2026-09/NV-1/7") == (
        2,
        "--line: found 2026-09/NV-1/7 (did you mean 2026-09/NV-1/1?), expected a line of a statement. "
        "Next: name its line.\n",
    )
