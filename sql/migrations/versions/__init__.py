"""Alembic migrations, forward only: `tieout db upgrade` runs what is missing."""
