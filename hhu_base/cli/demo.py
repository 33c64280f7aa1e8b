"""The demo college: a believable staff to try the system with, none of whom exists.

Nothing here can reach anybody: no Chinese operator has the prefix 154, no local number in Nanjing
and no QQ number begins with 0, a WeChat id has no dot, and ``.example`` is nobody's domain.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from hhu_base.cli.ini import INI, request_in_transaction
from hhu_base.models import Department, User

TEACHER_PASSWORD = "teach-hhu-2026"  # noqa: S105 - published, it opens the demo only
ADMIN_PASSWORD = "admin-hhu-2026"  # noqa: S105 - published, it opens the demo only
TEACHERS = 200

_MAIL_DOMAIN = "hhu.example"
_SEED = 1915  # the year the school was founded; any figure would do, but it must not change

# Name, number of people, the posts that one person holds, and the posts that the rest share.
_DEPARTMENTS: tuple[tuple[str, int, str, str], ...] = (
    ("计算机科学与技术系", 37, "教授、院长 教授、系主任 副教授、副系主任", "lecturers"),
    ("信息系", 30, "教授、副院长 教授、系主任 副教授、副系主任", "lecturers"),
    ("软件工程系", 26, "教授、副院长 教授、系主任 副教授、副系主任", "lecturers"),
    ("通信工程系", 24, "教授、系主任 副教授、副系主任", "lecturers"),
    ("人工智能系", 18, "教授、系主任 副教授、副系主任", "lecturers"),
    ("网络空间安全系", 14, "教授、系主任", "lecturers"),
    ("计算机基础教学部", 12, "副教授、教学部主任", "lecturers"),
    ("实验中心", 14, "高级实验师、实验中心主任 实验师、副主任", "laboratory"),
    ("学院办公室", 8, "党委书记 办公室主任", "office"),
    ("学生工作办公室", 10, "党委副书记 团委书记", "counsellors"),
    ("教务与研究生办公室", 6, "教务办公室主任", "registry"),
    ("", 1, "博士后", "lecturers"),  # somebody new, who belongs nowhere yet
)
_POSTS = {
    "lecturers": "教授 教授 副教授 副教授 副教授 讲师 讲师 讲师 青年教授 教研室主任",
    "laboratory": "实验员 实验员 实验师 实验师 高级实验师 机房管理员",
    "office": "行政秘书 人事秘书 科研秘书 财务助理 档案管理员",
    "counsellors": "辅导员 辅导员 辅导员 就业专员",
    "registry": "本科教务员 研究生秘书 教务秘书",
}

# From the most frequent surname to rarer ones; the rank gives the weight.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
    "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱"
    "严覃武戴莫孔向汤常温康施文牛樊葛邢安齐庞颜庄聂章鲁岳翟殷詹申耿关兰焦俞左柳甘祝包宁尚"
)
# People whom chance might leave out: compound surnames, and characters that are read differently
# as a surname, so that lists by initial have something to prove. The last one has no surname.
_NOTABLE = (
    "欧阳|明远 欧阳|雪 尉迟|恭 诸葛|云帆 上官|婉宁 司马|青 夏侯|博 单|立群 单|晓燕 解|文涛 仇|英 "
    "曾|繁荣 查|良 区|志强 朴|贞姬 乐|嘉 盖|建国 华|静 任|重远 宁|海波 燕|飞 翟|羽佳 覃|秀兰 员|永祥 "
    "|阿依古丽·买买提"
)
_GIVEN = (
    "伟 强 磊 洋 勇 军 杰 涛 超 明 刚 平 辉 鹏 波 斌 宇 浩 凯 健 俊 帆 旭 宁 龙 林 欢 翔 峰 毅 芳 娜 敏 静 丽 艳 娟 霞 燕 "
    "玲 丹 萍 红 颖 琳 雪 倩 婷 慧 莹 洁 晶 蕾 薇 瑶 建国 建华 建军 志强 志刚 国庆 海涛 海波 晓明 晓东 晓峰 晓燕 晓红 文博 文静 "
    "文斌 永康 永刚 永红 立新 立群 春燕 春梅 秀英 秀兰 桂英 桂芳 玉兰 玉梅 雪梅 雪莲 红梅 丽华 丽娟 淑珍 淑华 爱华 子涵 子轩 "
    "浩然 宇航 宇轩 俊杰 俊峰 思远 思源 志远 明哲 天宇 鸿飞 嘉伟 嘉怡 佳琪 佳慧 雨桐 雨萱 欣怡 欣然 梦瑶 梦洁 诗涵 若曦 一鸣 "
    "一凡 云飞 云霞 长江 长青 德明 德胜 福生 根生 金龙 金凤 庆华 荣华 世杰 守义 树人 维民 卫东 卫国 向阳 新宇 兴华 彦君 义明 "
    "逸飞 英杰 煜 泽宇 振华 振宇 正阳 致远 中华 卓然 宗翰 祖德"
)
_TOPICS = (
    "机器学习 计算机视觉 自然语言处理 知识图谱 水利信息化 遥感图像处理 智能水文预报 分布式系统 云计算 数据库 软件测试 "
    "形式化方法 网络安全 密码学 物联网 无线传感网络 水下通信 信号处理 嵌入式系统 人机交互 计算机图形学 数据挖掘 推荐系统"
)
_DUTIES = {
    "laboratory": "负责勤学楼机房的日常维护，设备报修请先打电话。",
    "office": "上班时间 8:00–11:30，14:00–17:30，其他时间请留言。",
    "counsellors": "学生有事随时可以联系，夜间请拨值班电话。",
    "registry": "成绩更正和调停课申请请在周三以前提交。",
}


def load(session: Session, hash_password: Callable[[str], str]) -> bool:
    """Fill an empty database with the college; False, and nothing done, if it has any user."""
    if session.scalar(sa.select(User.id).limit(1)) is not None:
        return False
    chance = random.Random(_SEED)  # noqa: S311 - invents people, guards nothing
    names = [name for name, *_ in _DEPARTMENTS if name]
    # An administrator may have entered some departments by hand already.
    session.execute(
        upsert(Department).on_conflict_do_nothing(),
        [{"name": name} for name in names],
    )
    departments = {row.name: row.id for row in session.execute(sa.select(Department.__table__))}
    # One hash for all: two hundred of them would take half a minute, by design.
    shared = {"password": hash_password(TEACHER_PASSWORD)}
    people = [
        _person(chance, number, name, place, departments) | shared
        for number, (name, place) in enumerate(zip(_names(chance), _places(chance), strict=True), 1)
    ]
    session.execute(sa.insert(User), people)
    session.add(
        User(
            username="admin",
            password=hash_password(ADMIN_PASSWORD),
            first_name="管理员",
            email=f"admin@{_MAIL_DOMAIN}",
            is_staff=True,
            is_superuser=True,
        )
    )
    session.flush()
    return True


def is_loaded(session: Session) -> bool:
    """Whether the people in this database are the demo's, told by addresses that nobody has."""
    theirs = User.email.endswith(f"@{_MAIL_DOMAIN}")
    return bool(session.scalar(sa.select(sa.exists().where(theirs))))


