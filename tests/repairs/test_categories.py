"""故障分类: one page with each category, who is told of its requests, and how long they may wait."""

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.repairs.admin.recipients import CHANGED
from hhu_plugins.repairs.models import NotificationRecipient, RepairCategory

CATEGORIES = "/admin/repairs/categories/"
RECIPIENTS = "/admin/repairs/recipients/"


def form_of(page, form_id: str):
    return page.forms[form_id]


def people_of(page, form_id: str) -> list[tuple[str, str]]:
    rows = page.html.select(f"form#{form_id} .recipient-row")
    return [
        (row.select_one("[name=name]")["value"], row.select_one("[name=address]")["value"])
        for row in rows
    ]


@pytest.fixture
def last_entry(session):
    return lambda: session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()


def test_all_are_on_one_page_each_with_its_people_and_hours(manager, category, add_recipient):
    category.take_up_hours, category.solve_hours = 4, 48
    add_recipient("net@hhu.example", category, "网管")
    add_recipient("all@hhu.example", None, "值班")
    page = manager.get(CATEGORIES)
    assert people_of(page, "all") == [("值班", "all@hhu.example"), ("", "")]
    form = f"category-{category.id}"
    assert people_of(page, form) == [("网管", "net@hhu.example"), ("", "")]
    # The first two fields of the name are a person's, the category's own comes before.
    values = form_of(page, form)
    assert (values["take_up_hours"].value, values["solve_hours"].value) == ("4", "48")
    ids = [each["id"] for each in page.html.select("[id]")]
    assert len(ids) == len(set(ids))


def test_what_is_changed_where_it_stands_is_stored_and_recorded(
    manager, category, add_recipient, session, last_entry
):
    kept = add_recipient("net@hhu.example", category, "网管")
    form = form_of(manager.get(CATEGORIES), f"category-{category.id}")
    form.set("take_up_hours", "2")
    form.set("name", "李", index=2)
    form.set("address", "li@hhu.example", index=1)
    answer = manager._call(form.submit, status=303)
    assert answer.location.endswith(CATEGORIES)
    session.refresh(category)
    assert (category.name, category.take_up_hours, category.solve_hours) == ("网络", 2, None)
    people = [(each.name, each.address) for each in category.recipients]
    assert people == [("网管", "net@hhu.example"), ("李", "li@hhu.example")]
    assert category.recipients[0].id == kept.id
    assert last_entry().after == {
        "几小时内受理": "2",
        "报修通知人": "网管 net@hhu.example\n李 li@hhu.example",
    }


def test_who_is_cleared_is_told_no_more(manager, category, add_recipient, session):
    add_recipient("a@hhu.example", category, "甲")
    add_recipient("b@hhu.example", category, "乙")
    form = form_of(manager.get(CATEGORIES), f"category-{category.id}")
    form.set("name", "", index=1)
    form.set("address", "", index=0)
    manager._call(form.submit, status=303)
    session.refresh(category)
    assert [each.name for each in category.recipients] == ["乙"]


def test_a_new_one_is_added_with_its_people(manager, session):
    page = manager.get(CATEGORIES + "add")
    form = manager.form(page)
    form.set("name", "空调", index=0)
    form.set("name", " 王  师傅 ", index=1)
    form.set("address", "<w@hhu.example>", index=0)
    manager._call(form.submit, status=303)
    category = session.scalar(sa.select(RepairCategory))
    assert [(each.name, each.address) for each in category.recipients] == [
        ("王 师傅", "w@hhu.example")
    ]


@pytest.mark.parametrize(
    ("name", "address", "sentence"),
    [
        ("", "w@hhu.example", "第 1 位：请填写姓名和邮箱。"),
        ("王", "", "第 1 位：请填写姓名和邮箱。"),
        ("王", "w@", "第 1 位：“w@”不是有效的邮箱地址。"),
        ("王", "a" * 260 + "@hhu.example", "不是有效的邮箱地址。"),
        ("长" * 256, "w@hhu.example", "第 1 位：请填写姓名和邮箱。"),
    ],
)
def test_a_bad_person_is_named_and_what_was_filled_in_stays(
    manager, category, session, name, address, sentence
):
    form = form_of(manager.get(CATEGORIES), f"category-{category.id}")
    form.set("name", name, index=1)
    form.set("address", address, index=0)
    refused = manager._call(form.submit, status=400)
    assert sentence in refused.html.select_one(".field-error").text
    row = refused.html.select_one(".recipient-row")
    assert name[:255] in row.decode()
    assert session.scalar(sa.select(sa.func.count(NotificationRecipient.id))) == 0


