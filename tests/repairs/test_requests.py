"""The rules that administrators' pages call."""

import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.repairs import requests
from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, WITHDRAWN, RepairRequest

# What somebody has seen of a request that nobody looks after.
AS_OPEN = f"{OPEN}/"


@pytest.fixture
def change(session, letters, admin):
    """``change([request], TAKEN_UP, seen={request.id: AS_OPEN})``."""

    def change(changed, status, **values):
        values.setdefault("by_user_id", admin.id)
        ids = [request.id for request in changed]
        return requests.change_status(session, letters, ids, status, **values)

    return change


def test_a_change_is_history_with_who_and_when(change, add_request, admin, session):
    request = add_request()
    assert change([request], TAKEN_UP, remark="明天来").changed == [request.id]
    assert (request.status, request.status_changed_by) == (TAKEN_UP, admin.id)
    session.refresh(request)
    [entry] = request.history
    assert (entry.status, entry.changed_by, entry.remark) == (TAKEN_UP, admin.id, "明天来")
    assert entry.changed_at == request.status_changed_at


def test_several_are_changed_at_once_and_those_that_are_so_already_stay(change, add_request):
    some = [add_request(), add_request(status=TAKEN_UP), add_request(status=SOLVED)]
    changes = change(some, SOLVED)
    assert changes.changed == [some[0].id, some[1].id]
    assert changes.refusals == {}
    assert {request.status for request in some} == {SOLVED}


def test_the_second_who_takes_it_learns_of_the_first(change, add_request, add_user):
    request = add_request()
    seen = {request.id: requests.state_of(request)}
    change([request], TAKEN_UP, seen=seen)
    second = add_user("t0009", last_name="李", first_name="四")
    changes = change([request], TAKEN_UP, seen=seen, by_user_id=second.id)
    assert changes.changed == []
    assert changes.refusals == {request.id: f"报修 #{request.id} 已由管理员受理。"}


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (TAKEN_UP, "报修 #{} 已由管理员受理。"),
        (SOLVED, "报修 #{} 已由管理员解决。"),
        (WITHDRAWN, "报修 #{} 已由管理员撤回。"),
    ],
)
def test_a_refusal_says_what_has_happened(change, add_request, admin, status, sentence):
    request = add_request(status=status, status_changed_by=admin.id)
    changes = change([request], TAKEN_UP, seen={request.id: AS_OPEN})
    assert changes.refusals == {request.id: sentence.format(request.id)}


def test_who_changed_it_may_be_gone(change, add_request):
    request = add_request(status=TAKEN_UP)
    [sentence] = change([request], SOLVED, seen={request.id: AS_OPEN}).refusals.values()
    assert sentence == f"报修 #{request.id} 已由其他人受理。"


def test_what_is_withdrawn_stays_so(change, add_request):
    request = add_request(status=WITHDRAWN)
    assert list(change([request], TAKEN_UP).refusals) == [request.id]
    assert request.status == WITHDRAWN


@pytest.mark.parametrize("status", [WITHDRAWN, 4, -1])
def test_nobody_withdraws_for_another(change, add_request, status):
    with pytest.raises(ValueError, match="status"):
        change([add_request()], status)


def test_unknown_ids_change_nothing(session, letters, admin):
    changes = requests.change_status(session, letters, [10**9], SOLVED, by_user_id=admin.id)
    assert (changes.changed, changes.refusals) == ([], {})


def test_of_two_administrators_at_the_same_moment_one_takes_it(engine, letters):
    """With real commits: the second waits for the first, and then sees what he did."""
    with Session(engine) as session, session.begin():
        users = [User(username=f"race{n}", last_name="赛", first_name=str(n)) for n in range(2)]
        session.add_all(users)
        session.flush()
        ids = [user.id for user in users]
        request = RepairRequest(user_id=ids[0], location="x", description="x", status=OPEN)
        session.add(request)
        session.flush()
        request_id = request.id
    results: list[requests.ChangeResult] = []
    barrier = threading.Barrier(2)

    def take(user_id: int) -> None:
        with Session(engine) as session, session.begin():
            session.get(RepairRequest, request_id)  # as the page has shown it
            barrier.wait(10)
            results.append(
                requests.change_status(
                    session,
                    letters,
                    [request_id],
                    TAKEN_UP,
                    by_user_id=user_id,
                    seen={request_id: AS_OPEN},
                )
            )
            time.sleep(0.1)

    threads = [threading.Thread(target=take, args=(user_id,)) for user_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with engine.begin() as connection:
        connection.execute(sa.delete(RepairRequest).where(RepairRequest.id == request_id))
        connection.execute(sa.delete(User).where(User.id.in_(ids)))
    assert sorted(len(result.changed) for result in results) == [0, 1]
    assert sorted(len(result.refusals) for result in results) == [0, 1]
