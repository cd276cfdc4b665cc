"""A period against others: which ones there are, and why revenue differs from them.

references     plan, the period before, last year, last year by Tết, January and February together
bridge         volume, price, mix, discounts, returns and currency: they sum to the difference
currency       what exchange rates moved
movers         which customers moved it: new, back, more, less, lost
contributions  what each part of a dimension adds to a difference, of amounts and of rates
"""

from revops.kpis.periods import bridge, contributions, references

__all__ = ["bridge", "contributions", "references"]
