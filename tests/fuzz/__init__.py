"""Fuzzing of every format: what holds for any bytes (contract), what to start from (seeds).

    python -m tests.fuzz mt940 --runs 1000000
    python -m tests.fuzz all --seconds 60

needs atheris (libFuzzer; the coverage of `parsers` guides it). What breaks the contract is kept in
tests/fixtures/crashers/FORMAT/ and tried again by tests/parsers/test_crashers.py, without atheris.
"""
