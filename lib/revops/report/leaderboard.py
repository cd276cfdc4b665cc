"""The league on a wall screen of 1920 × 1080, dark: ranks on attainment, never money earned.

    leaderboard.render(ws) -> str                the whole HTML file, in the workspace's language, no script

Reads what 04_incentives saved in the build (leaderboard, leaderboard_contest, leaderboard_news).
"""
