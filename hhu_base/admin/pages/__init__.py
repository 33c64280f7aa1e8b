"""The pages of the base: 教师用户, 系所, 用户组, 邮件, 操作日志."""

from hhu_base.admin.pages.audit_log import AuditAdmin
from hhu_base.admin.pages.departments import DepartmentAdmin
from hhu_base.admin.pages.groups import GroupAdmin
from hhu_base.admin.pages.mails import MailAdmin, mail_card
from hhu_base.admin.pages.users import UserAdmin


def includeme(config) -> None:
    config.add_model_admin(UserAdmin)
    config.include("hhu_base.admin.pages.importing")
    config.add_model_admin(DepartmentAdmin)
    config.add_model_admin(GroupAdmin)
    config.add_model_admin(MailAdmin)
    config.add_model_admin(AuditAdmin)
    config.add_admin_card(mail_card, permission="core.view")
