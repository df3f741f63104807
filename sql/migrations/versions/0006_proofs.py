"""Which proof a row of `run_proof` is, and of which reconciliation.

Before: conservation, absorbed tolerances and notes, told apart by their names. After: each row says
which proof it is, and the proofs of a date are found without reading all of them.
"""

from alembic import op
from sqlalchemy import Column

from tieout.store.metadata import Identifier, identifier

revision = "0006_proofs"
down_revision = "0005_decisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and name what is there."""
    with op.batch_alter_table("run_proof") as table:
        table.add_column(Column("proof", identifier(16), nullable=True))
        table.add_column(Column("reconciliation", Identifier, nullable=True))
    op.execute("UPDATE run_proof SET proof = 'conservation'")
    op.execute("UPDATE run_proof SET proof = 'tolerance' WHERE name LIKE 'tolerance spent%'")
    op.execute("UPDATE run_proof SET proof = 'note' WHERE name = 'not tried'")
    op.execute(
        "UPDATE run_proof SET reconciliation = COALESCE((SELECT MIN(generation.reconciliation)"
        " FROM generation WHERE generation.leg = run_proof.leg), '')"
    )
    with op.batch_alter_table("run_proof") as table:
        table.alter_column("proof", existing_type=identifier(16), nullable=False)
        table.alter_column("reconciliation", existing_type=Identifier, nullable=False)
    op.create_index("ix_run_proof_date", "run_proof", ["business_date", "fence"])
    op.create_index("ix_run_proof_fence", "run_proof", ["fence"])
