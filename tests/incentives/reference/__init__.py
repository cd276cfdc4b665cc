"""A second commission calculator: plain, slow, one person at a time, in decimals of fifty digits.

It reads a plan's YAML as plain dicts and a person's events as lists, and shares nothing with the library, which it is
compared with: two ways to the same money. Amounts are decimals of the currency (6600.00), days [start, end).

`crediting`: who is credited for which order · `earning`: from a person's credits to what a pay period earns ·
`paying`: from what was earned to what is paid · `numbers`, `days`: what all of them count with.
"""
