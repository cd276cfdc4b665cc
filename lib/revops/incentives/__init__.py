"""Incentives: plans, credits, payouts, statements, and the league."""
