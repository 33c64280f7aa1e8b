"""The form builder: fields of every type, their order, the preview, and JSON that is pasted."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

ADD = "/admin/activities/activities/add"
OTHER_FORM = {
    "乙项": {"type": "number", "required": True, "default": "3"},
    "甲项": {"type": "radio", "required": False, "default": "乙", "choices": ["甲", "乙"]},
}


@pytest.fixture
def builder(desk, fair, site) -> tuple[Page, str]:
    """The page of a new activity that has all but its form, and the activity's name."""
    name = site.new_name("活动")
    desk.goto(ADD)
    desk.get_by_label("名称").first.fill(name)
    desk.get_by_label("开始时间").fill("2030-05-01T09:00")
    desk.get_by_label("结束时间").fill("2030-05-01T17:00")
    return desk, name


def add_field(desk: Page, name: str, kind: str, *, required: bool = False) -> Locator:
    desk.get_by_role("button", name="添加字段").click()
    # The cursor is in the name, which is selected.
    desk.keyboard.type(name)
    field = desk.locator(".builder-field").last
    field.get_by_label("类型").select_option(kind)
    if required:
        field.get_by_label("必填").check()
    return field


def names(desk: Page) -> list[str]:
    return desk.locator(".builder-name").evaluate_all("each => each.map(({ value }) => value)")


def previewed(desk: Page) -> list[str]:
    labels = desk.locator(".phone-label").all_inner_texts()
    return [label.strip() for label in labels]


