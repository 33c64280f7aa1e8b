"""The teachers' pages of repairs: report, look, withdraw, confirm, reopen; and what is refused."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from PIL import Image
from webtest import Upload

from hhu_base.documents import photos as photo_files
from hhu_base.documents.file_store import FileStore
from hhu_plugins.repairs import confirmations, photo_uploads, photos, requests
from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    TAKEN_UP,
    WITHDRAWN,
    HistoryEntry,
    RepairCategory,
    RepairPhoto,
    RepairRequest,
)
from hhu_plugins.rooms.models import Meetingroom

REPORT, MINE = "/app/repairs/", "/app/repairs/mine/"
# In the EXIF of a JPEG: where the camera was.
_GPS, _LATITUDE = 0x8825, 2


def jpeg(colour: str = "red") -> bytes:
    image = Image.new("RGB", (900, 600), colour)
    exif = image.getexif()
    exif.get_ifd(_GPS)[_LATITUDE] = (32.0, 3.0, 0.0)
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.fixture
def store(app, tmp_path, monkeypatch) -> FileStore:
    """The application's store is an empty folder."""
    store = FileStore(tmp_path / "repairs")
    monkeypatch.setitem(app.registry, "repairs.photo_store", store)
    return store


@pytest.fixture
def pages(browser, teacher):
    """The browser of the teacher."""
    return browser.as_user(teacher)


@pytest.fixture
def stored(session):
    """All requests, the last first."""
    return lambda: session.scalars(sa.select(RepairRequest).order_by(RepairRequest.id.desc())).all()


def page_of(request: RepairRequest) -> str:
    return f"/app/repairs/{request.id}/"


def do(pages, request: RepairRequest, what: str, status: int = 303, **values):
    """Post to the page of a request, as its buttons do."""
    csrf = pages.get(REPORT).html.select_one("input[name=csrf_token]")["value"]
    sent = {"do": what, "csrf_token": csrf, **values}
    return pages.post(page_of(request), sent, status=status)


def test_a_report_is_stored_and_leads_to_its_page(pages, category, stored, teacher):
    page = pages.get(REPORT)
    answer = pages.submit(
        page, location="勤学楼 301", category=str(category.id), description="不亮"
    )
    [request] = stored()
    assert (request.user_id, request.location, request.category_id, request.status) == (
        teacher.id,
        "勤学楼 301",
        category.id,
        OPEN,
    )
    assert answer.location.endswith(page_of(request))
    assert "报修已提交" in pages.get(page_of(request)).text


def test_the_place_is_that_of_the_last_report_or_of_the_door(pages, add_request):
    add_request(location="勤学楼 301")
    add_request(location="励学楼 105")
    page = pages.get(REPORT)
    assert pages.form(page)["location"].value == "励学楼 105"
    assert [each["value"] for each in page.html.select("#places option")] == [
        "励学楼 105",
        "勤学楼 301",
    ]
    at_door = pages.get(REPORT, {"place": "科学馆 201"})
    assert pages.form(at_door)["location"].value == "科学馆 201"


def test_a_place_that_is_too_long_is_not_filled_in(pages):
    assert pages.form(pages.get(REPORT, {"place": "长" * 300}))["location"].value == ""


def test_what_is_refused_is_said_and_what_was_filled_in_stays(pages, stored, category, session):
    page = pages.get(REPORT)
    session.delete(session.get_one(RepairCategory, category.id))
    refused = pages.submit(
        page, status=400, location="301", category=str(category.id), description="漏水"
    )
    assert "没有保存" in refused.text
    assert pages.form(refused)["description"].value.strip() == "漏水"
    blank = pages.submit(pages.get(REPORT), status=400, location="301", description=" ")
    assert pages.form(blank)["location"].value == "301"
    assert stored() == []


def test_a_report_sent_twice_is_one(pages, stored):
    page = pages.get(REPORT)
    for _ in range(2):
        answer = pages.submit(page, location="301", description="漏水")
    [request] = stored()
    assert answer.location.endswith(page_of(request))


def test_photos_are_made_anew_and_those_that_are_none_are_named(
    pages, stored, store, add_user, browser
):
    page = pages.get(REPORT)
    form = pages.form(page)
    form["location"], form["description"] = "301", "漏水"
    form["file"] = [Upload("a.jpg", jpeg()), Upload("b.txt", b"no photo")]
    pages._call(form.submit, status=303)
    [request] = stored()
    [photo] = request.photos
    assert "没有上传“b.txt”" in pages.get(page_of(request)).text
    address = f"{page_of(request)}photos/{photo.id}/large.jpg"
    answer = pages.get(address)
    shown = Image.open(io.BytesIO(answer.body))
    assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (900, 600), {})
    assert "immutable" in answer.headers["Cache-Control"]
    other = browser.as_user(add_user("t0007"))
    other.get(address, status=404)
    office = browser.as_user(add_user("office", is_staff=True, is_superuser=True))
    row = f"/admin/repairs/requests/{request.id}/"
    assert f"{row}photos/{photo.id}/small.jpg" in office.get(row).text
    assert office.get(f"{row}photos/{photo.id}/small.jpg").content_type == "image/jpeg"
    other.get(f"{row}photos/{photo.id}/small.jpg", status=403)


