"""The repairs of the demo college."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hhu_base.cli import demo as college
from hhu_base.mail.models import Mail
from hhu_base.models import User
from hhu_base.values.email import is_deliverable
from hhu_plugins.repairs import demo
from hhu_plugins.repairs.models import (
    OPEN,
    STATUS_NAMES,
    NotificationRecipient,
    RepairCategory,
    RepairRequest,
)


@pytest.fixture
def requests(session):
    college.load(session, lambda password: "hash")
    demo.load(session, {})
    return session.scalars(sa.select(RepairRequest).order_by(RepairRequest.id)).all()


def test_there_are_requests_in_every_status(requests):
    assert {request.status for request in requests} == set(STATUS_NAMES)
    assert {request.category is None for request in requests} == {True, False}


def test_whom_people_try_first_has_some(session, requests):
    t0001 = session.scalar(sa.select(User.id).where(User.username == "t0001"))
    assert {request.status for request in requests if request.user_id == t0001} >= {0, 1, 2}


def test_the_history_leads_from_the_report_to_the_status(requests):
    now = datetime.now(UTC)
    for request in requests:
        # The reporter's word on it changes no status.
        changes = [change for change in request.history if change.rating is None]
        assert [change.rating for change in request.history[len(changes) :]] in (
            [],
            [request.rating],
        )
        moments = [change.changed_at for change in changes]
        assert moments == sorted(moments)
        assert (moments[0], moments[-1]) == (request.created_at, request.status_changed_at)
        assert moments[-1] <= now
        assert request.history[0].status == OPEN
        assert changes[-1].status == request.status
        assert changes[-1].changed_by == request.status_changed_by


def test_later_requests_have_greater_ids(requests):
    created = [request.created_at for request in requests]
    assert created == sorted(created)


def test_nobody_real_is_told(session, requests):
    recipients = session.scalars(sa.select(NotificationRecipient)).all()
    assert all(one.address.endswith("@hhu.example") for one in recipients)
    assert all(is_deliverable(one.address) for one in recipients)
    assert any(one.category_id is None for one in recipients)
    assert session.scalar(sa.select(sa.func.count(Mail.id))) == 0


def test_a_database_with_a_category_is_left_alone(session, requests):
    count = len(requests)
    demo.load(session, {})
    assert session.scalar(sa.select(sa.func.count(RepairRequest.id))) == count


def test_without_people_there_are_categories_and_no_requests(session):
    demo.load(session, {})
    assert session.scalar(sa.select(sa.func.count(RepairCategory.id))) == 5
    assert session.scalar(sa.select(sa.func.count(RepairRequest.id))) == 0
