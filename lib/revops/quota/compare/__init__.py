"""Scenarios side by side: back-tested, priced, shaken, held against capacity, and each number explained."""