def test_while_ones_photos_are_read_no_others_are(pages, stored, store, teacher, monkeypatch):
    answers = []

    def read_slowly(content):
        if not answers:
            form = pages.form(pages.get(REPORT))
            form["location"], form["description"] = "302", "漏水"
            form["file"] = [Upload("b.jpg", jpeg("blue"))]
            answers.append(form.submit(status=400).text)
        return photo_files.read(content)

    monkeypatch.setattr(photo_uploads, "read_photo", read_slowly)
    form = pages.form(pages.get(REPORT))
    form["location"], form["description"] = "301", "漏水"
    form["file"] = [Upload("a.jpg", jpeg())]
    pages._call(form.submit, status=303)
    assert photo_uploads.STILL_READING in answers[0]
    assert [request.location for request in stored()] == ["301"]
    form["location"] = "303"
    pages._call(form.submit, status=303)


@pytest.fixture
def add_photo(session, store, teacher):
    """``add_photo(request, "red")``"""

    def add(request: RepairRequest, colour: str = "red") -> bool:
        pictures = photo_files.read(jpeg(colour))
        return photos.add(session, store, request.id, pictures, user_id=teacher.id)

    return add


def test_a_photo_is_taken_off_while_nothing_is_solved(pages, add_request, add_photo, session):
    request = add_request()
    add_photo(request)
    add_photo(request)  # the same once more
    [photo_id] = [photo.id for photo in request.photos]
    for _ in range(2):
        do(pages, request, "delete-photo", photo=str(photo_id))
    assert session.scalar(sa.select(sa.func.count(RepairPhoto.id))) == 0


def test_five_photos_are_the_most_and_a_solved_one_gets_none(
    add_request, session, add_photo, teacher
):
    request = add_request()
    for number in range(photos.MOST):
        session.add(
            RepairPhoto(
                request_id=request.id, small="0" * 64, large=f"{number:064}", width=1, height=1
            )
        )
    session.flush()
    with pytest.raises(requests.Refusal, match="最多 5 张"):
        add_photo(request)
    with pytest.raises(requests.Refusal, match="已解决"):
        add_photo(add_request(status=SOLVED))
    request.status = SOLVED
    with pytest.raises(requests.Refusal, match="已解决"):
        photos.delete(session, request.id, request.photos[0].id, user_id=teacher.id)


def test_files_that_no_photo_needs_are_swept(add_request, add_photo, store, session):
    request = add_request()
    add_photo(request)
    add_photo(request, "blue")
    session.delete(request.photos[0])
    session.flush()
    assert photos.delete_unused(session, store) == 2
    assert set(store.digests()) == photos.needed_digests(session) != set()


def test_one_that_nobody_has_taken_up_is_withdrawn_and_gone(pages, add_request, session):
    request = add_request()
    assert do(pages, request, "withdraw").location.endswith(MINE)
    assert session.get_one(RepairRequest, request.id).status == WITHDRAWN
    assert "报修已撤回" in pages.get(MINE).text
    pages.get(page_of(request), status=404)
    # A double tap: the second says what is true.
    do(pages, request, "withdraw")
    assert "已经撤回了" in pages.get(MINE).text


def test_somebody_takes_it_up_while_it_is_withdrawn(pages, add_request, session):
    request = add_request()
    assert "撤回报修" in pages.get(page_of(request)).text
    request.status = TAKEN_UP
    assert do(pages, request, "withdraw").location.endswith(page_of(request))
    page = pages.get(page_of(request))
    assert requests.NOT_OPEN in page.text
    assert "撤回报修" not in page.text
    assert session.get_one(RepairRequest, request.id).status == TAKEN_UP


def test_a_solved_one_is_confirmed_with_stars_and_a_word(pages, add_request, session, teacher):
    request = add_request(status=SOLVED)
    assert do(pages, request, "confirm", rating="4", remark="来得快").location.endswith(
        page_of(request)
    )
    page = pages.get(page_of(request))
    assert "谢谢您的评价" in page.text
    step = page.html.select_one(".timeline li")
    assert "确认修好" in step.text
    assert step.select_one("[role=img]")["aria-label"] == "4 星"
    assert "来得快" in step.text
    [entry] = session.scalars(sa.select(HistoryEntry)).all()
    assert (entry.status, entry.rating, entry.changed_by) == (SOLVED, 4, teacher.id)
    do(pages, request, "confirm", rating="1")
    assert confirmations.ALREADY_CONFIRMED in pages.get(page_of(request)).text
    assert session.get_one(RepairRequest, request.id).rating == 4


@pytest.mark.parametrize("rating", ["0", "6", "x"])
def test_with_other_than_one_to_five_stars_nothing_is_confirmed(
    pages, add_request, session, rating
):
    request = add_request(status=SOLVED)
    page = do(pages, request, "confirm", status=400, rating=rating, remark="来得快")
    assert page.html.select_one("#confirm .field-error")
    assert page.html.select_one("textarea[name=remark]").text.strip() == "来得快"
    assert session.get_one(RepairRequest, request.id).rating is None


