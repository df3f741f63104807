"""The Dagster code location: partitions, jobs, schedules, resources; nothing happens at import."""
