"""The guides of the demo college."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.guides import library
from hhu_plugins.guides.demo_files import docx, pdf, xlsx
from hhu_plugins.guides.models import GuideCategory

_NOTE = "本文件为演示内容，不是学校的正式规定。"

# Category, file name, and the paragraphs of the file; in a table, cells are divided by bars.
_GUIDES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "财务",
        "差旅费报销流程.pdf",
        (
            "一、出差前在系统中提交出差申请，由系主任审批；经费卡负责人本人出差的，由学院分管领导审批。",
            "二、出差结束后一个月内，整理车票、住宿发票和会议通知，按时间顺序粘贴。",
            "三、在网上报账系统填写报销单，选择经费卡号，预约投递时间。",
            "四、将纸质单据投入一楼报账机，三个工作日内可查询进度。",
        ),
    ),
    (
        "财务",
        "劳务费发放说明.docx",
        (
            "学生助研津贴每月 25 日前提交，次月 10 日前到账。",
            "校外专家劳务费须提供身份证号码、银行卡号和开户行名称，并由本人签字确认。",
            "单次发放超过规定标准的，须附情况说明。",
        ),
    ),
    (
        "财务",
        "国内差旅住宿费标准.xlsx",
        (
            "地区|教授及相当职务|其余人员",
            "南京|480|380",
            "北京|650|500",
            "西安|460|350",
        ),
    ),
    (
        "教学",
        "调停课申请指南.pdf",
        (
            "因公出差或生病需要调课的，应至少提前三个工作日提出申请。",
            "申请须写明原上课时间、地点和补课安排，由教学副院长批准后通知学生。",
            "未经批准擅自调课、停课的，按教学事故处理。",
        ),
    ),
    (
        "教学",
        "毕业设计指导工作安排.docx",
        (
            "第七学期第十六周前完成选题，每位教师指导学生原则上不超过八名。",
            "第八学期第八周进行中期检查，第十五周组织答辩。",
            "论文查重率不得超过百分之二十五。",
        ),
    ),
    (
        "教学",
        "成绩更正说明.txt",
        (
            "成绩录入后如有差错，任课教师在下学期开学两周内提出更正申请。",
            "须附试卷复印件和成绩登记表，由系主任和教务办公室审核。",
        ),
    ),
    (
        "科研",
        "国家自然科学基金申报须知.pdf",
        (
            "申请人须在系统中更新个人简历和代表性成果。",
            "学院形式审查截止时间早于学校截止时间五个工作日，请合理安排。",
            "在研项目数达到限项规定的，不得再作为申请人申报。",
        ),
    ),
    (
        "科研",
        "科研用房申请流程.docx",
        (
            "新进教师报到后可申请周转用房，期限为三年。",
            "申请表由实验中心受理，学院办公会讨论通过后分配钥匙和门禁权限。",
        ),
    ),
    (
        "人事",
        "职称评审材料清单.xlsx",
        (
            "材料|份数|备注",
            "申报表|3|双面打印",
            "代表作|3|附检索证明",
            "教学考核证明|1|教务办公室出具",
        ),
    ),
    (
        "人事",
        "请假与销假办法.txt",
        (
            "请假一天以内由系主任批准，三天以内由学院批准，三天以上报人事处批准。",
            "假期结束后应及时销假。",
        ),
    ),
    (
        "设备与网络",
        "多媒体教室使用指南.pdf",
        (
            "打开讲台中控面板，按“上课”键，投影仪和幕布自动开启。",
            "连接笔记本电脑时，请使用讲台上的 HDMI 接口，并将信号切换到“外接”。",
            "下课后按“下课”键，待投影仪冷却后再离开。",
        ),
    ),
    (
        "设备与网络",
        "校园网与VPN使用说明.docx",
        (
            "教职工使用工号登录无线网络，初始密码见报到通知。",
            "在校外访问图书馆数据库，请先登录 VPN。",
            "同一账号最多允许三台设备同时在线。",
        ),
    ),
)


def load(session: Session, registry) -> None:
    """Add categories and guides with their files; nothing at all where there is a category."""
    if session.scalar(sa.select(GuideCategory.id).limit(1)) is not None:
        return
    shelf: library.LibrarySettings = registry["guides.shelf"]
    categories: dict[str, GuideCategory] = {}
    now = datetime.now(UTC).replace(microsecond=0)
    for number, (category_name, file_name, paragraphs) in enumerate(_GUIDES):
        if file_name.rpartition(".")[2] not in shelf.types:
            continue
        if category_name not in categories:
            categories[category_name] = GuideCategory(name=category_name)
            session.add(categories[category_name])
            session.flush()
        guide = library.add(
            session,
            shelf,
            io.BytesIO(_content(file_name, paragraphs)),
            file_name,
            category_id=categories[category_name].id,
            by_user_id=None,
        )
        guide.created_at = now - timedelta(days=9 * (len(_GUIDES) - number))
        session.flush()


def _content(file_name: str, paragraphs: tuple[str, ...]) -> bytes:
    title, _, extension = file_name.rpartition(".")
    if extension == "pdf":
        return pdf(title, (*paragraphs, _NOTE))
    if extension == "docx":
        return docx(title, (*paragraphs, _NOTE))
    if extension == "xlsx":
        return xlsx([*(row.split("|") for row in paragraphs), [_NOTE]])
    return "\r\n".join((title, "", *paragraphs, "", _NOTE, "")).encode()
