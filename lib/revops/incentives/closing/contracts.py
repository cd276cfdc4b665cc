"""The tables of closing. Those of the record are append-only CSV files below <company>/record/; each row names the
period that it belongs to and the day it was made on. A run sees the rows of its own period and of earlier ones.
"""

import dataframely as dy


class PayVersions(dy.Schema):
    """One row per person and month: the month that is paid, and every closed month that has changed since.

    Of the month that is paid: owed_in + after + differences of the other rows + adjusted = paid + owed_out.
    """

    person_id = dy.String(primary_key=True, description="who is paid")
    month_on = dy.Date(primary_key=True, description="first day of the pay month")
    name = dy.String(description="name")
    version = dy.Int64(description="version of the month's result that stands once the period is closed, from 1")
    before_version = dy.Int64(nullable=True, description="version that stood until then; null: the month is open")
    before_amount = dy.Int64(description="what that version came to")
    after_amount = dy.Int64(description="what today's tables give, before corrections; where they fail, what stood")
    adjusted_amount = dy.Int64(description="adjustments by hand, of the month that is paid")
    owed_in_amount = dy.Int64(description="corrections that earlier payments could not take, mostly ≤ 0")
    paid_amount = dy.Int64(description="what is paid, of the month that is paid")
    owed_out_amount = dy.Int64(description="corrections left for later payments, mostly ≤ 0")
    fault = dy.String(nullable=True, description="why a payment is stopped, or why what was closed stands")


class Closed(dy.Schema):
    """One row per closed period, in order; the files lie in record/closed/<period>/."""

    period = dy.String(primary_key=True, description="closed pay month, as 2026-10")
    made_on = dy.Date(description="day it was closed on")
    by = dy.String(nullable=True, description="person who closed it")
    as_of = dy.Date(description="last day that its run knew")
    inputs_id = dy.String(description="hash of all that its run read, as in its run.json")
    people = dy.Int64(description="people with a payment, held ones included")
    paid_amount = dy.Int64(description="what all are paid, money units")
    changes = dy.Int64(description="results of earlier months that got a new version with it")
    held = dy.String(nullable=True, description="people held by name, whose payment waits")
    approved_by = dy.String(nullable=True, description="people who approved exactly this result")
    sha256 = dy.String(description="hash of this row, of its files and of the row before")


class Adjustments(dy.Schema):
    """One row per adjustment by hand, paid with its period; or per order released from review."""

    period = dy.String(description="pay month in which it is paid")
    made_on = dy.Date(description="day it was written")
    person_id = dy.String(nullable=True, description="whose pay it changes; null: the release of an order")
    adjusted_amount = dy.Int64(nullable=True, description="what it adds to the payment, money units")
    order_id = dy.String(nullable=True, description="order that is released from review, wherever it waits")
    dispute = dy.Int64(nullable=True, description="number of the dispute that it accepts")
    reason = dy.String(description="why")
    by = dy.String(description="person who decided it")
    row = dy.Int64(primary_key=True, description="row number in the file, as a spreadsheet shows it")


class Disputes(dy.Schema):
    """One row per dispute opened or refused; one is accepted by the adjustment that names it."""

    period = dy.String(description="pay month of the line in question")
    made_on = dy.Date(description="day it was written")
    dispute = dy.Int64(description="number of the dispute, from 1")
    person_id = dy.String(description="whose payment it is about")
    line = dy.String(description="line of the payment, as 2026-10/NV-0101/7")
    state = dy.Enum(["open", "refused"], description="open: its question; refused: the answer")
    reason = dy.String(description="why")
    by = dy.String(description="person who asks or answers")
    row = dy.Int64(primary_key=True, description="row number in the file, as a spreadsheet shows it")


class Approvals(dy.Schema):
    """One row per approval of one run's result of a period."""

    period = dy.String(description="pay month")
    made_on = dy.Date(description="day it was approved")
    by = dy.String(description="person who approves")
    inputs_id = dy.String(description="hash of all that the run read, as in its run.json")
    results_id = dy.String(description="hash of its tables of pay: another result needs another approval")
    row = dy.Int64(primary_key=True, description="row number in the file, as a spreadsheet shows it")
