"""转派: who may get a request, who is told, and that nothing is lost between two who do it at once."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.notifications.models import Notice
from hhu_base.values.refusal import Refusal
from hhu_plugins.repairs import assignments, requests
from hhu_plugins.repairs.models import (
    ASSIGNED,
    OFFICE_NOTE,
    OPEN,
    SOLVED,
    TAKEN_UP,
    WITHDRAWN,
    HistoryEntry,
    RepairRequest,
)

REQUESTS = "/admin/repairs/requests/"


@pytest.fixture
def mender(add_staff):
    """May see the repairs, and no more."""
    user = add_staff("repairs.view", username="zhao")
    user.last_name, user.first_name, user.email = "赵", "师傅", "zhao@hhu.example"
    return user


@pytest.fixture
def assign(session, letters, admin):
    def assign(request, to, **values):
        values.setdefault("by_user_id", admin.id)
        return assignments.assign(session, letters, [request.id], to.id, **values)

    return assign


@pytest.fixture
def told(session):
    """The subjects of what somebody was told."""
    return lambda user: session.scalars(
        sa.select(Notice.subject).where(Notice.user_id == user.id).order_by(Notice.id)
    ).all()


def _button_name(page) -> str:
    """Of a few people there are buttons, and their name is Deform's."""
    return page.html.select_one("form.question input[type=radio]")["name"]


def give(browser, page, user, status=303, remark=""):
    """Choose this person in the question, and answer it."""
    form = browser.form(page)
    form["remark"] = remark
    form[_button_name(page)].force_value(str(user.id))
    return browser._call(form.submit, status=status)


def test_who_gets_one_is_told_and_its_status_stays(session, assign, add_request, mender, mails):
    request = add_request()
    assert assign(request, mender, remark="带梯子").changed == [request.id]
    assert (request.assignee, request.status) == (mender, OPEN)
    [mail] = mails()
    assert mail.to_address == "zhao@hhu.example"
    assert mail.subject == "【报修转派给您】未分类：勤学楼 301"
    for part in ("带梯子", "投影仪不亮", f"{REQUESTS}{request.id}/"):
        assert part in mail.body
    session.refresh(request)
    kinds = [(each.kind, each.remark, each.assignee_id) for each in request.history]
    assert kinds == [(ASSIGNED, "", mender.id), (OFFICE_NOTE, "带梯子", None)]


def test_only_who_may_see_the_repairs_can_get_one(
    session, assign, add_request, add_staff, add_user, teacher, mender, admin
):
    request = add_request()
    elsewhere = add_staff("rooms.change", username="qian")
    gone = add_staff("repairs.change", username="sun")
    gone.is_active = False
    head = add_user("head", is_staff=True, is_superuser=True)
    session.flush()
    for user in (teacher, elsewhere, gone, admin):
        with pytest.raises(Refusal, match=assignments.NOT_ALLOWED):
            assign(request, user)
    changer = add_staff("repairs.change", username="li")
    assert {user.id for user in assignments.candidates(session)} == {mender.id, changer.id, head.id}


@pytest.mark.parametrize("status", [SOLVED, WITHDRAWN])
def test_what_is_over_goes_to_nobody(assign, add_request, mender, status):
    request = add_request(status=status)
    assert list(assign(request, mender).refusals) == [request.id]
    assert request.assignee is None


def test_who_has_it_already_is_said(assign, add_request, mender):
    request = add_request()
    assign(request, mender)
    [sentence] = assign(request, mender, remark="快").refusals.values()
    assert sentence == f"报修 #{request.id} 已经由赵师傅处理。"


def test_who_takes_one_up_looks_after_it_and_who_had_it_is_told(
    session, letters, assign, add_request, mender, add_staff, told
):
    request = add_request()
    assign(request, mender)
    other = add_staff("repairs.change", username="li")
    requests.change_status(session, letters, [request.id], TAKEN_UP, by_user_id=other.id)
    assert request.assignee == other
    assert told(mender)[-1] == "【报修已受理】未分类：勤学楼 301"


def test_who_gives_it_on_tells_who_had_it(assign, add_request, mender, add_staff, told):
    request = add_request()
    other = add_staff("repairs.view", username="li")
    other.last_name, other.first_name = "李", "师傅"
    assign(request, mender)
    assign(request, other)
    assert told(mender)[-1] == "【报修已转给李师傅】未分类：勤学楼 301"
    assert told(other) == ["【报修转派给您】未分类：勤学楼 301"]


def test_what_its_reporter_opens_again_is_for_who_had_it(
    session, letters, assign, add_request, mender, teacher, told
):
    request = add_request()
    assign(request, mender)
    requests.change_status(session, letters, [request.id], SOLVED, by_user_id=mender.id)
    requests.reopen(session, letters, request.id, user_id=teacher.id, reason="又坏了")
    assert (request.status, request.assignee) == (OPEN, mender)
    assert told(mender)[-1] == "【报修重新打开】未分类：勤学楼 301"


