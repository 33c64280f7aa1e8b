"""邮件: what was sent, what waits, what was given up; and a card of the home page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import colander
import sqlalchemy as sa
from markupsafe import Markup

from hhu_base.admin.model_admin import Action, Badge, Column, ModelAdmin
from hhu_base.mail import outbox
from hhu_base.mail.answers import explain
from hhu_base.mail.models import CONFIRMATION, FAILED, HELD, QUEUED, SECRET, SENT, STORED, Mail
from hhu_base.rest import Text
from hhu_base.values.form_fields import Choice
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web import display

STATUSES = (
    (QUEUED, Badge("等待发送", "warn")),
    (HELD, Badge("等待确认邮箱", "warn")),
    (SENT, Badge("已发送", "good")),
    (STORED, Badge("已存为文件（未寄出）", "calm")),
    (FAILED, Badge("发送失败", "bad")),
)
_LINES = 5


class MailSchema(colander.MappingSchema):
    """Nothing of it can be edited: it is for looking at."""

    subject = Text(max_length=500, missing="", title="主题")
    body = Text(missing="", title="正文")
    status = Choice(STATUSES, title="状态")
    to_address = Text(title="收件地址")


def send_again(request, row: Mail) -> None:
    if not outbox.send_again(request.db, row):
        raise Refusal(f"“{row.subject}”的收件人现在没有可以收信的邮箱。", TOGETHER)


def can_be_sent_again(mail: Mail) -> bool:
    """A link that confirms an address is good for once: a new one has to be asked for."""
    return mail.status == FAILED and mail.kind != CONFIRMATION


class MailAdmin(ModelAdmin):
    """邮件"""

    path = "/admin/core/mails/"
    model = Mail
    schema = MailSchema
    columns = (
        "subject",
        Column("to_address", "收件人", value=lambda mail: recipient(mail), sort=("to_address",)),
        "status",
        "attempts",
        "created_at",
        Column("sent_at", "发出时间", value=lambda mail: when_sent(mail), sort=("sent_at",)),
        Column(
            "last_error",
            "错误",
            value=lambda mail: explain(mail.last_error)[0],
            sort=("last_error",),
        ),
    )
    search = ("search_key",)
    filters = ("status", "created_at")
    card = ("subject", "to_address", "status", "sent_at")
    unit = "封"
    labels = {
        "attempts": "尝试次数",
        "created_at": "写信时间",
    }
    actions = (
        Action(
            "send-again",
            "重新发送",
            send_again,
            confirm="邮件会重新排队，按原来的内容发往收件人现在的邮箱。",
            is_for=can_be_sent_again,
            is_in_list=True,
            icon="send",
        ),
    )
    icon = "envelope"
    menu_order = 10
    can_add = can_change = can_delete = False

    def shown(self, request, name: str, value: Any) -> Any:
        return dict(STATUSES).get(value, value) if name == "status" else value

    def read(self, request, row: Mail) -> dict[str, Any]:
        # What a link is good for is told to nobody but its recipient.
        return super().read(request, row) | {"body": row.body.replace(SECRET, "……")}

    def label(self, row: Mail) -> str:
        return row.subject or f"#{row.id}"

    def form_schema(self, request, row) -> colander.MappingSchema:
        from deform.widget import TextAreaWidget

        schema = self.schema().clone()
        del schema["status"], schema["to_address"]
        schema["body"].widget = TextAreaWidget(rows=18)
        return schema

    def facts(self, request, row: Mail) -> Sequence[tuple[str, Any]]:
        names = [file.name for file in row.attachments]
        facts = [
            ("状态", dict(STATUSES)[row.status]),
            ("收件人", recipient(row)),
            ("尝试次数", str(row.attempts)),
            ("写信时间", display.site_time(request, row.created_at)),
            ("发出时间", display.text_of(request, when_sent(row))),
            ("附件", "、".join(names)),
        ]
        if row.status == QUEUED and row.last_error:
            facts.append(("下次尝试", display.site_time(request, row.next_attempt_at)))
        if row.last_error:
            facts.append(("错误", folded(*explain(row.last_error))))
        if row.cause:
            facts.append(("缘由", Markup('<a href="{}">相关的记录</a>').format(row.cause)))
        return facts


def folded(sentence: str, original: str) -> str | Markup:
    """The sentence, and behind it what was said literally."""
    if not original:
        return sentence
    return Markup("<details><summary>{}</summary><code>{}</code></details>").format(
        sentence, original
    )


def when_sent(mail: Mail) -> datetime | None:
    return mail.sent_at if mail.status == SENT else None


def recipient(mail: Mail) -> str:
    return f"{mail.to_name} {mail.to_address}".strip()


def mail_card(request) -> dict[str, Any] | None:
    """Mails that were given up, and where mails land if there is no mail server."""
    failed = outbox.count_failed(request.db)
    folder = request.registry["mail.office"].folder
    if not failed and folder is None:
        return None
    card: dict[str, Any] = {"title": "邮件", "icon": "envelope", "lines": []}
    if failed:
        found = request.db.scalars(
            sa.select(Mail).where(Mail.status == FAILED).order_by(Mail.id.desc()).limit(_LINES)
        )
        card |= {
            "figure": failed,
            "text": "封发送失败",
            "url": f"{MailAdmin.path}?f.status={FAILED}",
            "lines": [
                {
                    "text": mail.subject or f"#{mail.id}",
                    "url": f"{MailAdmin.path}{mail.id}/",
                    "note": f"{recipient(mail)} · {explain(mail.last_error)[0]}",
                }
                for mail in found
            ],
            "more": f"还有 {failed - _LINES} 封" if failed > _LINES else "",
        }
    if folder is not None:
        what = "邮件不会真的发出，只存为文件。请转告系统管理员。"
        card["lines"].append({"text": "没有设置邮件服务器", "note": what})
    return card


def includeme(config) -> None:
    config.add_model_admin(MailAdmin)
    config.add_admin_card(mail_card, permission="core.view")
