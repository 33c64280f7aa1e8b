"""The base's tables: the people of the college, what they sign in with, what is kept of their doing."""

from hhu_base.models.people import (
    Department,
    Group,
    GroupPermission,
    User,
    UserPermission,
    group_users,
)
from hhu_base.models.records import AuditEntry, IdempotencyKey, PeopleImport, TakenRecord
from hhu_base.models.sign_in import (
    EmailConfirmation,
    LogoutToken,
    PasswordLink,
    ProviderSession,
    SignInCode,
    SignInPlace,
    SignInTry,
    Token,
)

__all__ = [
    "AuditEntry",
    "Department",
    "EmailConfirmation",
    "Group",
    "GroupPermission",
    "IdempotencyKey",
    "LogoutToken",
    "PasswordLink",
    "PeopleImport",
    "ProviderSession",
    "SignInCode",
    "SignInPlace",
    "SignInTry",
    "TakenRecord",
    "Token",
    "User",
    "UserPermission",
    "group_users",
]
