"""The demo college: believable people, none of whom can be reached."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import sqlalchemy as sa
from pyramid.config import Configurator

from hhu_base.cli import demo
from hhu_base.models import Department, User


def hash_password(password):
    return f"hash of {password}"


def teachers(session):
    return session.scalars(
        sa.select(User).where(User.username != "admin").order_by(User.username)
    ).all()


@pytest.fixture
def config():
    config = Configurator()
    config.include(demo)
    config.commit()
    return config


def test_an_empty_database_gets_two_hundred_teachers_and_an_administrator(session):
    assert demo.load(session, hash_password) is True
    people = teachers(session)
    assert [person.username for person in people] == [f"t{n:04}" for n in range(1, 201)]
    assert {person.password for person in people} == {"hash of teach-hhu-2026"}
    assert all(person.is_active and not person.is_staff for person in people)
    admin = session.scalars(sa.select(User).where(User.username == "admin")).one()
    assert admin.password == "hash of admin-hhu-2026"
    assert admin.is_staff
    assert admin.is_superuser
    assert admin.fullname == "管理员"


def test_the_first_teacher_is_the_one_of_the_documents_and_left_nothing_out(session):
    demo.load(session, hash_password)
    first = teachers(session)[0]
    assert (first.last_name, first.first_name, first.department.name) == ("褚", "杰", "信息系")
    assert first.post
    assert first.email
    assert first.tel
    assert first.phone
    assert first.qq
    assert first.wechat
    assert first.description


def test_each_password_is_hashed_once_since_hashing_is_slow_on_purpose(session):
    hashed = []
    demo.load(session, lambda password: hashed.append(password) or "hash")
    assert sorted(hashed) == ["admin-hhu-2026", "teach-hhu-2026"]


def test_a_database_with_a_user_is_left_alone(session):
    session.add(User(username="somebody"))
    session.flush()
    assert demo.load(session, hash_password) is False
    assert session.scalar(sa.select(sa.func.count(User.id))) == 1
    assert session.scalar(sa.select(sa.func.count(Department.id))) == 0


def test_departments_that_somebody_entered_before_are_used(session):
    session.add(Department(name="信息系"))
    session.flush()
    demo.load(session, hash_password)
    names = session.scalars(sa.select(Department.name)).all()
    assert Counter(names)["信息系"] == 1
    assert {"计算机科学与技术系", "软件工程系", "学院办公室", "实验中心"} <= set(names)


def test_the_same_people_come_every_time(session):
    def load_and_forget():
        demo.load(session, hash_password)
        found = [(p.username, p.fullname, p.post, p.email, p.phone) for p in teachers(session)]
        session.execute(sa.delete(User))
        session.expunge_all()
        return found

    assert load_and_forget() == load_and_forget()


def test_the_names_are_varied_and_some_are_hard_to_sort(session):
    demo.load(session, hash_password)
    people = teachers(session)
    surnames = Counter(person.last_name for person in people)
    assert {"欧阳", "尉迟", "单", "解", "仇", "曾"} <= set(surnames)
    assert len(surnames) > 60
    assert surnames["王"] > surnames["尉迟"]
    assert len({person.fullname for person in people}) > 180
    assert all(person.fullname for person in people)


def test_people_leave_out_what_people_leave_out(session):
    demo.load(session, hash_password)
    people = teachers(session)
    for field in ("email", "tel", "phone", "qq", "wechat", "description"):
        assert 0 < sum(not getattr(person, field) for person in people) < 150, field
    assert any(person.department is None for person in people)


def test_nobody_can_be_reached_by_the_contact_data(session):
    demo.load(session, hash_password)
    unreachable = {
        "email": r"[a-z0-9]+@hhu\.example",
        "tel": r"025-0\d{7}",  # no local number begins with 0
        "phone": r"154\d{8}",  # a prefix without an operator
        "qq": r"0\d{9}",
        "wechat": r"(hhu|wx)\.\w+|154\d{8}",  # an id has no dot
    }
    for person in teachers(session):
        for field, pattern in unreachable.items():
            value = getattr(person, field)
            assert not value or re.fullmatch(pattern, value), value


def test_every_department_has_people_and_every_teaching_one_a_head(session):
    demo.load(session, hash_password)
    posts = {}
    for person in teachers(session):
        if person.department:
            posts.setdefault(person.department.name, []).append(person.post)
    assert set(posts) == set(session.scalars(sa.select(Department.name)))
    assert "辅导员" in posts["学生工作办公室"]
    assert "实验员" in posts["实验中心"]
    assert len({post for there in posts.values() for post in there}) > 20


def test_a_plugin_adds_its_part_after_the_people_are_there(session, config):
    seen = []
    config.add_demo(
        lambda session, registry: seen.append((registry, session.scalar(sa.select(User.id))))
    )
    config.commit()
    assert demo.load_all(config.registry, session, hash_password) is True
    [(registry, someone)] = seen
    assert registry is config.registry
    assert someone is not None


def test_a_plugin_enabled_later_is_asked_again_and_the_people_stay(session, config):
    demo.load_all(config.registry, session, hash_password)
    seen = []
    config.add_demo(lambda session, registry: seen.append(registry))
    config.commit()
    assert demo.load_all(config.registry, session, hash_password) is False
    assert len(seen) == 1
    assert len(teachers(session)) == 200


def test_no_plugin_invents_anything_for_real_people(session, config):
    session.add(User(username="somebody", email="somebody@hhu.edu.cn"))
    session.flush()
    seen = []
    config.add_demo(lambda session, registry: seen.append(registry))
    config.commit()
    assert demo.load_all(config.registry, session, hash_password) is False
    assert seen == []
