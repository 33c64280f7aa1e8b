import pytest
import sqlalchemy as sa

from hhu_base.mail.models import Mail
from hhu_lostfound.models import CLAIMED, HANDED_ON, Thing

THINGS = "/lostfound/things/"


def test_what_was_found_is_reported_and_seen_by_everybody(api, mine, finder):
    body = {"name": "雨伞", "place": "勤学楼", "found_at": "2026-03-02T10:00"}
    made = api.as_user(finder).post(THINGS, body).json
    assert made["found_at"] == "2026-03-02T10:00:00+08:00"
    assert (made["is_mine"], made["status_name"]) == (True, "招领中")
    [seen] = mine.get(THINGS).json["results"]
    assert seen["finder"] == "单立群"
    assert seen == mine.get(f"{THINGS}{made['id']}/").json
    assert (seen["claimer"], seen["message"]) == (None, None)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", " ", "该字段不能为空。"),
        ("place", "长" * 256, "请确保这个字段不能超过 255 个字符。"),
        ("found_at", "2999-01-01T00:00", "拾到的时间不能晚于现在。"),
    ],
)
def test_a_wrong_field_is_told(mine, field, value, message):
    body = {"name": "雨伞", "place": "勤学楼", field: value}
    assert mine.post(THINGS, body, status=400).json == {field: [message]}


def test_the_list_is_searched_and_claimed_things_are_off_it(mine, add_thing):
    add_thing(name="红色雨伞")
    add_thing(name="雨伞", place="励学楼")
    add_thing(name="雨伞", status=CLAIMED)
    add_thing(name="100%")
    names = [one["name"] for one in mine.get(THINGS, {"search": "雨伞 勤学"}).json["results"]]
    assert names == ["红色雨伞"]
    assert mine.get(THINGS, {"search": "%"}).json["count"] == 1
    assert mine.get(THINGS).json["count"] == 3


def test_a_claim_is_written_to_the_finder(mine, teacher, add_thing, session):
    teacher.phone = "15400000000"
    thing = add_thing()
    answer = mine.post(f"{THINGS}{thing.id}/claim/", {"message": "里面有教案"}, status=200).json
    assert (answer["status"], answer["claimer"]) == (CLAIMED, "褚杰")
    [mail] = session.scalars(sa.select(Mail))
    assert (mail.to_address, mail.subject) == (
        "t0002@hhu.example",
        "【失物招领】U 盘：有人认领",
    )
    assert "褚杰 15400000000" in mail.body
    assert "里面有教案" in mail.body
    assert mine.get(THINGS, {"my": "yes"}).json["count"] == 1


def test_of_two_who_claim_the_second_is_refused(api, mine, add_user, add_thing, session):
    thing = add_thing()
    other = api.as_user(add_user("t0003"))
    mine.post(f"{THINGS}{thing.id}/claim/", {"message": "我的"}, status=200)
    refused = other.post(f"{THINGS}{thing.id}/claim/", {"message": "我的"}, status=400)
    assert refused.json == {"detail": "该物品已被认领，或已移交。"}
    other.get(f"{THINGS}{thing.id}/", status=404)
    assert session.get_one(Thing, thing.id).claimer.username == "t0001"


def test_nobody_claims_his_own_or_what_is_not_there(api, mine, finder, add_thing):
    own = api.as_user(finder).post(
        f"{THINGS}{add_thing().id}/claim/", {"message": "我的"}, status=400
    )
    assert own.json == {"detail": "不能认领自己登记的物品。"}
    mine.post(f"{THINGS}{10**9}/claim/", {"message": "我的"}, status=404)
    gone = add_thing(status=HANDED_ON)
    mine.post(f"{THINGS}{gone.id}/claim/", {"message": "我的"}, status=400)


def test_nobody_gets_in_without_a_token(api):
    api.get(THINGS, status=401)
    api.post(THINGS, {"name": "雨伞"}, status=401)
