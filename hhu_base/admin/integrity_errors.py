"""What the database refused, in the words of the form."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError


def as_errors(error: IntegrityError, admin) -> dict[str, list[str]]:
    """Field → sentences; a sentence about no single field has an empty name."""
    table = admin.model.__table__
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    for constraint in table.constraints:
        if constraint.name != name:
            continue
        columns = [column.name for column in constraint.columns]
        titles = "、".join(admin.label_of(column) for column in columns)
        if isinstance(constraint, sa.UniqueConstraint):
            if len(columns) == 1:
                return {columns[0]: [f"已经有相同{titles}的{admin.title}。"]}
            return {columns[-1]: [f"已经有{titles}都相同的{admin.title}。"]}
        if isinstance(constraint, sa.ForeignKeyConstraint):
            return {columns[0]: ["所选的记录不存在，可能刚刚被删除。"]}
    return {"": ["数据库拒绝了这些内容，请检查各字段是否互相矛盾。"]}