def load_all(registry, session: Session, hash_password: Callable[[str], str]) -> bool:
    """Load the college and what each enabled plugin adds to it; False if it was there already.

    The plugins are asked every time, so that one enabled later gets its part too, but never in a
    database of real people: nobody should find their name in meetings that were made up.
    """
    is_new = load(session, hash_password)
    if is_new or is_loaded(session):
        for load_part in registry["demo_loaders"]:
            load_part(session, registry)
    return is_new


def add_demo(config, load_function: Callable[[Session, Any], object]) -> None:
    """Directive: ``load_function(session, registry)`` adds a plugin's part of the demo college.

    It is called at every load and does nothing where its part is there already.
    """
    config.action(
        ("demo", load_function),
        lambda: config.registry["demo_loaders"].append(load_function),
    )


def includeme(config) -> None:
    """``config.add_demo`` and the list of what it was given."""
    config.registry["demo_loaders"] = []
    config.add_directive("add_demo", add_demo)


@click.command("demo")
@INI
@click.option("--unless-used", is_flag=True, help="已有真实的用户时什么也不做，不算失败。")
def demo_command(ini: Path, unless_used: bool) -> None:
    """向空数据库载入演示学院。"""
    with request_in_transaction(ini) as request:
        is_new = load_all(request.registry, request.db, request.registry["passwords"].hash)
        is_there = is_new or is_loaded(request.db)
    if is_new:
        click.echo("演示数据已载入。")
    elif is_there:
        click.echo("演示数据已经在数据库里了。")
    else:
        click.echo("数据库里已有用户，没有载入演示数据。", err=True)
        sys.exit(0 if unless_used else 1)


def _names(chance: random.Random) -> list[tuple[str, str]]:
    """Last and first names; two people may share theirs, as in every college."""
    notable = [tuple(name.split("|")) for name in _NOTABLE.split()]
    weights = [1 / (rank + 4) for rank in range(len(_SURNAMES))]
    count = TEACHERS - 1 - len(notable)
    last = chance.choices(_SURNAMES, weights, k=count)
    first = chance.choices(_GIVEN.split(), k=count)
    rest = [*zip(last, first, strict=True), *((pair[0], pair[1]) for pair in notable)]
    chance.shuffle(rest)
    return [("褚", "杰"), *rest]


def _places(chance: random.Random) -> list[tuple[str, str, str]]:
    """Department, post and kind of work of each teacher, in the order of the staff numbers."""
    places = []
    for name, size, heads, kind in _DEPARTMENTS:
        posts = heads.split()
        posts += chance.choices(_POSTS[kind].split(), k=size - len(posts))
        places += [(name, post, kind) for post in posts]
    chance.shuffle(places)
    # The examples in the documents have t0001 there.
    first = next(place for place in places if place[:2] == ("信息系", "副教授"))
    places.remove(first)
    return [first, *places]


def _person(
    chance: random.Random,
    number: int,
    name: tuple[str, str],
    place: tuple[str, str, str],
    departments: dict[str, int],
) -> dict[str, Any]:
    """The row of one teacher. Everybody leaves something out but t0001, whom people try first."""
    last_name, first_name = name
    department, post, kind = place
    username = f"t{number:04}"
    phone = f"154{chance.randrange(10**8):08}"
    full = number == 1

    def maybe(value: str, share: float) -> str:
        return value if chance.random() < share or full else ""

    wechat = chance.choice([f"hhu.{username}", f"wx.{chance.randrange(10**6):06}", phone])
    if kind == "lecturers":
        description = f"研究方向：{'、'.join(chance.sample(_TOPICS.split(), 2))}。"
    else:
        description = _DUTIES[kind]
    return {
        "username": username,
        "last_name": last_name,
        "first_name": first_name,
        "department_id": departments.get(department),
        "post": maybe(post, 0.97),
        "email": maybe(f"{username}@{_MAIL_DOMAIN}", 0.94) or None,
        "tel": maybe(f"025-0{chance.randrange(10**7):07}", 0.85),
        "phone": maybe(phone, 0.92),
        "qq": maybe(f"0{chance.randrange(10**9):09}", 0.7),
        "wechat": maybe(wechat, 0.65),
        "description": maybe(description, 0.4),
    }
