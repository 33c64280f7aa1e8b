"""Staff numbers that look the same are one: their common form, held unique."""

import unicodedata

import sqlalchemy as sa

from alembic import op

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None

# As hhu_base.values.identifiers had it then; a test compares the two.
_LOOK_ALIKES = str.maketrans(
    {
        **dict(zip("авсдԁеһіјкӏмнорԛѕтуѵԝхҝ", "abcddehijklmhopqstyvwxk", strict=True)),
        **dict(zip("αβεζηικμνορτυχγϳϲ", "abezhikmnoptyxyjc", strict=True)),
        "ё": "e",
        "ї": "i",
        "ı": "i",
    }
)
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\u034f")


def skeleton(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = "".join(letter for letter in text if not _is_invisible(letter)).strip()
    return unicodedata.normalize("NFKC", text.casefold()).translate(_LOOK_ALIKES)


def _is_invisible(letter: str) -> bool:
    kind = unicodedata.category(letter)
    is_selector = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    is_control = kind == "Cc" and not letter.isspace()
    return letter in _BLANK or kind == "Cf" or is_control or is_selector


def upgrade() -> None:
    op.add_column("core_users", sa.Column("username_skeleton", sa.Text()))
    connection = op.get_bind()
    taken = set()
    rows = []
    for user_id, username in connection.execute(
        sa.text("SELECT id, username FROM core_users ORDER BY id")
    ):
        form = skeleton(username)
        # Of those who look the same already, the first has it; the others go on without one.
        if form not in taken:
            taken.add(form)
            rows.append({"id": user_id, "form": form})
    if rows:
        connection.execute(
            sa.text("UPDATE core_users SET username_skeleton = :form WHERE id = :id"), rows
        )
    op.create_unique_constraint(
        "uq_core_users_username_skeleton", "core_users", ["username_skeleton"]
    )


def downgrade() -> None:
    op.drop_column("core_users", "username_skeleton")
