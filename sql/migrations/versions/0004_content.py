"""What a file says, to know it again when its sender makes it anew.

Before: files are known by their bytes. After: nothing is known of the content of earlier files
until they are read again.
"""

from alembic import op
from sqlalchemy import Column

from tieout.store.metadata import Sha256

revision = "0004_content"
down_revision = "0003_runs_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the digest of the content."""
    with op.batch_alter_table("inbound_file") as table:
        table.add_column(Column("content_sha256", Sha256, nullable=True))
        table.create_index("ix_inbound_file_content", ["feed", "content_sha256"])
