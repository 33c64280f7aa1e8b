"""The expression filter: how it is read."""

import pytest

from hhu_plugins.activities.expressions import (
    AllOf,
    AnyOf,
    ExpressionError,
    HasLabel,
    Not,
    label_problem,
    parse,
)
from hhu_plugins.activities.expressions.sentences import sentence, state, with_state, words

LABELS = ["签到", "签退", "午餐"]
A, B, C = map(HasLabel, LABELS)


def all_of(*parts):
    return AllOf(parts, 1 + max(part.depth for part in parts))


def any_of(*parts):
    return AnyOf(parts, 1 + max(part.depth for part in parts))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("签到", A),
        ("未签到", Not(A)),
        ("未未签到", A),
        ("签到了但未签退", all_of(A, Not(B))),
        ("（签到或签退）且未午餐", all_of(any_of(A, B), Not(C))),
        ("(签到或签退）未午餐的", all_of(any_of(A, B), Not(C))),
        ("签到或签退且午餐", any_of(A, all_of(B, C))),
        ("签到或签退 午餐", any_of(A, all_of(B, C))),
        ("签到 签退 或 午餐", any_of(all_of(A, B), C)),
        ("未签到且签退", all_of(Not(A), B)),
        ("未(签到且签退)", Not(all_of(A, B))),
        ("未（签到）签退", all_of(Not(A), B)),
        (" 签到\u3000了\t签到\n的", A),
        ("但签到了的", A),
        ("（（（签到）））", A),
        ("签到且签退且签到", all_of(A, B)),
        ("签到且（签退且午餐）", all_of(A, B, C)),
        ("签到签退午餐", all_of(A, B, C)),
        ("没签到", Not(A)),
        ("没有签到", Not(A)),
        ("已签到但是没有签退", all_of(A, Not(B))),
        ("已经签到，但是没签退", all_of(A, Not(B))),
        ("签到和签退", all_of(A, B)),
        ("签到并签退", all_of(A, B)),
        ("签到并且未签退", all_of(A, Not(B))),
        ("签到而且午餐以及签退", all_of(A, C, B)),
        ("签到、签退，午餐", all_of(A, B, C)),
        ("签到, 没签退", all_of(A, Not(B))),
        ("签到或者签退", any_of(A, B)),
        ("签到，或者没有签退", any_of(A, Not(B))),
        ("签到，并且签退", all_of(A, B)),
        ("没（签到和签退）", Not(all_of(A, B))),
        ("没有没签到", A),
    ],
)
def test_an_expression_is_read_as_people_mean_it(text, meaning):
    assert parse(text, LABELS) == meaning


@pytest.mark.parametrize("text", ["", "  ", "\n\t\u3000"])
def test_nothing_is_no_filter(text):
    assert parse(text, LABELS) is None