def test_what_is_put_back_is_for_anybody(session, letters, add_request, mender, admin):
    request = add_request()
    requests.change_status(session, letters, [request.id], TAKEN_UP, by_user_id=mender.id)
    requests.change_status(session, letters, [request.id], OPEN, by_user_id=admin.id)
    assert request.assignee is None


def test_it_is_given_away_in_the_back_office_and_seen_under_mine(
    manager, browser, add_request, mender
):
    request = add_request(location="励学楼 105")
    add_request(location="别处")
    page = manager.get(f"{REQUESTS}do/assign?id={request.id}")
    answer = give(manager, page, mender, remark="带梯子")
    assert "已转派 1 条报修。" in manager.get(answer.location).text
    theirs = browser.as_user(mender)
    page = theirs.get(f"{REQUESTS}?tab=mine")
    assert [cell.text for cell in page.html.select("td.first")] == ["励学楼 105"]
    assert "我的 1" in " ".join(page.html.select_one("nav.tabs").text.split())
    inbox = theirs.get("/app/inbox/")
    assert "由我处理的报修" in inbox.text
    assert inbox.html.find("a", string="去处理")["href"] == f"{REQUESTS}{request.id}/"


def test_without_a_person_nothing_is_given_away(manager, add_request, teacher, mender):
    request = add_request()
    page = manager.get(f"{REQUESTS}do/assign?id={request.id}")
    assert "请选择处理人。" in manager.submit(page, status=400).text
    refused = give(manager, page, teacher, status=400)
    assert "不是合法选项" in refused.text
    assert request.assignee is None


def test_who_lost_their_rights_since_is_not_shown_it(session, browser, assign, add_request, mender):
    assign(add_request(), mender)
    mender.is_staff = False
    session.flush()
    assert "去处理" not in browser.as_user(mender).get("/app/inbox/").text


def test_a_teacher_sees_nothing_of_it(browser, teacher):
    assert "由我处理的报修" not in browser.as_user(teacher).get("/app/inbox/").text


def test_who_takes_up_what_was_given_away_meanwhile_is_told(
    manager, colleague, add_request, mender
):
    request = add_request()
    mine = manager.get(f"{REQUESTS}do/take-up?id={request.id}")
    theirs = colleague.get(f"{REQUESTS}do/assign?id={request.id}")
    give(colleague, theirs, mender)
    answer = manager.submit(mine)
    assert f"报修 #{request.id} 已转派给赵师傅。" in manager.get(answer.location).text
    assert (request.assignee, request.status) == (mender, OPEN)


def test_who_gives_away_what_was_taken_up_meanwhile_is_told(
    manager, colleague, add_request, mender
):
    request = add_request()
    mine = manager.get(f"{REQUESTS}do/assign?id={request.id}")
    colleague.submit(colleague.get(f"{REQUESTS}do/take-up?id={request.id}"))
    answer = give(manager, mine, mender)
    assert f"报修 #{request.id} 已由李师傅受理。" in manager.get(answer.location).text
    assert request.assignee.username == "li"


def test_of_a_taking_up_and_a_giving_away_at_the_same_moment_one_happens(engine, letters):
    """With real commits: whoever is second has seen what was before, and is told."""
    with Session(engine) as session, session.begin():
        users = [User(username=f"both{n}", is_staff=True, is_superuser=True) for n in range(3)]
        session.add_all(users)
        session.flush()
        ids = [user.id for user in users]
        request = RepairRequest(user_id=ids[0], location="x", description="x", status=OPEN)
        session.add(request)
        session.flush()
        request_id, seen = request.id, {request.id: requests.state_of(request)}
    results = []
    barrier = threading.Barrier(2)

    def do(rule, *what, by: int) -> None:
        with Session(engine) as session, session.begin():
            session.get(RepairRequest, request_id)  # as the page has shown it
            barrier.wait(10)
            results.append(rule(session, letters, [request_id], *what, by_user_id=by, seen=seen))

    threads = [
        threading.Thread(target=do, args=(requests.change_status, TAKEN_UP), kwargs={"by": ids[1]}),
        threading.Thread(target=do, args=(assignments.assign, ids[2]), kwargs={"by": ids[0]}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with Session(engine) as session, session.begin():
        entries = session.scalar(
            sa.select(sa.func.count(HistoryEntry.id)).where(HistoryEntry.request_id == request_id)
        )
        session.execute(sa.delete(RepairRequest).where(RepairRequest.id == request_id))
        session.execute(sa.delete(User).where(User.id.in_(ids)))
    assert sorted(len(result.changed) for result in results) == [0, 1]
    assert sorted(len(result.refusals) for result in results) == [0, 1]
    assert entries == 1
