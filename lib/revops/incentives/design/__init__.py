"""Designing plans with finance: what a plan costs, for whom a draft changes what, and where it pays for nothing.

shape     what a rule pays, as straight pieces          chance   attainment learnt from its history and drawn again
"""