def middle_of(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def save(desk: Page) -> None:
    desk.get_by_role("button", name="保存", exact=True).click()


def paste(desk: Page, text: str) -> None:
    # Opened so, and not by a click: after a mistake the page opens it itself, a moment later.
    desk.locator(".builder-json").evaluate("(details) => { details.open = true; }")
    desk.locator("textarea[name=form_metas]").fill(text)


def test_fields_of_all_types_are_made_previewed_and_saved(builder, fair):
    desk, name = builder
    add_field(desk, "姓名", "单行文字", required=True)
    add_field(desk, "人数", "数字").get_by_label("默认值").fill("2")
    taste = add_field(desk, "口味", "单选")
    taste.get_by_label("选项，每行一个").fill("清淡\n麻辣")
    taste.get_by_label("类型").focus()  # leaves the choices, which the default offers then
    taste.get_by_label("默认值").select_option("麻辣")
    times = add_field(desk, "时段", "多选")
    times.get_by_label("选项，每行一个").fill("上午\n下午\n")
    times.get_by_label("类型").focus()
    times.get_by_label("下午").check()
    add_field(desk, "备注", "多行文字")

    assert previewed(desk) == ["姓名 *", "人数", "口味", "时段", "备注"]
    phone = desk.get_by_label("手机预览")
    expect(phone.get_by_label("人数")).to_have_value("2")
    expect(phone.get_by_label("麻辣")).to_be_checked()
    expect(phone.get_by_label("下午")).to_be_checked()
    expect(phone.get_by_label("上午")).not_to_be_checked()
    save(desk)
    expect(desk.get_by_role("status")).to_contain_text("已新增活动")
    assert list(fair.activity_named(name).form_metas.items()) == [
        ("姓名", {"type": "text", "required": True, "default": ""}),
        ("人数", {"type": "number", "required": False, "default": "2"}),
        (
            "口味",
            {"type": "radio", "required": False, "default": "麻辣", "choices": ["清淡", "麻辣"]},
        ),
        (
            "时段",
            {
                "type": "checkbox",
                "required": False,
                "default": ["下午"],
                "choices": ["上午", "下午"],
            },
        ),
        ("备注", {"type": "textarea", "required": False, "default": ""}),
    ]


def test_the_order_is_changed_with_the_keyboard(builder, fair):
    desk, name = builder
    for each in ("甲", "乙", "丙"):
        add_field(desk, each, "单行文字")
    desk.get_by_role("button", name="移动“丙”").focus()
    desk.keyboard.press("ArrowUp")
    assert names(desk) == ["甲", "丙", "乙"]
    # It has kept the cursor, and says where it is to who does not see it.
    expect(desk.get_by_role("button", name="移动“丙”")).to_be_focused()
    expect(desk.get_by_text("“丙”移到第 2 位，共 3 个字段。")).to_be_attached()
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("ArrowUp")
    desk.get_by_role("button", name="下移“甲”").press("Enter")
    assert names(desk) == previewed(desk) == ["丙", "乙", "甲"]
    save(desk)
    assert list(fair.activity_named(name).form_metas) == ["丙", "乙", "甲"]


def test_the_order_is_changed_by_dragging(builder, fair):
    desk, name = builder
    for each in ("甲", "乙", "丙"):
        add_field(desk, each, "单行文字")
    desk.locator(".builder-field").nth(1).evaluate(
        "each => each.scrollIntoView({ block: 'center' })"
    )
    start = middle_of(desk.get_by_role("button", name="移动“甲”"))
    desk.mouse.move(*start)
    desk.mouse.down()
    desk.mouse.move(start[0], middle_of(desk.locator(".builder-field").last)[1] + 20, steps=8)
    desk.mouse.up()
    assert names(desk) == previewed(desk) == ["乙", "丙", "甲"]
    save(desk)
    assert list(fair.activity_named(name).form_metas) == ["乙", "丙", "甲"]


@pytest.mark.slow
def test_a_drag_to_the_edge_of_the_screen_goes_on_beyond_it(builder):
    desk, _ = builder
    letters = [f"第{number}项" for number in range(9)]
    paste(desk, json.dumps({each: {"type": "text"} for each in letters}, ensure_ascii=False))
    expect(desk.locator(".builder-field")).to_have_count(len(letters))
    last = desk.locator(".builder-field").last
    last.evaluate("each => each.scrollIntoView({ block: 'center' })")
    expect(desk.locator(".builder-field").first).not_to_be_in_viewport()
    start = middle_of(last.get_by_role("button", name="移动"))
    desk.mouse.move(*start)
    desk.mouse.down()
    desk.mouse.move(start[0], 30, steps=8)
    # Held there, until the first is in sight.
    expect(desk.locator(".builder-field .builder-name").first).to_have_value("第8项")
    desk.mouse.up()
    assert names(desk) == ["第8项", *letters[:-1]]


def test_json_that_is_no_form_is_named_and_not_saved(builder, watch):
    desk, _ = builder
    paste(desk, '{"姓名": {"type": "文字"}, "口味": {"type": "radio"}}')
    problems = desk.locator(".builder-problems li")
    expect(problems).to_have_count(2)
    expect(problems.first).to_contain_text("字段“姓名”：类型（type）必须是")
    watch.expect(400)
    save(desk)
    error = desk.locator(".field-error")
    expect(error).to_contain_text("字段“口味”：选项（choices）必须是一个列表")
    paste(desk, '{"姓名": ')
    expect(problems).to_have_text(["第 1 行第 7 列不是有效的 JSON。"])


@pytest.mark.slow
def test_the_json_of_one_activity_makes_the_form_of_another(builder, fair):
    desk, name = builder
    paste(desk, json.dumps(OTHER_FORM, ensure_ascii=False))
    expect(desk.locator(".builder-field")).to_have_count(2)
    assert names(desk) == ["乙项", "甲项"]
    assert previewed(desk) == ["乙项 *", "甲项"]
    save(desk)
    expect(desk.get_by_role("status")).to_contain_text("已新增活动")
    first = fair.activity_named(name)
    assert list(first.form_metas.items()) == list(OTHER_FORM.items())

    desk.goto(f"/admin/activities/activities/{first.id}/?tab=form")
    desk.get_by_text("表单的 JSON").click()
    copied = desk.locator("textarea[name=form_metas]").input_value()
    desk.goto(f"/admin/activities/activities/{fair.lonely_id}/?tab=form")
    paste(desk, copied)
    expect(desk.locator(".builder-field")).to_have_count(2)
    save(desk)
    assert list(fair.form_of(fair.lonely_id).items()) == list(OTHER_FORM.items())


@pytest.mark.slow
def test_a_name_of_digits_is_refused_while_it_is_typed(builder):
    desk, _ = builder
    add_field(desk, "12", "单行文字")
    problem = desk.locator(".builder-problems li")
    expect(problem).to_contain_text("字段“12”：名称不能只是数字，手机会打乱这些字段的次序")
    desk.locator(".builder-name").last.fill("第 12 项")
    expect(problem).to_have_count(0)


@pytest.mark.slow
def test_a_stored_form_with_such_names_keeps_its_order(desk, fair, site):
    form = {name: {"type": "text", "required": False, "default": ""} for name in ("2", "1")}
    activity_id = fair.add_activity(site.new_name("活动"), form_metas=form)[0]
    desk.goto(f"/admin/activities/activities/{activity_id}/?tab=form")
    # JavaScript itself would not keep it.
    expect(desk.locator(".builder-field")).to_have_count(2)
    assert names(desk) == previewed(desk) == ["2", "1"]
    desk.locator(".builder-field").first.get_by_label("必填").check()
    expect(desk.locator(".builder-problems li")).to_have_count(0)
    save(desk)
    expect(desk.get_by_role("status").first).to_contain_text("已保存")
    assert [(name, rule["required"]) for name, rule in fair.form_of(activity_id).items()] == [
        ("2", True),
        ("1", False),
    ]


@pytest.mark.slow
def test_two_fields_of_one_name_are_refused(builder, watch):
    desk, _ = builder
    add_field(desk, "姓名", "单行文字")
    add_field(desk, "姓名", "数字")
    expect(desk.locator(".builder-problems li")).to_have_text(["“姓名”出现了不止一次。"])
    watch.expect(400)
    save(desk)
    # Nothing that was typed is lost.
    assert "姓名" in desk.locator("textarea[name=form_metas]").input_value()


def test_a_field_fills_itself_in_and_another_is_asked_under_a_condition(builder, fair):
    desk, name = builder
    desk.locator(".builder-ready").get_by_role("button", name="手机").click()
    stay = add_field(desk, "住宿", "单选")
    stay.get_by_label("选项，每行一个").fill("是\n否")
    hotel = add_field(desk, "酒店", "单行文字", required=True)
    hotel.get_by_label("显示条件").select_option(label="“住宿”选了“是”时")
    add_field(desk, "证明", "上传文件")
    # The condition follows the name of the field that it speaks of.
    desk.locator(".builder-field").nth(1).locator(".builder-name").fill("是否住宿")
    expect(desk.locator(".phone-when")).to_have_text("只在“是否住宿”选了“是”时出现")
    expect(desk.locator(".builder-problems li")).to_have_count(0)
    save(desk)
    expect(desk.get_by_text(f"已新增活动“{name}”")).to_be_visible()
    form = fair.activity_named(name).form_metas
    assert form["手机"] == {"type": "text", "required": True, "default": "", "fill": "phone"}
    assert form["酒店"]["when"] == {"field": "是否住宿", "is": "是"}
    assert form["证明"]["type"] == "file"
