"""Writers of the formats that we read: for the simulated world, for round trips, for benchmarks.

They import nothing of `parsers/`, so that a mistake in our reading cannot hide behind the same one
in our writing.
"""
