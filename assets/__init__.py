"""Dagster assets: load, call one function, tell. Only here parsers, matchers and store meet."""
