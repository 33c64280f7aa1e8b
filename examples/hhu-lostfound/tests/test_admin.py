import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_lostfound.models import CLAIMED, RETURNED, WAITING, Thing

PAGE = "/admin/lostfound/things/"


def test_a_thing_is_added_found_and_corrected(admin, superuser, session):
    admin.submit(admin.get(PAGE + "add"), name="钥匙", place="门卫室")
    thing = session.scalars(sa.select(Thing)).one()
    assert (thing.finder_id, thing.status) == (superuser.id, WAITING)
    page = admin.get(PAGE, {"q": "门卫", "f.status": WAITING})
    assert [cell.text for cell in page.html.select("td.first")] == ["钥匙"]
    assert "招领中" in page.text
    admin.submit(admin.get(f"{PAGE}{thing.id}/"), name="一串钥匙")
    assert thing.name == "一串钥匙"


def test_what_was_claimed_is_on_the_home_page_and_given_back(admin, teacher, add_thing, session):
    assert "失物招领" not in [each.text.strip() for each in admin.get("/admin/").html.select("h2")]
    thing = add_thing(status=CLAIMED, claimer_id=teacher.id, message="我的")
    assert "件已有人认领，等待归还" in admin.get("/admin/").text
    admin.submit(admin.get(f"{PAGE}do/return?id={thing.id}"))
    assert thing.status == RETURNED
    assert [entry.action for entry in session.scalars(sa.select(AuditEntry))] == ["归还"]


def test_a_wrong_claim_is_undone(admin, teacher, add_thing):
    thing = add_thing(status=CLAIMED, claimer_id=teacher.id, message="我的")
    admin.submit(admin.get(f"{PAGE}do/reopen?id={thing.id}"))
    assert (thing.status, thing.claimer_id, thing.message) == (WAITING, None, "")


def test_who_may_only_look_cannot_decide(browser, add_staff, teacher, add_thing):
    thing = add_thing(status=CLAIMED, claimer_id=teacher.id)
    viewer = browser.as_user(add_staff("lostfound.view"))
    assert thing.name in viewer.get(PAGE).text
    viewer.get(f"{PAGE}do/return?id={thing.id}", status=403)
    stranger = browser.as_user(add_staff("rooms.change", username="other"))
    stranger.get(PAGE, status=403)
