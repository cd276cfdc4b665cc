"""Games from the ledger of pay: points, levels, badges, leaderboards, contests, and the flags that watch over them.

`desk.league` holds everything of a period; the rules stand in the company's games.yaml.

the rules     `rules`; each with its key, meaning and default
the ledger    `deals` (a person's part of an order) → `points` (given, vested, taken back)
standings     `ranks`, `board` (and what of it may be shown), `badges`, `contests`
the watch     `flags` (what honest books seldom show, by `chance`), `watch` (what passes a tier and comes back)
"""

from revops.incentives.games.league import League

__all__ = ["League"]
