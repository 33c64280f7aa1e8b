"""The REST services of guides; the contract's section of the same name."""

from __future__ import annotations

from sqlalchemy.orm import joinedload

from hhu_base.mail import allowance
from hhu_base.rest import NotFound, must_accept_json, path_id, query, service
from hhu_base.rest.serializers import NOTHING, Body, Header, file, list_of
from hhu_plugins.guides import downloads, library, mail_delivery, serializers
from hhu_plugins.guides.models import Guide
from hhu_plugins.guides.schemas import SearchSchema

_HEADERS = {
    "ETag": "文件的版本。",
    "Accept-Ranges": "bytes：可以分段下载。",
    "Content-Disposition": "文件名。",
}
_MAIL_ANSWERS = {
    200: NOTHING,
    400: [mail_delivery.NO_ADDRESS, mail_delivery.BAD_ADDRESS],
    429: [allowance.TOO_MANY],
}
_FILE_ANSWERS = {
    200: file("*/*", "文件，类型是文件自己的。", **_HEADERS),
    206: file("*/*", "文件的一段。", **_HEADERS, Content_Range="哪一段，共有多少。"),
    304: Body(description="与客户端已有的相同。"),
    416: Body(description="文件没有所要的这一段。", headers={"Content-Range": "共有多少。"}),
}

guides = service("guides", "/guides/")
guide = service("guide", r"/guides/{id:\d+}/")
mailing = service("guide.email", r"/guides/{id:\d+}/email/")


@guides.get(validators=(query(SearchSchema),), answers={200: list_of(serializers.GUIDE)})
def list_guides(request):
    """All guides, or those in whose name or file the search occurs, newest first."""
    found = library.searched(request.validated["search"]).options(joinedload(Guide.category))
    return list_of(serializers.GUIDE)(request.db.scalars(found))


@guide.get(
    exclude=must_accept_json,
    reads=[
        Header("Range", "只要一段。", "bytes=0-1023"),
        Header("If-None-Match", "上次得到的 ETag。", '"0123abcd"'),
    ],
    answers=_FILE_ANSWERS,
)
def download(request):
    """The file of a guide, or a part of it."""
    return downloads.respond(request, path_id(request))


@mailing.get(answers=_MAIL_ANSWERS)
@mailing.post(idempotent=True, answers=_MAIL_ANSWERS)
def send_by_mail(request):
    """Send the file to the caller's address; answered as soon as the mail can't be lost.

    To an address that its owner has still to confirm it goes after that.
    """
    is_found = mail_delivery.send(
        request.db,
        path_id(request),
        request.identity.user_id,
        max_bytes=request.registry["mail.max_attachment_bytes"],
        most_an_hour=request.registry["mail.a_person_an_hour"],
        only_asks=request.method == "HEAD",
    )
    if not is_found:
        raise NotFound
    # 200 with an empty body, as the mini-program expects it; JSON has no empty text.
    request.response.content_type = None
    return request.response
