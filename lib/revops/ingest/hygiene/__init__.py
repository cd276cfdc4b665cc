"""Can the CRM be trusted? Rules over its records as they stood on a day, what to put right, and a score per object.

checkup = hygiene.check(ws, loaded)     # saves hygiene_findings, hygiene_rules, hygiene_scores
examine(Records(tables, quarantine, company, as_of))     # the same facts without a workspace
"""

from revops.ingest.hygiene.check import Checkup, examine
from revops.ingest.hygiene.records import Records
from revops.ingest.hygiene.rules import OBJECTS, RULES
from revops.ingest.hygiene.telling import check, evidence, fix

__all__ = ["OBJECTS", "RULES", "Checkup", "Records", "check", "evidence", "examine", "fix"]
