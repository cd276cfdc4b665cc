"""Attainment: what a person has of the quota of record, against the pace of the season, to the day `as_of`.

periods    on the quota's own days, also where these are irregular       people   a year of them: pace, projection, gap
interval   between which amounts the projection may end                  deals    what may still close the gap
teams · cells   by team path, territory, product group                   spread   how it is distributed
standing   all of it of one desk

The basis is credited revenue (`actuals.person_days`); a manager's is the team's on each day, where the company says so.
"""

from revops.quota.attainment.periods import scan_quotas
from revops.quota.attainment.standing import Standing

__all__ = ["Standing", "scan_quotas"]
