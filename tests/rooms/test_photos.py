"""Photos of rooms: uploaded on the room's page, kept as files, shown there and by REST."""

from __future__ import annotations

import io
import os
import time
from functools import cache

import pytest
import sqlalchemy as sa
from PIL import Image, ImageDraw
from webtest import Upload

from hhu_base.documents import photos as documents_photos
from hhu_base.documents import reader
from hhu_base.documents.file_store import FileStore
from hhu_base.models import AuditEntry
from hhu_base.web import responses
from hhu_plugins.rooms import photos
from hhu_plugins.rooms.models import Meetingroom, Photo

ROOMS = "/admin/rooms/meetingrooms/"


def picture(text: str = "1", width: int = 900, height: int = 600, kind: str = "PNG", **options):
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).text((20, 20), text, fill="black")
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@cache
def pictures(text: str) -> photos.Pictures:
    return photos.read(picture(text))  # Once: it starts a process.


@pytest.fixture
def store(app, tmp_path, monkeypatch) -> FileStore:
    """The application's store is an empty folder."""
    store = FileStore(tmp_path / "rooms")
    monkeypatch.setitem(app.registry, "rooms.photo_store", store)
    return store


@pytest.fixture
def add_photo(session, store, room):
    """``add_photo("2")``: a stored photo that shows this text."""

    def add(text: str = "1", in_room: Meetingroom = room) -> Photo:
        photo = photos.add(session, store, in_room.id, pictures(text), by_user_id=None)
        assert photo is not None
        return photo

    return add


@pytest.fixture
def upload(admin, store, room):
    """``upload(("a.png", content), …)``: on the room's page; the page after it."""

    def upload(*files: tuple[str, bytes]):
        page = admin.get(f"{ROOMS}{room.id}/")
        form = page.forms["photos-form"]
        token = form["csrf_token"].value
        content = [("csrf_token", token), *(("file", Upload(*each)) for each in files)]
        answer = admin.post(form.action, content)
        assert answer.location.endswith(f"{ROOMS}{room.id}/#photos")
        return admin.get(f"{ROOMS}{room.id}/")

    return upload


class TestUploads:
    def test_several_at_once_are_made_anew_and_shown(self, upload, session, room, store, admin):
        page = upload(("一.png", picture("1")), ("二.jpg", picture("2", 3000, 2000, "JPEG")))
        first, second = photos.of_room(session, room.id)
        assert (first.width, first.height, second.width, second.height) == (900, 600, 1600, 1067)
        shown = [each["src"] for each in page.html.select(".photos img")]
        assert shown == [f"{ROOMS}{room.id}/photos/{each.id}/small.jpg" for each in (first, second)]
        small = Image.open(io.BytesIO(store.path_of(second.small).read_bytes()))
        assert (small.format, small.size) == ("JPEG", (480, 320))
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(each.action, each.after) for each in entries] == [
            ("上传照片", {"照片": "一.png"}),
            ("上传照片", {"照片": "二.jpg"}),
        ]
        row = admin.get(ROOMS).html.select_one("tbody tr")
        assert "2 张" in row.get_text()

    def test_what_is_refused_does_not_stop_the_others(self, upload, session, room):
        page = upload(
            ("图.svg", b"<svg onload='alert(1)'/>"),
            ("好.png", picture()),
            ("空.png", b""),
            ("坏.jpg", picture(kind="JPEG")[:-300]),
            ("再.png", picture()),
        )
        text = page.html.get_text()
        assert "没有上传“图.svg”：不是能识别的图片" in text
        assert "已上传“好.png”。" in text
        assert f"没有上传“空.png”：{photos.EMPTY}" in text
        assert f"没有上传“坏.jpg”：{reader.DAMAGED_IMAGE}" in text
        assert f"没有上传“再.png”：{photos.KNOWN}" in text
        assert len(photos.of_room(session, room.id)) == 1

    def test_too_large_ones_are_refused(self, upload, monkeypatch):
        monkeypatch.setattr(documents_photos, "MAX_BYTES", 10)
        assert photos.TOO_LARGE in upload(("大.png", picture())).html.get_text()

    def test_a_room_has_so_many_at_most(self, add_photo, monkeypatch, upload, session, room):
        monkeypatch.setattr(photos, "MOST", 2)
        for text in "12":
            add_photo(text)
        assert photos.TOO_MANY in upload(("三.png", picture("3"))).html.get_text()
        assert len(photos.of_room(session, room.id)) == 2

    def test_without_a_file_it_says_so(self, admin, room, store):
        page = admin.get(f"{ROOMS}{room.id}/")
        admin.post(
            f"{ROOMS}{room.id}/photos",
            {"csrf_token": page.forms["photos-form"]["csrf_token"].value},
        )
        assert "请选择照片。" in admin.get(f"{ROOMS}{room.id}/").html.get_text()

    def test_a_room_that_is_gone_gets_none(self, admin, room, store, session):
        page = admin.get(f"{ROOMS}{room.id}/")
        token = page.forms["photos-form"]["csrf_token"].value
        path = f"{ROOMS}{room.id}/photos"
        session.delete(room)
        content = [("csrf_token", token), ("file", Upload("一.png", picture()))]
        assert admin.post(path, content).location.endswith(ROOMS)
        assert session.scalar(sa.select(sa.func.count(Photo.id))) == 0


