"""我的: profile and card, signed-in devices, WeChat."""

import pytest
import sqlalchemy as sa

from hhu_base.accounts import devices, tokens
from hhu_base.mail.models import Mail
from hhu_base.models import Department, Token

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0 miniProgram/wx1"


@pytest.fixture
def me(browser, teacher):
    return browser.as_user(teacher)


class TestProfile:
    PATH = "/app/me/profile/"

    def test_it_is_changed_as_a_whole(self, me, teacher, session):
        department = Department(name="信息系")
        session.add(department)
        session.flush()
        form = me.form(me.get(self.PATH))
        form["first_name"], form["post"], form["description"] = "明杰", "教授", "江宁校区"
        form["department"] = str(department.id)
        me._call(form.submit, status=303)
        session.refresh(teacher)
        assert (teacher.first_name, teacher.post, teacher.description, teacher.department_id) == (
            "明杰",
            "教授",
            "江宁校区",
            department.id,
        )
        form = me.form(me.get(self.PATH))
        assert form["department"].value == str(department.id)
        form["department"] = ""
        me._call(form.submit, status=303)
        session.refresh(teacher)
        assert teacher.department_id is None

    def test_another_address_has_to_be_confirmed_and_it_is_said_so(self, me, session):
        page = me.submit(me.get(self.PATH), email="new@elsewhere.example")
        assert "确认邮件已经寄出" in me.get(page.location).text
        assert session.scalars(sa.select(Mail.kind)).all() == ["core.confirmation"]

    @pytest.mark.parametrize(
        ("field", "value"), [("first_name", ""), ("email", "no"), ("phone", "1" * 33)]
    )
    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(self, me, field, value):
        page = me.submit(me.get(self.PATH), status=400, **{"post": "教授", field: value})
        assert page.html.select_one(f"[name={field}][aria-invalid]")
        assert me.form(page)["post"].value == "教授"


class TestDevices:
    PATH = "/app/me/devices/"

    @pytest.mark.parametrize(
        ("user_agent", "name"),
        [
            (WINDOWS, "Windows · Chrome"),
            (WECHAT, "iPhone · 微信小程序"),
            ("curl/8", ""),
            (None, ""),
        ],
    )
    def test_a_device_is_called_what_people_call_it(self, user_agent, name):
        assert devices.describe(user_agent) == name

    @pytest.fixture
    def phone(self, session, teacher, app):
        tokens.issue(session, teacher.id, app.registry["token_lifetime"], "微信小程序 · 安卓")
        return session.scalars(sa.select(Token).where(Token.device != "")).one()

    def test_each_of_the_others_can_be_ended(self, me, phone, session):
        page = me.get(self.PATH)
        rows = page.html.select(".rows li")
        assert "本设备" in rows[0].text
        assert rows[0].select_one("button") is None
        assert "微信小程序 · 安卓" in rows[1].text
        csrf = rows[1].select_one("[name=csrf_token]")["value"]
        me.post(self.PATH, {"csrf_token": csrf, "device": phone.digest.hex()})
        assert len(me.get(self.PATH).html.select(".rows li")) == 1

    def test_nobody_ends_the_devices_of_others(self, browser, phone, add_user, session):
        other = browser.as_user(add_user("t0002"))
        csrf = other.get(self.PATH).html.select_one("[name=csrf_token]")["value"]
        for device in (phone.digest.hex(), "", "x", "00", "others"):
            other.post(self.PATH, {"csrf_token": csrf, "device": device})
        assert session.get(Token, phone.digest) is not None

    def test_all_others_end_at_once(self, me, phone, session):
        csrf = me.get(self.PATH).html.select_one("[name=csrf_token]")["value"]
        me.post(self.PATH, {"csrf_token": csrf, "device": "others"})
        assert session.scalar(sa.select(sa.func.count()).select_from(Token)) == 1
        me.get(self.PATH)


def test_wechat_can_be_unbound_and_its_devices_are_signed_out(me, teacher, session, app):
    teacher.wechat_openid = "openid"
    tokens.issue(session, teacher.id, app.registry["token_lifetime"], devices.WECHAT)
    page = me.get("/app/me/wechat/")
    assert "已绑定" in page.text
    me._call(me.form(page).submit, status=303)
    session.refresh(teacher, ["wechat_openid"])
    assert teacher.wechat_openid is None
    assert session.scalar(sa.select(sa.func.count()).select_from(Token)) == 1
    assert "未绑定" in me.get("/app/me/wechat/").text
