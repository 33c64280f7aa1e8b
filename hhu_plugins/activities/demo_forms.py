"""The registration forms of the demo, and how its people answer them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from hhu_base.models import User
from hhu_plugins.activities.answers import clean
from hhu_plugins.activities.forms import parse_form


@dataclass(frozen=True)
class DemoForm:
    """A form, what the activity says of itself, and what people write as free text."""

    invitation: str
    rules: dict[str, dict[str, Any]]
    remarks: tuple[str, ...] = ("",)

    @property
    def metas(self) -> dict[str, dict[str, Any]]:
        return parse_form(self.rules)


_NAME = {"type": "text", "required": True}
_REMARK = {"type": "textarea"}

FORMS = {
    "plain": DemoForm(
        "请提前十分钟到场，凭投影上的二维码签到。",
        {"姓名": _NAME, "备注": _REMARK},
        ("", "", "", "当天上午有课，晚到十分钟。", "需要提前离场。"),
    ),
    "sports": DemoForm(
        "请穿运动鞋，饮用水和午餐由学院工会提供。",
        {
            "姓名": _NAME,
            "手机号": {"type": "text", "required": True},
            "参加项目": {
                "type": "checkbox",
                "required": True,
                "choices": ["男子单打", "女子单打", "混合双打", "拔河", "接力跑", "只加油"],
            },
            "衣服尺码": {
                "type": "radio",
                "required": True,
                "choices": ["S", "M", "L", "XL", "XXL"],
            },
            "备注": _REMARK,
        },
        ("", "", "膝盖有旧伤，请安排轻松一点的项目。", "可以做裁判。"),
    ),
    "trip": DemoForm(
        "早上七点半从江宁校区南门准时发车，可以带一位家属。",
        {
            "姓名": _NAME,
            "随行人数": {"type": "number", "default": "0"},
            "上车地点": {
                "type": "radio",
                "required": True,
                "default": "江宁校区南门",
                "choices": ["江宁校区南门", "西康路校区正门", "自行前往"],
            },
            "饮食": {"type": "checkbox", "choices": ["素食", "清真", "忌辣"]},
            "备注": _REMARK,
        },
        ("", "", "", "孩子六岁，需要儿童座椅。", "晕车，希望坐前排。"),
    ),
    "party": DemoForm(
        "欢迎各系所报节目，截止到演出前一周。",
        {
            "姓名": _NAME,
            "节目类型": {
                "type": "radio",
                "choices": ["合唱", "独唱", "朗诵", "舞蹈", "小品", "观众"],
            },
            "节目名称": {"type": "text"},
            "人数": {"type": "number", "required": True, "default": "1"},
            "备注": _REMARK,
        },
        ("", "", "需要两支无线话筒。", "伴奏自备。"),
    ),
}


def answer(chance: random.Random, person: User, form: str) -> dict[str, Any]:
    """What this person answers; as the mini-program would have sent it."""
    rules = FORMS[form].metas
    given: dict[str, Any] = {}
    for name, rule in rules.items():
        if name == "姓名":
            given[name] = person.fullname or person.username
        elif name == "手机号":
            given[name] = person.phone or "15400000000"
        elif rule["type"] == "radio":
            given[name] = chance.choice(rule["choices"])
        elif rule["type"] == "checkbox":
            least = 1 if rule["required"] else 0
            given[name] = chance.sample(rule["choices"], chance.choice([least, least, 1, 2]))
        elif rule["type"] == "number":
            given[name] = chance.choice([1, 1, 2, 3])
        elif name == "备注":
            given[name] = chance.choice(FORMS[form].remarks)
    return clean(rules, given)
