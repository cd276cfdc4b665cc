"""Designing plans with finance: what a plan costs, for whom a draft changes what, and where it pays for nothing.

study     the last twelve pay months on today's plans and on drafts: where a notebook starts
asked     what a person's components would pay at any attainment, and one more deal; `shape` its straight pieces
cost      of a plan at every attainment · `moved`: a plan with its terms turned
chance    attainment learnt from its history and drawn again · `spread`: the total as a distribution
drafts    today against a draft, person by person · `gaps`: pay for nothing · `bases`: tiers on other bases, `deals`
"""
