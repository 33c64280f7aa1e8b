"""The administrators' pages of the accounts: 教师, 系所, 用户组, 权限一览."""

from hhu_base.accounts.admin.departments import DepartmentAdmin
from hhu_base.accounts.admin.groups import GroupAdmin
from hhu_base.accounts.admin.users import UserAdmin


def includeme(config) -> None:
    config.add_model_admin(UserAdmin)
    config.add_model_admin(DepartmentAdmin)
    config.add_model_admin(GroupAdmin)
    config.include("hhu_base.accounts.admin.rights")
