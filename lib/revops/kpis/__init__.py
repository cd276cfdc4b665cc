"""Measures of revenue, customers, recurring revenue, funnel and marketing; targets; findings."""
