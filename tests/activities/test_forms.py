"""Registration forms: what an administrator may make, and what people may answer."""

import json

import pytest

from hhu_plugins.activities.answers import BadAnswers, clean
from hhu_plugins.activities.forms import FormError, dump, parse_form, parse_new_form

from .conftest import FORM

RADIO = {"type": "radio", "choices": ["男", "女"]}
BOXES = {"type": "checkbox", "choices": ["a", "b", "c"]}


def test_a_form_keeps_its_order_and_its_chinese():
    assert parse_form(dump(FORM)) == FORM
    assert list(parse_form(dump(FORM))) == list(FORM)
    assert "姓名" in dump(FORM)


@pytest.mark.parametrize(
    ("rule", "stored"),
    [
        ({"type": "text"}, {"type": "text", "required": False, "default": ""}),
        (
            {"default": 3, "type": "number", "choices": []},
            {"type": "number", "required": False, "default": "3"},
        ),
        (
            {"type": "radio", "choices": [" 男", "女", 3], "required": True},
            {"type": "radio", "required": True, "default": "", "choices": ["男", "女", "3"]},
        ),
        (
            {**BOXES, "default": ["c", "a"]},
            {"type": "checkbox", "required": False, "default": ["a", "c"], "choices": [*"abc"]},
        ),
    ],
)
def test_a_rule_is_stored_in_one_shape(rule, stored):
    assert parse_form({" x ": rule}) == {"x": stored}


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("", "第 1 行第 1 列不是有效的 JSON。"),
        ('{"a":\n x}', "第 2 行第 2 列不是有效的 JSON。"),
        ("[" * 100_000, "JSON 嵌套过深。"),
        ("x" * 200_000, "表单过大"),
        ("[]", "表单必须是一个 JSON 对象"),
        (None, "表单必须是一个 JSON 对象"),
        (5, "表单必须是一个 JSON 对象"),
        ('{"a": {"type": "text"}, "a": {"type": "text"}}', "“a”出现了不止一次。"),
        ({"a": {"type": "text"}, "a ": {"type": "text"}}, "字段“a”出现了不止一次。"),
        ({"": {"type": "text"}}, "字段名称不能为空。"),
        ({"a\0": {"type": "text"}}, "字段名称含有空字符或无效字符。"),
        ({"x" * 1001: {"type": "text"}}, "名称不能超过 1000 个字符。"),
        ({str(n): {"type": "text"} for n in range(51)}, "表单最多有 50 个字段。"),
        ({"a": []}, "字段“a”：规则必须是一个 JSON 对象。"),
        ({"a": {}}, "字段“a”：类型（type）必须是"),
        ({"a": {"type": "date"}}, "字段“a”：类型（type）必须是"),
        ({"a": {"type": ["text"]}}, "字段“a”：类型（type）必须是"),
        ({"a": {"type": "text", "requird": True}}, "没有“requird”这个属性。"),
        ({"a": {"type": "text", "required": "yes"}}, "必填（required）必须是"),
        ({"a": {"type": "text", "choices": ["x"]}}, "只有单选和多选才有选项"),
        ({"a": {"type": "radio"}}, "选项（choices）必须是一个列表，至少有一项。"),
        ({"a": {"type": "radio", "choices": "男女"}}, "选项（choices）必须是一个列表"),
        ({"a": {"type": "radio", "choices": ["x", " x"]}}, "选项（choices）有重复。"),
        ({"a": {"type": "radio", "choices": [""]}}, "每个选项必须是"),
        ({"a": {"type": "radio", "choices": [None]}}, "每个选项必须是"),
        ({"a": {"type": "radio", "choices": ["x" * 101]}}, "每个选项必须是"),
        ({"a": {"type": "radio", "choices": [str(n) for n in range(101)]}}, "最多有 100 项。"),
        ({"a": {**RADIO, "default": "无"}}, "默认值（default）不在选项之中。"),
        ({"a": {**BOXES, "default": ["x"]}}, "默认值（default）不在选项之中。"),
        ({"a": {**BOXES, "default": "a"}}, "多选的默认值（default）必须是一个列表。"),
        ({"a": {"type": "number", "default": "很多"}}, "默认值（default）不是数字。"),
        ({"a": {"type": "text", "default": []}}, "默认值（default）必须是"),
        ({"a": {"type": "text", "default": "x" * 1001}}, "默认值（default）必须是"),
        ('{"a": {"type": "number", "default": NaN}}', "其中有 JSON 不允许的数值。"),
        (
            {str(n): {**RADIO, "choices": [f"{n}{c:090}" for c in range(100)]} for n in range(50)},
            "表单过大",
        ),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_wrong_with_a_form_is_told(form, problem):
    with pytest.raises(FormError) as caught:
        parse_form(form)
    assert problem in "".join(caught.value.problems)


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(FormError) as caught:
        parse_form({"a": {"type": "x"}, "": {}, "b": {"type": "radio"}})
    assert len(caught.value.problems) == 4


def one(rule, answer):
    """What is stored for an answer to a form of one field; ``...``: left out."""
    form = parse_form({"甲": rule})
    return clean(form, {} if answer is ... else {"甲": answer})["甲"]


