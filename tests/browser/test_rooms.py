"""会议室's page and its door sign, on the screen and on paper."""

import pypdfium2
import pytest

from .test_calendar import WEDNESDAY, when
from .watching import findings

# A5 in points, as PDF counts.
A5 = (pytest.approx(420, abs=1), pytest.approx(595, abs=1))


@pytest.fixture
def busy_room(site):
    """Thirteen meetings on a Wednesday, some with a long name."""
    room = site.add_room()
    for hour in range(8, 21):
        text = "全体教师会议：期末考试安排、毕业设计选题审核与实验室搬迁" if hour % 3 else "例会"
        site.reserve(
            room.id, when(WEDNESDAY, f"{hour:02}:00"), when(WEDNESDAY, f"{hour:02}:30"), text
        )
    return room


@pytest.mark.parametrize("size", ["desktop"])
def test_the_door_sign_is_one_page_of_a5_without_a_menu(own_desk, busy_room):
    own_desk.emulate_media(color_scheme="dark")
    own_desk.goto(f"/admin/rooms/meetingrooms/{busy_room.id}/door?day={WEDNESDAY}")
    assert findings(own_desk) == []
    own_desk.emulate_media(color_scheme="dark", media="print")
    with pypdfium2.PdfDocument(own_desk.pdf(prefer_css_page_size=True)) as sign:
        assert len(sign) == 1
        assert sign[0].get_size() == A5
        text = sign[0].get_textpage().get_text_bounded()
    assert busy_room.name in text
    assert "20:00" in text
    for button in ("打印", "返回", "前一天"):
        assert button not in text.replace("打印于", "")


@pytest.mark.slow
def test_the_pages_of_a_busy_room_can_be_used(desk, busy_room):
    for path in (f"?week={WEDNESDAY}", f"door?day={WEDNESDAY}", "door"):
        desk.goto(f"/admin/rooms/meetingrooms/{busy_room.id}/{path}")
        assert findings(desk) == []


@pytest.mark.slow
def test_a_meeting_in_the_week_leads_to_its_reservation_and_back(desk, busy_room):
    desk.goto(f"/admin/rooms/meetingrooms/{busy_room.id}/?week={WEDNESDAY}")
    desk.locator("#week .slot a").first.click()
    desk.get_by_role("heading", name=busy_room.name).wait_for()
    desk.get_by_role("link", name="取消", exact=True).click()
    desk.wait_for_url(f"**/meetingrooms/{busy_room.id}/?week=*")
