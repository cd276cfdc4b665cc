"""How much: `methods` makes a top number from past years, `top` parts it over the factors.

`metrics` is what can be counted, `plans` the account plans from the bottom up.
"""
