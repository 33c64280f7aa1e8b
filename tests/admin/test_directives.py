"""The directives: what a plugin adds appears, and only for whom it is meant."""

import subprocess
import sys

import pytest
from pyramid.exceptions import ConfigurationError

from hhu_base import configure
from hhu_base.admin import Column, ModelAdmin, Tab
from hhu_base.testing.clients import AdminClient
from hhu_plugins.rooms.models import Meetingroom, Reservation

CALENDAR = "/admin/rooms/days/"


def show_days(request):
    """A plain view in the shell; any template that extends it would do."""
    return {"title": "日历页", "cards": [], "today": "今天"}


@pytest.fixture(scope="module")
def extended_app(settings, engine):
    """The application with a page, a card, and a card that has nothing to say."""
    config = configure(dict(settings))
    config.add_admin_page(
        show_days,
        CALENDAR,
        "日历页",
        permission="rooms.view",
        icon="calendar3",
        renderer="hhu_base.admin:templates/home.jinja2",
    )
    config.add_admin_card(
        lambda request: {"title": "待维修", "figure": 3}, permission="rooms.change"
    )
    config.add_admin_card(lambda request: None)
    app = config.make_wsgi_app()
    yield app
    app.registry["listener"].stop()
    app.registry["engine"].dispose()


@pytest.fixture
def extended(extended_app, sessions, session) -> AdminClient:
    return AdminClient(extended_app, sessions, session)


def test_a_page_and_its_menu_line(extended, add_staff):
    client = extended.as_user(add_staff("rooms.view"))
    page = client.get(CALENDAR)
    assert page.html.select_one("#side a[aria-current]").text.strip() == "日历页"
    client.get(CALENDAR.rstrip("/"))


def test_a_page_is_only_for_whom_it_is_meant(extended, add_staff):
    client = extended.as_user(add_staff("core.change"))
    client.get(CALENDAR, status=403)
    assert CALENDAR not in client.get("/admin/").text
    extended.get(CALENDAR, status=303)


def test_cards(extended, add_staff):
    assert "待维修" in extended.as_user(add_staff("rooms.change")).get("/admin/").text
    client = extended.as_user(add_staff("rooms.view", username="staff2"))
    assert "待维修" not in client.get("/admin/").text


def test_what_the_base_and_the_rooms_declare(app):
    assert set(app.registry["admin.tables"]) >= {
        ("core", "users"),
        ("core", "departments"),
        ("core", "groups"),
        ("core", "audit"),
        ("rooms", "meetingrooms"),
    }
    assert app.registry["admin.sections"]["rooms"] == "会议室预约"


@pytest.mark.slow
def test_forms_and_spreadsheets_are_loaded_only_when_needed(settings):
    """Workers and the REST API do without Deform, Chameleon and openpyxl."""
    code = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from hhu_base import configure\n"
        f"configure({dict(settings)!r}).make_wsgi_app()\n"
        "heavy = {'deform', 'chameleon', 'openpyxl'} & set(sys.modules)\n"
        "import os; os.write(1, repr(sorted(heavy)).encode()); os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]", done.stderr


@pytest.mark.parametrize(
    ("attribute", "names", "problem"),
    [
        ("search", ("nmae",), "Meetingroom has no field 'nmae'; did you mean 'name'?"),
        ("search", ("seats_count",), "'seats_count' is no text, which is what is searched"),
        ("search", ("room.name",), "Meetingroom has no relation 'room'"),
        ("columns", ("name", "size"), "Meetingroom has no field 'size'"),
        ("columns", (Column("x", value=str, sort=("nam",)),), "Meetingroom has no field 'nam'"),
        ("columns", (Column("x", value=str, needs=("user",)),), "Meetingroom has no relation"),
        ("filters", ("locatoin",), "Meetingroom has no field 'locatoin'; did you mean 'location'?"),
        ("order", ("-nothing",), "Meetingroom has no field 'nothing'"),
        ("tabs", (Tab("a", "A", order=("seat_count",)),), "Meetingroom has no field 'seat_count'"),
        ("labels", {"loction": "地点"}, "Meetingroom has no field 'loction'"),
    ],
)
def test_a_field_that_is_none_is_found_at_the_start(settings, attribute, names, problem):
    class TypoAdmin(ModelAdmin):
        """有错"""

        path = "/admin/rooms/typos/"
        model = Meetingroom

    setattr(TypoAdmin, attribute, names)
    config = configure(dict(settings))
    with pytest.raises(ConfigurationError) as caught:
        config.add_model_admin(TypoAdmin)
    assert str(caught.value).startswith(f"TypoAdmin.{attribute}: {problem}")


def test_a_declaration_may_name_what_it_points_to_and_what_it_computes(settings):
    class GoodAdmin(ModelAdmin):
        """无误"""

        path = "/admin/rooms/good/"
        model = Reservation
        columns = (
            "room.name",
            Column("length", value=str, sort=("reserve_from",), needs=("user",)),
        )
        search = ("description", "user.username")
        filters = ("room_id", "room.location")
        labels = {"length": "时长", "room.name": "会议室"}

    configure(dict(settings)).add_model_admin(GoodAdmin)
