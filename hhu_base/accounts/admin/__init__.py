"""The pages of the base: 教师用户, 系所, 用户组, 邮件."""

from hhu_base.accounts.admin.departments import DepartmentAdmin
from hhu_base.accounts.admin.groups import GroupAdmin
from hhu_base.accounts.admin.users import UserAdmin
from hhu_base.mail.admin import MailAdmin, mail_card


def includeme(config) -> None:
    config.add_model_admin(UserAdmin)
    config.include("hhu_base.accounts.import_export.pages")
    config.add_model_admin(DepartmentAdmin)
    config.add_model_admin(GroupAdmin)
    config.add_model_admin(MailAdmin)
    config.add_admin_card(mail_card, permission="core.view")