@pytest.mark.parametrize(
    ("label", "others", "text", "meaning"),
    [
        ("未到", ["到"], "未到", HasLabel("未到")),
        ("未到", ["到"], "未未到", Not(HasLabel("未到"))),
        ("未到", ["到"], "未 到", Not(HasLabel("到"))),
        ("或许", ["许"], "许或或许", any_of(HasLabel("许"), HasLabel("或许"))),
        (
            "签到 第一天",
            ["签到"],
            "签到 第一天且签到",
            all_of(HasLabel("签到 第一天"), HasLabel("签到")),
        ),
        ("签到（下午）", ["签到"], "未签到（下午）", Not(HasLabel("签到（下午）"))),
        ("签到（下午）", ["签到"], "签到（下午", None),
        ('"引号"', [], '未"引号"', Not(HasLabel('"引号"'))),
        ("'; DROP TABLE x; --", [], "未'; DROP TABLE x; --", Not(HasLabel("'; DROP TABLE x; --"))),
        ("a.*|b", ["a"], "a.*|b 或 a", any_of(HasLabel("a.*|b"), HasLabel("a"))),
        ("了解", [], "了解了", HasLabel("了解")),
        ("吃了的但", ["吃"], "吃了的但或吃", any_of(HasLabel("吃了的但"), HasLabel("吃"))),
        ("👍", [], "未👍", Not(HasLabel("👍"))),
        ("签", ["签到"], "签到签", all_of(HasLabel("签到"), HasLabel("签"))),
        ("\\d", [], "\\d", HasLabel("\\d")),
        ("没到", ["到"], "没到", HasLabel("没到")),
        ("没到", ["到"], "没没到", Not(HasLabel("没到"))),
        ("和谐晚会", ["签到"], "签到和谐晚会", all_of(A, HasLabel("和谐晚会"))),
        ("和谐晚会", ["签到"], "签到和和谐晚会", all_of(A, HasLabel("和谐晚会"))),
        ("并且", ["签到"], "签到并且并且签到", None),
        ("早、晚", ["早", "晚"], "早、晚", HasLabel("早、晚")),
    ],
)
def test_a_label_may_hold_anything_and_the_longest_is_meant(label, others, text, meaning):
    labels = [*others, label]
    if meaning is None:
        with pytest.raises(ExpressionError):
            parse(text, labels)
    else:
        assert parse(text, labels) == meaning


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        ("签到或", 3, "表达式不完整：末尾还缺少打卡项、“未”、左括号。"),
        ("未", 1, "表达式不完整：末尾还缺少打卡项、“未”、左括号。"),
        ("（签到", 3, "表达式不完整：末尾还缺少打卡项、“未”、左括号、“且”、“或”、右括号。"),
        ("了的", 2, "表达式不完整：末尾还缺少打卡项、“未”、左括号。"),
        ("或签到", 0, "第 1 个字“或”无法理解：此处应为打卡项、“未”、左括号。"),
        ("签到且或签退", 3, "第 4 个字“或”无法理解：此处应为打卡项、“未”、左括号。"),
        ("（）", 1, "第 2 个字“）”无法理解：此处应为打卡项、“未”、左括号。"),
        (
            "签到）",
            2,
            "第 3 个字“）”无法理解：此处应为打卡项、“未”、左括号、“且”、“或”、结尾。",
        ),
        (
            "未晚餐",
            1,
            "第 2 个字“晚餐”无法理解：此处应为打卡项、“未”、左括号。"
            "打卡项有：“午餐”、“签到”、“签退”。",
        ),
        ("x" * 1001, 1000, "筛选表达式不能超过 1000 个字符。"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_place(text, position, sentence):
    with pytest.raises(ExpressionError) as caught:
        parse(text, LABELS)
    assert str(caught.value) == sentence
    assert caught.value.position == position


def test_without_any_item_it_says_so():
    with pytest.raises(ExpressionError, match="还没有任何打卡项。$"):
        parse("签到", [])


@pytest.mark.parametrize(
    ("text", "is_readable"),
    [
        ("未" * 998 + "签到", True),
        ("(" * 499 + "签到" + ")" * 499, True),
        ("签到或" * 332 + "签退", True),
        ("签到" * 500, True),
        ("签到且(签退或(" * 9 + "午餐" + "))" * 9, True),
        ("签到且(签退或(" * 80 + "午餐" + "))" * 80, False),
        ("未(签到或" * 100 + "午餐" + ")" * 100, False),
    ],
)
def test_length_and_depth_are_bounded(text, is_readable):
    if is_readable:
        assert parse(text, LABELS) is not None
    else:
        with pytest.raises(ExpressionError, match="嵌套过深"):
            parse(text, LABELS)


def test_an_expression_that_mentions_items_too_often_is_refused():
    labels = [*LABELS, *(f"L{number}" for number in range(26))]
    parse("且".join(f"(签到或{'未' * (n % 2)}L{n})" for n in range(25)), labels)
    with pytest.raises(ExpressionError, match="最多提到打卡项 50 次"):
        parse("且".join(f"(签到或{'未' * (n % 2)}L{n})" for n in range(26)), labels)


@pytest.mark.parametrize(
    "label", ["未", "或且", " 了 ", "（）", "", "但未", "没有", "已经", "并且和", "、，", "或者没"]
)
def test_a_label_that_is_nothing_but_words_is_refused(label):
    assert label_problem(label) is not None
    with pytest.raises(ExpressionError):
        parse(label + "或", [label, "签到"])


@pytest.mark.parametrize(
    "label", ["签到", "未到", "或许", "（一）", "第 1 天", "没到", "并肩", "有"]
)
def test_other_labels_are_good(label):
    assert label_problem(label) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("签到了但未签退", "已签到 且 未签退"),
        ("签到、签退或午餐", "（ 已签到 且 已签退 ） 或 已午餐"),
        ("没（签到和签退）", "未 （ 已签到 且 已签退 ）"),
        ("", ""),
    ],
)
def test_what_was_understood_is_told(text, shown):
    names = {"has": "已", "not": "未", "word": ""}
    found = words(parse(text, LABELS))
    assert " ".join(names[kind] + word for kind, word in found) == shown


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("签到了但未签退", LABELS),
        ("签到或签退且午餐", LABELS),
        ("没（签到和（签退或未午餐））", LABELS),
        ("未 到", ["到", "未到"]),
        ("签 到", ["签", "到", "签到"]),
        ("甲或 者", ["甲", "者"]),
    ],
)
def test_what_was_understood_can_be_said_again(text, labels):
    meaning = parse(text, labels)
    again = sentence(meaning, labels)
    assert again
    assert parse(again, labels) == meaning


@pytest.mark.parametrize(
    ("text", "label", "wanted", "said"),
    [
        ("", "签到", True, "签到"),
        ("签到", "签退", False, "签到且未签退"),
        ("签到且未签退", "签退", True, "签到且签退"),
        ("签到且未签退", "签退", None, "签到"),
        ("签到", "签到", None, ""),
        ("签到或签退", "午餐", False, "（签到或签退）且未午餐"),
        ("（签到或签退）且未午餐", "午餐", None, "签到或签退"),
    ],
)
def test_a_chip_writes_the_sentence(text, label, wanted, said):
    changed = with_state(parse(text, LABELS), label, wanted)
    assert sentence(changed, LABELS) == said
    assert state(changed, label) is wanted
