"""Games from the ledger of pay: points, levels, badges, leaderboards, contests, and the flags that watch over them.

`desk.league` holds everything of a period; the rules stand in the company's games.yaml.
"""

from revops.incentives.games.league import League

__all__ = ["League"]
