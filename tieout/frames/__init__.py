"""Polars contracts that cross a folder border: one line of money, and what became of it."""