def test_another_can_be_made_the_first_and_each_can_be_deleted(
    admin, room, add_photo, session, add_room
):
    one, two, three = (add_photo(text) for text in "123")
    path = f"{ROOMS}{room.id}/photos/"
    token = admin.get(f"{ROOMS}{room.id}/").forms["photos-form"]["csrf_token"].value

    def do(what: str, photo_id: int, folder: str = path) -> None:
        admin.post(f"{folder}{photo_id}", {"csrf_token": token, "do": what})

    ids = [one.id, two.id, three.id]
    do("first", ids[2])
    assert [each.id for each in photos.of_room(session, room.id)] == [ids[2], ids[0], ids[1]]
    do("delete", ids[0])
    do("delete", ids[0])  # twice
    do("nothing", ids[1])
    do("delete", ids[1], f"{ROOMS}{add_room('102').id}/photos/")  # of another room
    assert [each.id for each in photos.of_room(session, room.id)] == [ids[2], ids[1]]
    actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["设为首图", "删除照片"]


def test_what_no_photo_needs_is_swept_and_the_rest_is_in_the_backup(
    app, session, store, add_photo, add_room, run_task
):
    kept, gone = add_photo("1"), add_photo("2")
    twin = add_photo("2", add_room("102"))  # has the same files
    photos.delete(session, gone)
    run_task("rooms.sweep_photos")
    assert set(store.digests()) == {kept.small, kept.large, twin.small, twin.large}
    photos.delete(session, twin)
    unfinished = store.directory / "incoming" / "old"
    unfinished.write_bytes(b"x")
    os.utime(unfinished, (time.time() - 10**6,) * 2)
    run_task("rooms.sweep_photos")
    assert set(store.digests()) == {kept.small, kept.large}
    assert not unfinished.exists()
    [files] = [each for each in app.registry["stored_files"] if each.name == "rooms"]
    assert set(files.needed(session).values()) == {kept.small, kept.large}
    session.delete(session.get(Meetingroom, kept.room_id))
    session.flush()
    assert photos.needed_digests(session) == set()


class TestServed:
    def test_to_clients_in_both_sizes_for_ever(self, api, teacher, room, add_photo):
        photo = add_photo()
        mine = api.as_user(teacher)
        path = f"/meetingrooms/photos/{photo.id}/"
        large, small = mine.get(path), mine.get(path, {"size": "small"})
        assert [Image.open(io.BytesIO(each.body)).size for each in (large, small)] == [
            (900, 600),
            (480, 320),
        ]
        assert large.content_type == "image/jpeg"
        assert large.headers["Cache-Control"] == responses.IMMUTABLE
        assert large.headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Disposition" not in large.headers
        again = mine.get(path, headers={"If-None-Match": large.headers["ETag"]}, status=304)
        assert again.body == b""
        mine.get(path, {"size": "huge"}, status=400)
        mine.get(f"/meetingrooms/photos/{photo.id + 1}/", status=404)
        mine.get(f"/meetingrooms/photos/{10**30}/", status=404)
        api.get(path, status=401)

    def test_to_administrators_with_the_same_leave_to_keep_it(self, admin, room, add_photo):
        photo = add_photo()
        path = f"{ROOMS}{room.id}/photos/{photo.id}/small.jpg"
        answer = admin.get(path)
        assert answer.headers["Cache-Control"] == responses.IMMUTABLE
        assert answer.content_type == "image/jpeg"
        admin.get(path.replace("small", "huge"), status=404)

    def test_not_when_its_file_is_gone(self, api, admin, teacher, room, add_photo, store):
        photo = add_photo()
        store.remove(photo.large)
        api.as_user(teacher).get(f"/meetingrooms/photos/{photo.id}/", status=404)
        admin.get(f"{ROOMS}{room.id}/photos/{photo.id}/large.jpg", status=404)


def test_new_clients_are_told_what_old_answers_can_not_say(
    api, teacher, room, add_room, add_photo, session
):
    photo = add_photo()
    room.equipment, room.max_minutes, room.max_days_ahead = ["投影", "白板"], 600, 0
    add_room("102", position=-1)
    mine = api.as_user(teacher)
    details = {
        "id": room.id,
        "equipment": ["投影", "白板"],
        "departments": [],
        "may_book": True,
        "wants_checkin": False,
        "approval": None,
        "min_minutes": 30,
        "max_minutes": 600,
        "max_days_ahead": None,
        "photos": [{"id": photo.id, "width": 900, "height": 600}],
    }
    assert mine.get(f"/meetingrooms/{room.id}/details/").json == details
    other, this = mine.get("/meetingrooms/details/").json
    assert this == details
    assert (other["photos"], other["max_days_ahead"], other["max_minutes"]) == ([], 365, 180)
    mine.get("/meetingrooms/999999/details/", status=404)
