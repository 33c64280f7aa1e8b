"""The figures of a soak as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchmarks.tables import Table

from soaking.actor import Journal
from soaking.crowd import Crowd
from soaking.killing import Killer
from soaking.mailbox import Mailbox
from soaking.neighbours import Neighbours
from soaking.teachers import Teachers
from soaking.waiting import Waiting


def answers_table(journal: Journal) -> Table:
    statuses = sorted({status for _, status in journal.answers})
    names = {0: "中断"}
    table = Table("回答", ["请求", *(str(names.get(status, status)) for status in statuses)])
    for what in sorted({what for what, _ in journal.answers}):
        table.rows.append([what, *(journal.answers[what, status] or None for status in statuses)])
    return table


def kills_table(killer: Killer, waited: dict[str, float], journal: Journal) -> Table:
    table = Table("意外与恢复", ["", "数值"])
    table.rows += [[f"杀死 {name}", number] for name, number in sorted(killer.kills.items())]
    table.rows += [[f"最后等待（秒）：{what}", seconds] for what, seconds in waited.items()]
    table.rows.append(["最慢的回答（秒）", journal.slowest])
    return table


def mails_table(mailbox: Mailbox, most_doubled: int) -> Table:
    """A mail comes twice where its server had it and a kill was quicker than the commit."""
    arrived = mailbox.arrived.values()
    table = Table("邮件", ["", "数值"])
    table.rows += [
        ["收到的邮件", sum(arrived)],
        ["其中不同的", len(arrived)],
        ["到了两次的", sum(number == 2 for number in arrived)],
        ["到了更多次的", sum(number > 2 for number in arrived)],
        ["最多可能重复（每次杀死工作进程或数据库 4 封）", most_doubled],
    ]
    return table


def memory_table(memory: Sequence[tuple[str, float, float, bool | None]]) -> Table:
    table = Table("内存（PSS，MB）", ["程序", "开始", "最后", "判断"])
    words = {True: "没有增长", False: "增长", None: "不判断"}
    table.rows += [[name, first, last, words[good]] for name, first, last, good in memory]
    return table


def checks_table(
    found: dict[str, list[str]],
    teachers: Sequence[Teachers],
    crowds: Sequence[Crowd],
    waiters: Sequence[Waiting],
    neighbours: Sequence[Neighbours],
    mailbox: Mailbox,
) -> Table:
    checked: Counter[str] = Counter(
        {
            "预约": sum(len(each.wishes) for each in teachers),
            "协商与审批": sum(len(each.deeds) for each in neighbours),
            "候补与签到": sum(len(each.asked) + len(each.deeds) for each in waiters),
            "好友与资料": sum(len(each.friends) + len(each.about) for each in teachers),
            "报修": sum(len(each.reports) for each in teachers),
            "活动": sum(len(each.places) for each in teachers),
            "打卡": sum(len(each.scans) for each in crowds),
            "邮件": len(mailbox.arrived),
        }
    )
    table = Table("核对", ["什么", "数量", "违反"])
    table.rows += [[name, checked[name] or None, len(wrong)] for name, wrong in found.items()]
    return table