def test_only_a_solved_one_is_confirmed(pages, add_request, session):
    request = add_request(status=TAKEN_UP)
    do(pages, request, "confirm", rating="5")
    assert confirmations.NOT_SOLVED in pages.get(page_of(request)).text


def test_reopening_takes_the_stars_back(pages, add_request, session):
    request = add_request(status=SOLVED, rating=5)
    do(pages, request, "reopen", reason="又坏了")
    found = session.get_one(RepairRequest, request.id)
    assert (found.status, found.rating) == (OPEN, None)
    assert "又坏了" in pages.get(page_of(request)).text
    do(pages, request, "reopen", reason="又坏了")
    assert requests.NOT_SOLVED in pages.get(page_of(request)).text


def test_reopening_wants_a_reason(pages, add_request, session):
    request = add_request(status=SOLVED)
    do(pages, request, "reopen", reason=" ")
    assert "请写明原因" in pages.get(page_of(request)).text
    assert session.get_one(RepairRequest, request.id).status == SOLVED


@pytest.mark.parametrize("what", ["withdraw", "confirm", "reopen", "add-photos", "delete-photo"])
def test_nobody_does_anything_to_somebody_elses(pages, add_request, add_user, session, what):
    request = add_request(user_id=add_user("t0008").id, status=SOLVED)
    pages.get(page_of(request), status=404)
    do(pages, request, what, rating="5", reason="又坏了", photo="1", status=404)
    found = session.get_one(RepairRequest, request.id)
    assert (found.status, found.rating) == (SOLVED, None)


def test_ones_own_are_listed_newest_first_page_by_page(pages, add_request):
    for number in range(22):
        add_request(location=f"房间 {number}")
    add_request(location="撤回的", status=WITHDRAWN)
    page = pages.get(MINE)
    places = [each.text for each in page.html.select("main .rows b")]
    assert places == [f"房间 {number}" for number in range(21, 1, -1)]
    older = page.click("更早的")
    assert [each.text for each in older.html.select("main .rows b")] == ["房间 1", "房间 0"]


def test_the_solved_ones_wait_in_the_inbox_until_they_are_confirmed(pages, add_request):
    request = add_request(status=SOLVED, location="勤学楼 301")
    page = pages.get("/app/inbox/")
    assert "修好了吗：勤学楼 301" in page.text
    assert f"{page_of(request)}#confirm" in page.text
    do(pages, request, "confirm", rating="5")
    assert "修好了吗" not in pages.get("/app/inbox/").text


def test_those_of_long_ago_wait_for_nobody(pages, add_request):
    add_request(status=SOLVED, status_changed_at=sa.func.now() - sa.text("interval '15 days'"))
    assert "修好了吗" not in pages.get("/app/inbox/").text


def test_the_card_of_today_shows_what_is_not_solved(pages, add_request):
    assert "我的报修" not in pages.get("/app/").text
    add_request(status=SOLVED, location="已好的")
    add_request(location="没好的")
    card = pages.get("/app/").html.select_one("section[aria-labelledby=repairs-card]")
    assert "没好的" in card.text
    assert "已好的" not in card.text


def test_a_door_offers_to_report_what_is_broken_there(app):
    from hhu_base.app import Place
    from hhu_plugins.repairs.pages import report_at

    assert (
        report_at(Place("勤学楼", "勤学楼 301"))
        == f"{REPORT}?place=%E5%8B%A4%E5%AD%A6%E6%A5%BC+301"
    )


def test_rest_confirms_too_and_old_answers_stay(mine, add_request):
    request = add_request(status=SOLVED)
    path = f"/repairs/{request.id}/confirm/"
    mine.post(path, {"rating": 6}, status=400)
    confirmed = mine.post(path, {"rating": 5, "remark": "快"}, status=200).json
    assert (confirmed["status"], confirmed["rating"]) == (2, 5)
    assert confirmed["history"][-1]["rating"] == 5
    assert mine.post(path, {"rating": 4}, status=400).json == {
        "detail": confirmations.ALREADY_CONFIRMED
    }
    [listed] = mine.get("/repairs/").json["results"]
    assert set(listed) == {"id", "user", "location", "category", "description", "status", "created"}
    mine.post(f"/repairs/{request.id + 1}/confirm/", {"rating": 4}, status=404)


def test_from_the_door_of_a_room_to_a_fault_reported_there(browser, session, teacher):
    room = Meetingroom(name="101", location="勤学楼", seats_count=10)
    session.add(room)
    session.flush()
    mine = browser.as_user(teacher)
    buttons = mine.get(f"/r/{room.id}").html.select(".door-actions a")
    [button] = [each for each in buttons if each.get_text(strip=True) == "报故障"]
    form = mine.form(mine.get(button["href"]))
    assert "勤学楼 101" in {field[0].value for field in form.fields.values()}
