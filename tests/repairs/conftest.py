"""Categories, and requests to report, take up and solve."""

import pytest

from hhu_plugins.repairs.models import OPEN, NotificationRecipient, RepairCategory, RepairRequest


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def letters(app):
    return app.registry["repairs.letters"]


@pytest.fixture
def category(session) -> RepairCategory:
    category = RepairCategory(name="网络")
    session.add(category)
    session.flush()
    return category


@pytest.fixture
def admin(add_user):
    return add_user("admin", last_name="管", first_name="理员", is_staff=True)


@pytest.fixture
def add_recipient(session):
    """``add_recipient("a@hhu.example", category)``: told of the category, or of all."""

    def add(
        address: str, category: RepairCategory | None = None, name: str = "某人"
    ) -> NotificationRecipient:
        category_id = category.id if category else None
        recipient = NotificationRecipient(name=name, address=address, category_id=category_id)
        session.add(recipient)
        session.flush()
        return recipient

    return add


@pytest.fixture
def add_request(session, teacher):
    """``add_request(status=SOLVED)``: a stored request of the teacher's."""

    def add(**values) -> RepairRequest:
        request = RepairRequest(
            **{
                "user_id": teacher.id,
                "location": "勤学楼 301",
                "description": "投影仪不亮",
                "status": OPEN,
                **values,
            }
        )
        session.add(request)
        session.flush()
        return request

    return add


@pytest.fixture
def manager(browser, add_staff):
    """A browser of somebody who may change repairs and nothing else."""
    user = add_staff("repairs.change", username="wang")
    user.last_name, user.first_name = "王", "师傅"
    return browser.as_user(user)


@pytest.fixture
def colleague(browser, add_staff):
    user = add_staff("repairs.change", username="li")
    user.last_name, user.first_name = "李", "师傅"
    return browser.as_user(user)