@pytest.mark.parametrize("hours", ["0", "-1", "x", "8761", "99999999999999"])
def test_hours_are_between_one_and_a_year(manager, category, session, hours):
    form = form_of(manager.get(CATEGORIES), f"category-{category.id}")
    form.set("solve_hours", hours)
    manager._call(form.submit, status=400)
    session.refresh(category)
    assert category.solve_hours is None


def test_an_untouched_form_changes_nothing(manager, category, add_recipient, session, last_entry):
    add_recipient("a@hhu.example", category)
    add_recipient("b@hhu.example")
    for form in (f"category-{category.id}", "all"):
        manager._call(form_of(manager.get(CATEGORIES), form).submit, status=303)
    assert last_entry() is None


def test_nobody_overwrites_what_a_colleague_has_changed_meanwhile(
    manager, colleague, category, add_recipient, session
):
    mine = form_of(manager.get(CATEGORIES), f"category-{category.id}")
    theirs = form_of(colleague.get(CATEGORIES), f"category-{category.id}")
    theirs.set("solve_hours", "24")
    colleague._call(theirs.submit, status=303)
    mine.set("solve_hours", "48")
    assert "有人修改了它" in manager._call(mine.submit, status=409).text
    session.refresh(category)
    assert category.solve_hours == 24


def test_those_of_all_requests_are_changed_there_too(manager, session, last_entry):
    form = form_of(manager.get(CATEGORIES), "all")
    form.set("name", "值班", index=0)
    form.set("address", "all@hhu.example", index=0)
    manager._call(form.submit, status=303)
    [stored] = session.scalars(sa.select(NotificationRecipient))
    assert (stored.name, stored.address, stored.category_id) == ("值班", "all@hhu.example", None)
    entry = last_entry()
    assert (entry.row_label, entry.after) == ("全部报修", {"报修通知人": "值班 all@hhu.example"})


def test_a_bad_one_of_all_is_named_and_nothing_is_lost(manager, session):
    form = form_of(manager.get(CATEGORIES), "all")
    form.set("name", "值班", index=0)
    form.set("address", "all@", index=0)
    refused = manager._call(form.submit, status=400)
    assert "不是有效的邮箱地址" in refused.text
    again = form_of(refused, "all")
    again.set("address", "all@hhu.example", index=0)
    manager._call(again.submit, status=303)
    assert session.scalar(sa.select(NotificationRecipient.name)) == "值班"


def test_of_two_who_change_those_of_all_the_second_is_told(manager, colleague, session):
    mine, theirs = (form_of(each.get(CATEGORIES), "all") for each in (manager, colleague))
    for form, name in ((mine, "甲"), (theirs, "乙")):
        form.set("name", name, index=0)
        form.set("address", "x@hhu.example", index=0)
    colleague._call(theirs.submit, status=303)
    answer = manager._call(mine.submit, status=303)
    assert CHANGED in manager.get(answer.location).text
    assert session.scalars(sa.select(NotificationRecipient.name)).all() == ["乙"]


def test_one_is_deleted_with_its_people(manager, category, add_recipient, add_request, session):
    add_recipient("a@hhu.example", category)
    request = add_request(category_id=category.id)
    page = manager.get(f"{CATEGORIES}delete?id={category.id}")
    assert "报修通知人" in page.text
    manager.submit(page)
    assert request.category_id is None
    assert session.scalar(sa.select(sa.func.count(NotificationRecipient.id))) == 0


def test_old_bookmarks_lead_to_the_page(manager):
    assert manager.get(RECIPIENTS, status=303).location.endswith(CATEGORIES)


def test_who_may_only_look_sees_all_and_can_change_nothing(
    browser, add_staff, category, add_recipient
):
    add_recipient("a@hhu.example", category)
    viewer = browser.as_user(add_staff("repairs.view"))
    page = viewer.get(CATEGORIES)
    assert people_of(page, f"category-{category.id}")[0] == ("某人", "a@hhu.example")
    assert len(page.html.select("form.category fieldset[disabled]")) == 2
    assert not page.html.select("form.category button[type=submit], a[href*=delete], a[href*=add]")
    csrf = page.html.select_one("form.category [name=csrf_token]")["value"]
    for path in (RECIPIENTS, f"{CATEGORIES}{category.id}/"):
        viewer.post(path, {"csrf_token": csrf, "name": "x"}, status=403)


def test_the_word_of_before_is_nowhere(manager, category):
    page = manager.get(CATEGORIES)
    assert "报修通知人" in page.text
    assert "邮件提醒" not in page.text
