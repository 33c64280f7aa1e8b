"""The texts of the mails about repairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from hhu_base.models import User
from hhu_plugins.repairs.models import NOBODY, SOLVED, STATUS_NAMES, RepairRequest

STATUS_KIND, ASSIGNED_KIND = "repairs.status", "repairs.assigned"
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
    """Writes in the zone of the site, with links to its address.

    ``confirm_after``: how long a reporter has to say that it is not solved; None: for ever.
    """

    public_url: str
    zone: tzinfo
    confirm_after: timedelta | None = None

    def for_recipients(self, request: RepairRequest, event: str, remark: str = "") -> Letter:
        """To those who look after repairs: ``event`` is 新报修, 报修已撤回, …"""
        lines = self._facts(request)
        if remark:
            lines.append(f"原因：\n{remark}")
        path = office_page_of(request)
        lines.append(f"处理该报修：{self.public_url}{path}")
        subject = f"【{event}】{_category(request)}：{_place(request)}"
        return Letter(subject, "\n\n".join(lines) + "\n", path, "repairs.request")

    def for_person_in_charge(
        self, request: RepairRequest, event: str, by: User, remark: str = ""
    ) -> Letter:
        """To who looks after it, or did: ``event`` is 报修转派给您, 报修已转给王师傅, …"""
        lines = [f"{by.fullname}：{event}。", *self._facts(request)]
        if remark:
            lines.append(f"备注：\n{remark}")
        subject = f"【{event}】{_category(request)}：{_place(request)}"
        return Letter(subject, "\n\n".join(lines) + "\n", office_page_of(request), ASSIGNED_KIND)

    def for_reporter(self, request: RepairRequest, by: User | None, remark: str) -> Letter:
        """To the one who reported it: its status has changed."""
        status = STATUS_NAMES[request.status]
        said = f"您于 {self._moment(request.created_at)} 提交的报修现在的状态是：{status}。"
        lines = [*_greeting(request), said, _what(request)]
        if remark:
            lines.append(f"备注：{remark}")
        if by is not None:
            lines.append(f"处理人：{by.fullname}")
        if request.status == SOLVED and self.confirm_after is not None:
            lines.append(
                f"如果没有修好，请在 {self.confirm_after.days} 天以内说明；到时没有答复，就视为已经修好。"
            )
        return self._to_reporter(request, f"报修{status}", lines)

    def note(self, request: RepairRequest, by: User, text: str) -> Letter:
        """To the one who reported it: the office says something about it."""
        lines = [
            *_greeting(request),
            f"您于 {self._moment(request.created_at)} 提交的报修有新的留言：",
            text,
            f"留言人：{by.fullname}",
            _what(request),
        ]
        return self._to_reporter(request, "报修留言", lines)

    def entered(self, request: RepairRequest, by: User) -> Letter:
        """To the one who told it by telephone: it is known."""
        said = f"{by.fullname}已为您登记报修，有进展会通知您。"
        return self._to_reporter(request, "报修已登记", [*_greeting(request), said, _what(request)])

    def _to_reporter(self, request: RepairRequest, event: str, lines: list[str]) -> Letter:
        body = "\n\n".join(lines) + "\n"
        return Letter(f"【{event}】{_place(request)}", body, office_page_of(request), STATUS_KIND)

    def _facts(self, request: RepairRequest) -> list[str]:
        return [
            f"报修人：{self._person(request.user)}",
            f"时间：{self._moment(request.created_at)}",
            f"分类：{_category(request)}",
            f"地点：{request.location}",
            f"描述：\n{request.description}",
        ]

    def _moment(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def _person(self, user: User | None) -> str:
        if user is None:
            return NOBODY
        known = (user.fullname, user.username, user.phone or user.tel)
        return " ".join(part for part in known if part)


def _greeting(request: RepairRequest) -> list[str]:
    return [f"{request.user.fullname if request.user else NOBODY}，您好！"]


def _what(request: RepairRequest) -> str:
    return f"地点：{request.location}\n分类：{_category(request)}\n描述：{request.description}"


def _place(request: RepairRequest) -> str:
    return " ".join(request.location.split())


def _category(request: RepairRequest) -> str:
    return request.category.name if request.category else "未分类"


def office_page_of(request: RepairRequest) -> str:
    """The page of the office about it."""
    return f"/admin/repairs/requests/{request.id}/"


def page_of(request: RepairRequest) -> str:
    """The page of its reporter about it."""
    return f"/app/repairs/{request.id}/"
