"""What ideas mean, as vectors, to find those that repeat an earlier one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    vector = sa.Column(
        "vector", sa.LargeBinary, comment="of title and description; 32-bit floats of length 1, little-endian"
    )
    model = sa.Column(
        "vector_model", sa.Text, comment="whose vector it is: those of others can't be compared"
    )
    for column in (vector, model):
        op.add_column("ideas", column, schema="ideas")
