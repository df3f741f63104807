"""Dagster assets: load, call one function, return with metadata. Parsers, matchers and store meet here."""
