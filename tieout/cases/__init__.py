"""Discrepancy cases: breaks that a person works on, opened and closed exactly once."""
