"""One's own repairs in the search over everything."""

import pytest

from hhu_plugins.repairs.models import WITHDRAWN


@pytest.mark.parametrize("text", ["投影", "勤学楼", "qxl", "勤学楼 投影"])
def test_one_finds_ones_own_repairs_and_no_others(search, add_request, add_user, text):
    add_request(location="勤学楼301", description="投影仪不亮")
    add_request(location="勤学楼302", description="投影仪不亮", user_id=add_user("t2").id)
    add_request(location="勤学楼303", description="投影仪不亮", status=WITHDRAWN)
    (found,) = search(text)["我的报修"].items()
    assert found[0] == "勤学楼301 投影仪不亮"
    assert "未受理" in found[1]


def test_a_repair_is_found_by_its_category(search, add_request, category):
    add_request(location="勤学楼301", category_id=category.id)
    assert len(search(category.name)["我的报修"]) == 1