@pytest.mark.parametrize(
    ("rule", "answer", "stored"),
    [
        ({"type": "text", "default": "无"}, ..., "无"),
        ({"type": "text", "default": "无"}, None, "无"),
        ({"type": "text", "default": "无"}, " ", ""),
        ({"type": "text"}, " 褚杰 ", "褚杰"),
        ({"type": "text"}, 12, "12"),
        ({"type": "textarea"}, "一\n二", "一\n二"),
        ({"type": "textarea"}, "长" * 10_000, "长" * 10_000),
        ({"type": "number"}, 0, 0),
        ({"type": "number", "required": True}, 0, 0),
        ({"type": "number"}, "0012", 12),
        ({"type": "number"}, " -3.50 ", -3.5),
        ({"type": "number"}, 2.5, 2.5),
        ({"type": "number"}, "－１２．５\u200b", -12.5),
        ({"type": "text", "default": "无"}, "\u200b\u3164", ""),
        (RADIO, "\u200b男\u200b", "男"),
        ({**RADIO, "choices": ["男\u200b", "女"]}, "男", "男"),
        ({"type": "number", "default": "7"}, "", 7),
        ({"type": "number", "default": "7"}, ..., 7),
        ({"type": "number"}, ..., ""),
        (RADIO, "男", "男"),
        ({**RADIO, "default": "女"}, ..., "女"),
        ({**RADIO, "default": "女"}, "", "女"),
        ({"type": "radio", "choices": ["1", "2"]}, 2, "2"),
        (BOXES, ["c", "a", "a"], ["a", "c"]),
        (BOXES, ..., []),
        ({**BOXES, "default": ["b"]}, ..., ["b"]),
        ({**BOXES, "default": ["b"]}, [], []),
    ],
)
def test_answers_are_cleaned(rule, answer, stored):
    result = one(rule, answer)
    assert result == stored
    assert type(result) is type(stored)


@pytest.mark.parametrize("answer", [..., None, "", "  ", "\u3000", "\u200b\u3164", []])
@pytest.mark.parametrize("kind", ["text", "textarea", "number", "radio", "checkbox"])
def test_a_required_field_is_asked_for_even_where_it_has_a_default(kind, answer):
    rule = {"type": kind, "required": True, "default": ""}
    if kind in ("radio", "checkbox"):
        rule |= {"choices": ["1"], "default": "1" if kind == "radio" else ["1"]}
    with pytest.raises(BadAnswers, match="^必填项甲不得为空。（字段：甲）$"):
        one(rule, answer)


@pytest.mark.parametrize(
    ("rule", "answers", "sentence"),
    [
        (
            {"type": "number"},
            ["x", "1e5", "一二", "1 2", "--1", "0x1", "NaN", True, [1], {}, 10**15, 10**400]
            + [float("inf"), float("nan"), "9" * 16, "9" * 5000, "1."],
            "数字不合法（字段：甲）",
        ),
        (RADIO, ["无", ["男"], True, {}, 1, float("nan"), "男女"], "单选项不合法（字段：甲）"),
        (
            BOXES,
            ["a", "abc", ["x"], ["a", "x"], [["a"]], [None], [True], {"a": 1}, 1, [10**400]],
            "多选项不合法（字段：甲）",
        ),
        ({"type": "text"}, [["x"], {}, True, 10**400], "报名失败：报名表单不合法。"),
        (
            {"type": "text"},
            ["a\0b", "\ud800", "a\ufffe", "a\x85b"],
            "不允许包含空字符或无效字符。（字段：甲）",
        ),
        ({"type": "text"}, ["长" * 1001], "请确保这个字段不能超过 1000 个字符。（字段：甲）"),
        (
            {"type": "textarea"},
            ["长" * 10_001],
            "请确保这个字段不能超过 10000 个字符。（字段：甲）",
        ),
    ],
)
def test_a_wrong_answer_is_refused_in_the_words_of_the_contract(rule, answers, sentence):
    for answer in answers:
        with pytest.raises(BadAnswers) as caught:
            one(rule, answer)
        assert str(caught.value) == sentence, answer


def test_the_first_field_that_is_wrong_is_named():
    form = parse_form({"乙": {"type": "number"}, "甲": {"type": "text", "required": True}})
    with pytest.raises(BadAnswers, match="乙"):
        clean(form, json.dumps({"甲": "", "乙": "x"}))


def test_unknown_names_are_dropped_and_the_order_is_the_forms():
    answers = clean(FORM, {"备注": "b", "无关": 1, "姓名": "a"})
    assert list(answers) == list(FORM)


def test_what_nobody_sees_makes_no_second_field_or_choice():
    assert parse_form({"姓\u200b名\ufeff": {"type": "text"}}).keys() == {"姓名"}
    rule = parse_form({"甲": {**RADIO, "choices": ["男\u200b", "女"], "default": "\u2060男"}})["甲"]
    assert (rule["choices"], rule["default"]) == (["男", "女"], "男")
    for form in (
        {"甲": {"type": "text"}, "甲\u200b": {"type": "text"}},
        {"甲": {**RADIO, "choices": ["男", "男\u200b"]}},
        {"\u200b": {"type": "text"}},
        {"甲\ufffe": {"type": "text"}},
    ):
        with pytest.raises(FormError):
            parse_form(form)


@pytest.mark.parametrize("name", ["1", "007", " 12 ", "１２"])
def test_only_a_stored_form_has_fields_whose_names_are_digits(name):
    form = {name: {"type": "text"}}
    stored = parse_form(form)
    assert parse_new_form(form, stored) == stored
    with pytest.raises(FormError, match="名称不能只是数字"):
        parse_new_form(form)


@pytest.mark.parametrize("name", ["第 1 项", "1.", "1月", "-1"])
def test_more_than_digits_is_a_name(name):
    assert list(parse_new_form({name: {"type": "text"}})) == [name]
