"""A forgotten password: a link by mail, the same answer for everybody, once, for half an hour."""

import re

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import Mail
from hhu_base.models import EmailConfirmation, PasswordLink, SignInTry, Token
from hhu_base.testing.clients import PASSWORD

NEW = "a-quite-new-passphrase"
FORGOTTEN = "/app/sign-in/forgotten"


@pytest.fixture
def teacher(teacher, app, session):
    teacher.email = "chujie@hhu.example"
    teacher.password = app.registry["passwords"].hash(PASSWORD)
    session.flush()
    return teacher


@pytest.fixture
def ask(browser):
    def ask(name, status=200):
        return browser.submit(browser.get(FORGOTTEN), status=status, name=name)

    return ask


@pytest.fixture
def link(session, ask, teacher):
    """The address in the mail."""
    ask("t0001")
    mail = session.scalars(sa.select(Mail)).one()
    path = re.search(r"/app/sign-in/new-password\?key=\S+", mail.body)[0]
    return path.replace("{secret}", mail.secret)


def mails(session):
    return session.scalars(sa.select(Mail.to_address).order_by(Mail.id)).all()


@pytest.mark.parametrize("name", ["t0001", "chujie@hhu.example", "CHUJIE@hhu.example "])
def test_the_staff_number_or_the_address_is_enough(session, ask, teacher, name):
    ask(name)
    assert mails(session) == ["chujie@hhu.example"]


def test_the_answer_is_the_same_whether_there_is_such_a_person_or_not(session, ask, teacher):
    known, unknown = ask("t0001"), ask("x0001")
    assert known.text.replace("t0001", "?") == unknown.text.replace("x0001", "?")
    assert len(mails(session)) == 1


def test_an_address_that_nobody_has_confirmed_gets_no_link(session, ask, teacher):
    session.add(
        EmailConfirmation(
            user_id=teacher.id,
            address=teacher.email,
            digest=b"x" * 32,
            expires_at=sa.func.now() + sa.text("interval '1 day'"),
        )
    )
    ask("t0001")
    assert mails(session) == []


def test_who_has_been_switched_off_gets_no_link(session, ask, teacher):
    teacher.is_active = False
    ask("t0001")
    assert mails(session) == []


def test_one_person_gets_three_links_an_hour(session, ask, teacher):
    for _ in range(5):
        ask("t0001")
    assert len(mails(session)) == 3


def test_who_asks_too_often_is_told_to_wait(session, ask, teacher):
    ask("t0001")
    session.execute(sa.update(SignInTry).values(free_at=sa.func.now() + sa.text("interval '1 h'")))
    page = ask("t0001", status=429)
    assert int(page.headers["Retry-After"]) > 0


def test_nothing_is_sent_for_an_empty_name(session, ask):
    assert "请填写" in ask("  ", status=400).text
    assert mails(session) == []


def test_the_link_gives_another_password_once_and_signs_all_devices_out(
    session, browser, teacher, link, api
):
    api.as_user(teacher)
    page = browser.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    browser.submit(page, new=NEW, again=NEW)
    assert session.scalar(sa.select(sa.func.count()).select_from(Token)) == 0
    browser.sign_in("t0001", NEW)
    browser.get(link, status=404)


@pytest.mark.parametrize(
    ("new", "again", "says"),
    [
        (NEW, NEW + "x", "不一致"),
        ("short", "short", "太短"),
        ("12345678", "12345678", "全部是数字"),
        ("", "", "请填写"),
    ],
)
def test_a_bad_password_is_refused_and_the_link_stays_good(browser, link, new, again, says):
    page = browser.submit(browser.get(link), status=400, new=new, again=again)
    assert says in page.html.select_one("[role=alert]").text
    browser.submit(page, new=NEW, again=NEW)


def test_a_newer_link_and_half_an_hour_make_one_void(session, browser, ask, link):
    ask("t0001")
    browser.get(link, status=404)
    session.execute(sa.update(PasswordLink).values(expires_at=sa.func.now()))
    newest = session.scalars(sa.select(Mail.secret).order_by(Mail.id.desc())).first()
    browser.get(f"/app/sign-in/new-password?key={newest}", status=404)


@pytest.mark.parametrize("key", ["", "x", "x" * 5000, "%00", "%E4%B8%AD"])
def test_any_other_key_is_void(browser, key):
    browser.get(f"/app/sign-in/new-password?key={key}", status=404)


class TestFirstPassword:
    """The first password of an import is changed before all else."""

    @pytest.fixture
    def me(self, session, browser, teacher):
        teacher.must_change_password = True
        session.flush()
        browser.sign_in("t0001")
        return browser

    @pytest.mark.parametrize("path", ["/app/", "/app/me/devices/", "/admin/"])
    def test_every_page_leads_to_the_new_password(self, me, path):
        assert me.get(path, status=303).location.endswith("/password")

    def test_afterwards_nothing_is_asked_again(self, me, teacher, session):
        page = me.get("/app/me/password")
        assert "初始密码" in me.get("/app/", status=303).follow().text
        me.submit(page, current=PASSWORD, new=NEW, again=NEW)
        me.get("/app/")
        session.refresh(teacher, ["must_change_password"])
        assert not teacher.must_change_password

    def test_they_can_still_sign_out(self, me):
        token = me.form(me.get("/app/me/password"))["csrf_token"].value
        assert me.post("/app/sign-out", {"csrf_token": token}).location.endswith("/app/sign-in")

    def test_rest_works_as_ever(self, api, me, teacher):
        assert api.as_user(teacher).get("/current-user/").json["username"] == "t0001"
