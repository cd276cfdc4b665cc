"""Territories, quotas, attainment: who owns what, how much is asked, how far they are."""
