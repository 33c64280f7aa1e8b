"""The REST services of the accounts; the contract's section of the same name."""

from __future__ import annotations

import sqlalchemy as sa
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy.orm import joinedload

from hhu_base.accounts import shapes, signing_in, tokens
from hhu_base.accounts.schemas import SignInSchema
from hhu_base.models import Department, User
from hhu_base.rest import Refused, body, service

WRONG_PAIR = "无法使用提供的认证信息登录。"

get_token = service("auth.get-token", "/auth/get-token/", permission=NO_PERMISSION_REQUIRED)
current_user = service("current-user", "/current-user/")
departments = service("departments", "/departments/")


@get_token.post(validators=(body(SignInSchema),))
def sign_in(request):
    """A token for who knows the staff number and the password."""
    user = signing_in.find_by_password(request.db, **request.validated)
    if user is None:
        raise Refused(WRONG_PAIR)
    request.response.status_code = 201
    return {"token": tokens.issue(request.db, user.id, request.registry["token_lifetime"])}


@current_user.get()
def show_current_user(request):
    """Who is signed in."""
    return shapes.user(
        request.db.get_one(User, request.identity.user_id, options=[joinedload(User.department)])
    )


@departments.get()
def list_departments(request):
    """All departments, by name."""
    found = request.db.scalars(sa.select(Department).order_by(Department.name, Department.id))
    return [shapes.department(department) for department in found]
