"""Who has never been here: refused, or made of what the provider tells."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts.sso import people
from hhu_base.accounts.sso.errors import UNKNOWN, UNUSABLE, SignOnRefusal
from hhu_base.accounts.sso.provider import Person
from hhu_base.models import AuditEntry, Department, User
from hhu_base.values.surnames import split_name


@pytest.fixture
def find(session):
    def find(username: str) -> User | None:
        return session.scalar(sa.select(User).where(User.username == username))

    return find


@pytest.mark.usefixtures("created")
def test_who_is_made_has_name_mail_and_department(sign_on, session, find):
    session.add(Department(name="信息系"))
    sign_on.by_cas("t0900", cn="欧阳 修", mail="ouyang@hhu.example", department="信息系")
    assert sign_on.is_in()
    made = find("t0900")
    assert (made.email, made.department.name) == ("ouyang@hhu.example", "信息系")
    assert (made.last_name, made.first_name) == ("欧阳", "修")
    assert made.password == ""
    assert not made.is_staff
    assert made.is_active
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["新增", "登录"]
    # The second time they are there, and what the office has changed stays.
    made.last_name, made.first_name = "欧阳", "永叔"
    sign_on.browser.client.reset()
    sign_on.by_cas("t0900", cn="欧阳修")
    assert find("t0900").fullname == "欧阳永叔"


@pytest.mark.usefixtures("created")
def test_who_comes_by_openid_is_made_too(sign_on, university, find):
    sign_on.by_oidc("t0901", name="褚杰", email="chujie@hhu.example", department="没有这个系")
    made = find("t0901")
    assert (made.last_name, made.first_name) == ("褚", "杰")
    assert made.email == "chujie@hhu.example"
    # Somebody else's list of departments is not ours.
    assert made.department is None


def test_without_the_setting_nobody_is_made(sign_on, find):
    assert sign_on.refusal(sign_on.by_cas("t0902", cn="褚杰")) == UNKNOWN.format("t0902")
    assert find("t0902") is None


@pytest.mark.usefixtures("created")
@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"name": "褚\u202e杰\n"}, ("褚杰", None)),
        ({"name": ["褚杰", "x"]}, ("褚杰", None)),
        ({"name": {"a": 1}}, ("", None)),
        ({"name": "x" * 400}, ("", None)),
        ({"name": "J" * 40}, ("", None)),
        ({"name": "褚\x00杰"}, ("褚杰", None)),
        ({"name": "褚杰", "email": "not an address"}, ("褚杰", None)),
        ({"name": "褚杰", "email": "ａ@hhu.example"}, ("褚杰", "a@hhu.example")),
        ({"name": "褚杰", "email": "a@b.c\r\nBcc: x@y.z"}, ("褚杰", None)),
        ({"name": "John Smith"}, ("John Smith", None)),
    ],
    ids=repr,
)
def test_what_nobody_could_have_filled_in_is_tidied_or_left_out(sign_on, find, claims, expected):
    sign_on.by_oidc("t0903", **claims)
    made = find("t0903")
    assert (made.fullname, made.email) == expected


@pytest.mark.usefixtures("created")
@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("t 0904", "中间有空白"),
        ("x" * 151, "超过 150 个字符"),
        ("т0001", "与已有的“t0001”看起来相同"),
    ],
)
def test_a_staff_number_that_no_form_would_take_makes_nobody(sign_on, teacher, number, problem):
    assert sign_on.refusal(sign_on.by_oidc(number)) == UNUSABLE.format(problem)
    assert not sign_on.is_in()


def test_two_sign_ins_of_one_person_at_once_make_one_person(house):
    made, failed = [], []
    together = threading.Barrier(4)

    def come() -> None:
        try:
            with Session(house.registry["engine"]) as session:
                together.wait()
                user, _ = people.find_or_make(session, Person("t0905", "褚杰"), may_make=True)
                made.append(user.id)
                session.commit()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(made) == 4
    assert len(set(made)) == 1


def test_who_is_being_switched_off_does_not_come_in(session, add_user):
    add_user("t0906", is_active=False)
    with pytest.raises(SignOnRefusal, match="已停用"):
        people.find_or_make(session, Person("t0906"), may_make=True)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("褚杰", ("褚", "杰")),
        ("欧阳修", ("欧阳", "修")),
        ("欧 阳修", ("欧", "阳修")),
        ("欧阳", ("欧", "阳")),
        ("诸葛孔明", ("诸葛", "孔明")),
        ("尉迟恭", ("尉迟", "恭")),
        ("单雄信", ("单", "雄信")),
        ("李", ("", "李")),
        ("", ("", "")),
        ("阿卜杜拉·买买提", ("", "阿卜杜拉·买买提")),
        ("John Smith", ("", "John Smith")),
    ],
)
def test_a_chinese_name_is_cut_after_the_surname(name, parts):
    assert split_name(name) == parts
