"""Alembic's entry: runs the migrations on the connection that `tieout.store.migration` hands over.

There is no alembic.ini: the place of the scripts and the connection come from the caller, so that
nothing depends on the working directory.
"""

from alembic import context

from tieout.store.tables import load_metadata


def run_migrations() -> None:
    """Run the pending migrations inside the caller's transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=load_metadata(),
        render_as_batch=True,
        transactional_ddl=False,
    )
    context.run_migrations()


run_migrations()
