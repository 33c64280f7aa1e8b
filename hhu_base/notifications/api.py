"""The REST services of one's own notices."""

from __future__ import annotations

from hhu_base.notifications import notices, serializers
from hhu_base.notifications.models import Notice
from hhu_base.rest import NotFound, paged, path_id, service
from hhu_base.rest.serializers import page_of

my_notices = service("notices", "/notices/")
all_read = service("notices.read-all", "/notices/read/")
one_read = service("notices.read", r"/notices/{id:\d+}/read/")


@my_notices.get(answers={200: page_of(serializers.NOTICE)})
def list_notices(request):
    """What the caller was told, the newest first."""
    found = notices.notices_of(request.identity.user_id)
    return paged(request, found, serializers.NOTICE)


@all_read.post(answers={200: serializers.MARKED})
def mark_all_read(request):
    """The caller has seen all of them."""
    count = notices.mark_read(request.db, request.identity.user_id)
    return serializers.MARKED({"marked": count})


@one_read.post(answers={200: serializers.NOTICE})
def mark_one_read(request):
    """The caller has seen this one."""
    notice = request.db.get(Notice, path_id(request))
    if notice is None or notice.user_id != request.identity.user_id:
        raise NotFound
    notices.mark_read(request.db, notice.user_id, notice.id)
    request.db.refresh(notice)
    return serializers.NOTICE(notice)
