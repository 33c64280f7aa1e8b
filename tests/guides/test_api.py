"""The contract's section: the list, the download, the mail."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import QUEUED, Mail

from .conftest import PDF


def headers_of(answer) -> dict:
    return {name.lower(): value for name, value in answer.headerlist}


def test_the_list_is_plain_and_newest_first(mine, add_guide, category):
    first, second = add_guide("一.pdf"), add_guide("二.pdf")
    listed = mine.get("/guides/").json
    assert [one["id"] for one in listed] == [second.id, first.id]
    created = listed[0].pop("created")
    assert listed[0] == {
        "id": second.id,
        "name": "二",
        "category": {"id": category.id, "name": "财务"},
    }
    assert created.endswith("+08:00")


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("", ["B_100%说明", "差旅报销", "abc"]),
        ("报销", ["差旅报销"]),
        ("旅 销", ["差旅报销"]),
        ("ABC", ["abc"]),
        ("100%", ["B_100%说明"]),
        ("%", ["B_100%说明"]),
        ("_", ["B_100%说明"]),
        ("\\", []),
        ("b", ["B_100%说明", "abc"]),
        ("没有", []),
        ("  ", ["B_100%说明", "差旅报销", "abc"]),
    ],
)
def test_a_search_finds_parts_of_the_name(mine, add_guide, search, names):
    for name in reversed(["B_100%说明", "差旅报销", "abc"]):
        add_guide(f"{name}.pdf")
    assert [one["name"] for one in mine.get("/guides/", {"search": search}).json] == names


def test_a_nul_in_a_search_is_a_field_error(mine):
    assert "search" in mine.get("/guides/", {"search": "a\0"}, status=400).json


def test_a_file_is_downloaded_whole(mine, add_guide, version_of, session):
    guide = add_guide('国家基金 申报"指南".pdf')
    answer = mine.get(f"/guides/{guide.id}/")
    assert answer.body == PDF
    headers = headers_of(answer)
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(PDF))
    assert headers["etag"] == f'"{version_of(guide).digest}"'
    assert headers["accept-ranges"] == "bytes"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-cache"
    name = quote('国家基金 申报"指南".pdf')
    assert headers["content-disposition"] == (
        f"attachment; filename=\"____ ______.pdf\"; filename*=UTF-8''{name}"
    )
    assert guide.downloads == 1
    assert mine.get(f"/guides/{guide.id}").body == PDF


def test_a_text_comes_as_it_was_stored_without_a_charset_that_may_be_wrong(mine, add_guide):
    content = "文字".encode("gb18030")
    answer = mine.get(f"/guides/{add_guide('一.txt', content).id}/")
    assert (answer.body, answer.headers["Content-Type"]) == (content, "text/plain")


def test_whatever_a_client_accepts_it_gets_the_file(mine, add_guide):
    guide = add_guide()
    mine.get(f"/guides/{guide.id}/", headers={"Accept": "application/pdf"})
    mine.get(f"/guides/{guide.id}/", headers={"Accept": "image/png"})


def test_head_tells_all_but_the_content(mine, add_guide, session):
    guide = add_guide()
    answer = mine.client.head(f"/guides/{guide.id}/", headers={"Range": "bytes=0-1"})
    assert (answer.status_code, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(PDF))
    session.expire_all()
    assert guide.downloads == 0


@pytest.mark.parametrize(
    ("asked", "part", "content_range"),
    [
        ("bytes=0-0", PDF[:1], "bytes 0-0/{size}"),
        ("bytes=0-99", PDF[:100], "bytes 0-99/{size}"),
        ("bytes=5-", PDF[5:], "bytes 5-{last}/{size}"),
        ("bytes=-10", PDF[-10:], "bytes {tail}-{last}/{size}"),
        ("bytes=-999999", PDF, "bytes 0-{last}/{size}"),
        ("bytes=10-999999", PDF[10:], "bytes 10-{last}/{size}"),
        ("Bytes=3-5", PDF[3:6], "bytes 3-5/{size}"),
    ],
)
def test_a_part_is_sent(mine, add_guide, asked, part, content_range):
    answer = mine.get(f"/guides/{add_guide().id}/", status=206, headers={"Range": asked})
    size = len(PDF)
    assert answer.body == part
    assert answer.headers["Content-Length"] == str(len(part))
    assert answer.headers["Content-Range"] == content_range.format(
        size=size, last=size - 1, tail=size - 10
    )


@pytest.mark.parametrize("asked", [f"bytes={len(PDF)}-", "bytes=999999-1000000", "bytes=-0"])
def test_a_part_behind_the_end_is_refused(mine, add_guide, asked):
    guide = add_guide()
    answer = mine.get(f"/guides/{guide.id}/", status=416, headers={"Range": asked})
    assert answer.headers["Content-Range"] == f"bytes */{len(PDF)}"
    assert answer.body == b""


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=a-b", "bytes=", "lines=0-5", "bytes=0-1,5-6", "x", "bytes=--5"]
)
def test_a_range_that_is_none_or_several_gets_the_whole(mine, add_guide, asked):
    answer = mine.get(f"/guides/{add_guide().id}/", headers={"Range": asked})
    assert answer.body == PDF


@pytest.mark.parametrize("is_current", [True, False])
def test_a_part_is_for_who_has_the_rest_of_this_version(mine, add_guide, version_of, is_current):
    guide = add_guide()
    etag = f'"{version_of(guide).digest}"' if is_current else '"another"'
    headers = {"Range": "bytes=5-", "If-Range": etag}
    answer = mine.get(f"/guides/{guide.id}/", status=206 if is_current else 200, headers=headers)
    assert answer.body == (PDF[5:] if is_current else PDF)


@pytest.mark.parametrize(
    ("sent", "status"),
    [('"{}"', 304), ('W/"{}"', 304), ('"x", "{}"', 304), ("*", 304), ('"x"', 200), ("x", 200)],
)
def test_who_has_it_already_is_told_so(mine, add_guide, version_of, session, sent, status):
    guide = add_guide()
    digest = version_of(guide).digest
    headers = (
        {"If-None-Match": sent.format(digest), "Range": "bytes=0-0"}
        if status == 304
        else {"If-None-Match": sent.format(digest)}
    )
    answer = mine.get(f"/guides/{guide.id}/", status=status, headers=headers)
    assert answer.headers["ETag"] == f'"{digest}"'
    assert answer.body == (b"" if status == 304 else PDF)
    assert guide.downloads == (1 if status == 200 else 0)


def test_a_download_in_parts_counts_once(mine, add_guide, session):
    guide = add_guide()
    for part in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
        mine.get(f"/guides/{guide.id}/", status=206, headers={"Range": part})
    assert guide.downloads == 1


def test_a_file_that_is_gone_from_the_disk_is_not_found(mine, add_guide, shelf, version_of):
    guide = add_guide()
    shelf.store.remove(version_of(guide).digest)
    assert mine.get(f"/guides/{guide.id}/", status=404).json == {"detail": "未找到。"}


@pytest.mark.parametrize("number", ["0", "999999999", str(2**64), "１"])
@pytest.mark.parametrize("end", ["", "email/"])
def test_what_is_not_there_is_not_found(mine, shelf, number, end):
    path = quote(f"/guides/{number}/{end}")
    assert mine.get(path, status=404).json == {"detail": "未找到。"}


def test_one_that_is_asked_for_twice_under_one_key_is_mailed_once(
    mine, add_guide, teacher, session
):
    teacher.email = "t0001@hhu.example"
    path = f"/guides/{add_guide().id}/email/"
    for _ in range(2):
        mine.post(path, status=200, headers={"Idempotency-Key": "once"})
    assert len(session.scalars(sa.select(Mail)).all()) == 1
    mine.post(path, status=200, headers={"Idempotency-Key": "twice"})
    assert len(session.scalars(sa.select(Mail)).all()) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_guide_is_mailed(mine, add_guide, teacher, session, version_of, method):
    teacher.email = "t0001@hhu.example"
    guide = add_guide()
    session.flush()
    answer = mine.client.request(f"/guides/{guide.id}/email/", method=method, status=200)
    assert answer.body == b""
    session.expire_all()
    mail = session.scalars(sa.select(Mail)).one()
    assert (mail.status, mail.to_address, mail.to_name) == (QUEUED, "t0001@hhu.example", "褚杰")
    assert mail.subject == "【服务指南】报销流程"
    [file] = mail.attachments
    assert (file.store, file.reference) == ("guides", version_of(guide).digest)
    assert (file.name, file.type, file.size) == ("报销流程.pdf", "application/pdf", len(PDF))
    assert (guide.mails, guide.downloads) == (1, 0)


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        (None, "您的账户尚未绑定邮箱。"),
        ("", "您的账户尚未绑定邮箱。"),
        ("nonsense", "您绑定的邮箱地址不正确，请先修改。"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_an_address_nothing_is_promised(
    mine, add_guide, teacher, session, method, email, sentence
):
    teacher.email = email
    guide = add_guide()
    answer = mine.client.request(f"/guides/{guide.id}/email/", method=method, status=400)
    assert answer.json == {"detail": sentence}
    assert session.scalar(sa.select(sa.func.count(Mail.id))) == 0
    session.expire_all()
    assert guide.mails == 0


def test_a_file_that_is_too_large_for_a_mail_is_refused(
    app, mine, add_guide, teacher, session, monkeypatch
):
    teacher.email = "t0001@hhu.example"
    guide = add_guide("一.txt", b"x" * 3000)
    monkeypatch.setitem(app.registry, "mail.max_attachment_bytes", 2048)
    answer = mine.post(f"/guides/{guide.id}/email/", status=400)
    assert answer.json == {"detail": "文件太大（2.9 KB），邮件附件不能超过 2 KB，请直接下载。"}


def test_the_mail_arrives_with_the_file_although_the_guide_is_deleted(
    app, mine, add_guide, teacher, session, run_task, shelf, monkeypatch, tmp_path
):
    from email import message_from_bytes, policy

    from hhu_base.mail.transports import FolderTransport
    from hhu_plugins.guides import library

    office = app.registry["mail.office"]
    monkeypatch.setattr(office, "transport", FolderTransport(tmp_path / "mail"))
    teacher.email = "t0001@hhu.example"
    guide = add_guide()
    mine.post(f"/guides/{guide.id}/email/", status=200)
    library.delete(session, [guide.id])
    run_task("guides.sweep_files")
    run_task("core.send_mails")
    [path] = (tmp_path / "mail").iterdir()
    [file] = message_from_bytes(path.read_bytes(), policy=policy.default).iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("报销流程.pdf", PDF)


def test_head_sends_nothing(mine, add_guide, teacher, mails):
    teacher.email = "t0001@hhu.example"
    guide = add_guide()
    mine.call(mine.client.head, f"/guides/{guide.id}/email/", status=200)
    mine.call(mine.client.head, f"/guides/{guide.id + 1}/email/", status=404)
    assert (mails(), guide.mails) == ([], 0)


def test_nobody_has_himself_sent_too_many(mine, add_guide, teacher, mails, app, monkeypatch):
    monkeypatch.setitem(app.registry, "mail.a_person_an_hour", 2)
    teacher.email = "t0001@hhu.example"
    guide = add_guide()
    path = f"/guides/{guide.id}/email/"
    mine.post(path, status=200)
    mine.get(path)
    answer = mine.post(path, status=429)
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert answer.json["detail"] == "您索取的邮件太多，请过一会儿再试。"
    assert (len(mails()), guide.mails) == (2, 2)
    mails()[0].created_at = datetime.now(UTC) - timedelta(minutes=61)
    mine.post(path, status=200)


def test_to_a_new_address_nothing_is_sent_before_it_is_confirmed(mine, add_guide, mails):
    guide = add_guide()
    me = {"first_name": "杰", "last_name": "褚", "email": "new@qq.example"}
    mine.put("/current-user/", me)
    mine.post(f"/guides/{guide.id}/email/", status=200)
    link, file = mails()
    assert (link.status, file.status, file.to_address) == ("queued", "held", "new@qq.example")


@pytest.mark.parametrize("path", ["/guides/", "/guides/1/", "/guides/1/email/"])
def test_nobody_gets_in_without_a_token(api, path):
    assert api.get(path, status=401).json == {"detail": "身份认证信息未提供。"}


@pytest.mark.parametrize(("path", "method"), [("/guides/", "POST"), ("/guides/1/", "DELETE")])
def test_other_methods_are_told_what_is_allowed(mine, path, method):
    assert "GET" in mine.client.request(path, method=method, status=405).headers["Allow"]


@pytest.mark.parametrize("search", ["差旅费", "差\u00ad旅费", "vpn设置", "ＶＰＮ设置", "使用方案"])
def test_what_reads_alike_is_found_in_names_and_contents(mine, add_guide, version_of, search):
    add_guide("差\u200b旅\u200b费 ＶＰＮ设置 使⽤⽅案.pdf")
    assert len(mine.get("/guides/", {"search": search}).json) == 1
    guide = add_guide("另一个.pdf")
    version_of(guide).text = "差\u200b旅\u200b费 ＶＰＮ设置 使⽤⽅案"
    assert len(mine.get("/guides/", {"search": search}).json) == 2
