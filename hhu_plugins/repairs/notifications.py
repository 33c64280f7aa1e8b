"""The texts of the mails about repairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from hhu_base.models import User
from hhu_plugins.repairs.models import NOBODY, STATUS_NAMES, RepairRequest

STATUS_KIND = "repairs.status"
# What the button of a notice says.
LOOK, CONFIRM = "查看报修", "确认并评价"


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str
    cause: str
    kind: str


@dataclass(frozen=True)
class Notifier:
    """Writes in the zone of the site, with links to its address."""

    public_url: str
    zone: tzinfo

    def for_recipients(self, request: RepairRequest, event: str, remark: str = "") -> Letter:
        """To those who look after repairs: ``event`` is 新报修, 报修已撤回, …"""
        place = " ".join(request.location.split())
        lines = [
            f"报修人：{self._person(request.user)}",
            f"时间：{self._moment(request.created_at)}",
            f"分类：{_category(request)}",
            f"地点：{request.location}",
            f"描述：\n{request.description}",
        ]
        if remark:
            lines.append(f"原因：\n{remark}")
        lines.append(f"处理该报修：{self.public_url}{_path(request)}")
        subject = f"【{event}】{_category(request)}：{place}"
        return Letter(subject, "\n\n".join(lines) + "\n", _path(request), "repairs.request")

    def for_reporter(self, request: RepairRequest, by: User | None, remark: str) -> Letter:
        """To the one who reported it: its status has changed."""
        status = STATUS_NAMES[request.status]
        name = request.user.fullname if request.user else NOBODY
        lines = [
            f"{name}，您好！",
            f"您于 {self._moment(request.created_at)} 提交的报修现在的状态是：{status}。",
            f"地点：{request.location}\n分类：{_category(request)}\n描述：{request.description}",
        ]
        if remark:
            lines.append(f"备注：{remark}")
        if by is not None:
            lines.append(f"处理人：{by.fullname}")
        subject = f"【报修{status}】{' '.join(request.location.split())}"
        return Letter(subject, "\n\n".join(lines) + "\n", _path(request), STATUS_KIND)

    def _moment(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def _person(self, user: User | None) -> str:
        if user is None:
            return NOBODY
        known = (user.fullname, user.username, user.phone or user.tel)
        return " ".join(part for part in known if part)


def _category(request: RepairRequest) -> str:
    return request.category.name if request.category else "未分类"


def _path(request: RepairRequest) -> str:
    return f"/admin/repairs/requests/{request.id}/"


def page_of(request: RepairRequest) -> str:
    """The page of its reporter about it."""
    return f"/app/repairs/{request.id}/"
