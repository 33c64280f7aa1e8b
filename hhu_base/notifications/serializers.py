"""What goes out about notices."""

from __future__ import annotations

from hhu_base.rest.serializers import ID, Object, instant, list_of, text, whole_number, yes_no

LINK = Object(
    "NoticeLink",
    title=text("去看看").of(lambda link: link["title"]),
    path=text("/app/inbox/").of(lambda link: link["path"]),
)
NOTICE = Object(
    "Notice",
    id=ID,
    kind=text("rooms.reservation"),
    subject=text("【预约变更】勤学楼 101"),
    body=text("您的会议室预约有变更。"),
    links=list_of(LINK),
    created_at=instant(),
    is_read=yes_no().of(lambda notice: notice.read_at is not None),
)
MARKED = Object(
    "MarkedNotices",
    marked=whole_number(2, description="原来未读的通知有几条").of(lambda row: row["marked"]),
)
