"""What finders are told, by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from hhu_base.models import User
from hhu_lostfound.models import Thing

KIND = "lostfound.thing"


@dataclass(frozen=True)
class Notification:
    subject: str
    body: str
    cause: str


@dataclass(frozen=True)
class Notifier:
    """Writes in the zone of the site."""

    zone: tzinfo

    def claimed(self, thing: Thing, claimer: User) -> Notification:
        who = " ".join(
            part for part in (claimer.fullname, claimer.phone or claimer.tel, claimer.email) if part
        )
        return self._write(
            thing,
            "有人认领",
            f"认领人：{who}",
            f"留言：\n{thing.message}",
            "请与认领人联系，核对后归还。",
        )

    def handed_on(self, thing: Thing) -> Notification:
        return self._write(
            thing, "已移交", "一直无人认领，请把它交到学院办公室，由办公室转交保卫处。"
        )

    def _write(self, thing: Thing, event: str, *lines: str) -> Notification:
        found = f"{thing.found_at.astimezone(self.zone):%Y-%m-%d %H:%M}"
        first = f"您于 {found} 在{thing.place}拾到的“{thing.name}”{event}。"
        body = "\n\n".join([f"{thing.finder.fullname}，您好！", first, *lines]) + "\n"
        return Notification(
            f"【失物招领】{thing.name}：{event}", body, f"/admin/lostfound/things/{thing.id}/"
        )
