"""Closing: what was paid stands; what changes later is paid as a difference, in the period that is open by then.

contracts     the tables                    closings      record/closed/<period>/, written once, never changed
"""
