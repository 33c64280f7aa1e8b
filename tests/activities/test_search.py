"""Activities in the search over everything."""

import pytest


@pytest.mark.parametrize("text", ["羽毛球", "yumaoqiu", "ymq", "体育馆", "球 体育馆"])
def test_an_activity_is_found_by_its_name_and_place(search, add_activity, text):
    add_activity("教工羽毛球赛", location="体育馆")
    add_activity("春游")
    (found,) = search(text)["活动"].items()
    assert found[0] == "教工羽毛球赛"
    assert "体育馆" in found[1]


def test_one_that_is_closed_is_found_by_who_has_to_do_with_it(
    search, add_activity, add_enrollment, add_waiting, teacher
):
    add_activity("球赛一", open_for_enrollment=False)
    add_enrollment(add_activity("球赛二", open_for_enrollment=False), teacher)
    add_waiting(add_activity("球赛三", open_for_enrollment=False), teacher)
    found = search("球赛")["活动"]
    assert set(found) == {"球赛二", "球赛三"}
    assert found["球赛二"].endswith("已报名")


def test_what_is_over_comes_last(search, add_activity, now):
    from datetime import timedelta

    day = timedelta(days=1)
    add_activity("球赛一")
    add_activity("球赛二", time_start=now - 2 * day, time_end=now - day)
    assert list(search("球赛")["活动"]) == ["球赛一", "球赛二"]
