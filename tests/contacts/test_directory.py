"""The directory: who is in it, in which order, and what a search finds."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base.cli import demo
from hhu_base.models import User


def names_of(answer) -> list[str]:
    return [contact["fullname"] for contact in answer.json]


@pytest.fixture
def search(mine):
    def search(text: str, **params) -> list[str]:
        return names_of(mine.get("/contacts/", {"search": text, **params}))

    return search


@pytest.fixture
def statements(engine):
    """What is sent to the database while a test runs."""
    seen = []

    def listen(conn, cursor, statement, *rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", listen)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", listen)


def test_everybody_active_has_a_contact_from_the_start(mine, teacher, add_department):
    teacher.department = add_department("信息系")
    teacher.phone = "15400000001"
    [contact] = mine.get("/contacts/").json
    assert contact == {
        "user": teacher.id,
        "user_meta": mine.get("/current-user/").json,
        "post": "",
        "qq": "",
        "wechat": "",
        "tel": "",
        "phone": "15400000001",
        "description": "",
        "fullname": "褚杰",
        "alpha": "C",
        "is_friend": False,
    }
    assert contact["user_meta"]["department"] == {
        "id": teacher.department.id,
        "name": "信息系",
    }
    assert mine.get(f"/contacts/{teacher.id}/").json == contact


def test_a_user_without_a_department_has_null_there(mine):
    [contact] = mine.get("/contacts/").json
    assert contact["user_meta"]["department"] is None
    assert contact["user_meta"]["groups"] == []


def test_who_was_switched_off_is_not_there(mine, add_user):
    gone = add_user("t0002", last_name="张", is_active=False)
    assert names_of(mine.get("/contacts/")) == ["褚杰"]
    mine.get(f"/contacts/{gone.id}/", status=404)
    mine.get(f"/contacts/{gone.id}/vcard/", status=404)


@pytest.mark.parametrize(
    ("values", "is_there"),
    [
        ({}, False),
        ({"is_superuser": True}, False),
        ({"email": ""}, False),
        ({"email": "a@hhu.example"}, True),
        ({"post": "院长"}, True),
        ({"tel": "8378"}, True),
        ({"phone": "154"}, True),
        ({"qq": "1"}, True),
        ({"wechat": "x"}, True),
        ({"description": "x"}, True),
        ({"department": "信息系"}, True),
        ({"is_staff": False}, True),
    ],
    ids=str,
)
def test_who_only_administers_the_system_is_nobodys_contact(
    mine, add_user, add_department, search, values, is_there
):
    if "department" in values:
        values = {"department": add_department(values["department"])}
    admin = add_user("admin", **{"last_name": "管", "is_staff": True, **values})
    assert ("管杰" in names_of(mine.get("/contacts/"))) == is_there
    assert search("管") == (["管杰"] if is_there else [])
    # What somebody has the address of is still there.
    mine.get(f"/contacts/{admin.id}/")


def test_the_list_is_plain_and_sorted_by_initial_then_pinyin_with_unknown_ones_last(
    mine, people, add_user
):
    people("张超 曾荣 章白 单立 仇英 解文 张安 艾平 😀一 1号")
    add_user("u1", last_name="尉迟", first_name="恭")
    add_user("u2", last_name="Smith", first_name="John")
    add_user("u3", last_name="", first_name="阿依古丽")
    found = mine.get("/contacts/").json
    assert [(contact["alpha"], contact["fullname"]) for contact in found] == [
        ("A", "艾平"),
        ("C", "褚杰"),
        ("Q", "仇英"),
        ("S", "单立"),
        ("S", "SmithJohn"),
        ("X", "解文"),
        ("Y", "尉迟恭"),
        ("Z", "曾荣"),
        ("Z", "张安"),
        ("Z", "章白"),
        ("Z", "张超"),
        ("?", "1号"),
        ("?", "阿依古丽"),
        ("?", "😀一"),
    ]


def test_two_people_of_one_name_keep_their_order(mine, people):
    people("张伟 张伟 张伟")
    ids = [contact["user"] for contact in mine.get("/contacts/").json if contact["alpha"] == "Z"]
    assert ids == sorted(ids)


def test_the_demo_college_is_sorted(mine, session):
    session.execute(sa.update(User).values(username="me"))
    session.execute(sa.delete(User).where(User.username != "me"))
    session.add_all(
        User(username=f"d{n}", last_name=last, first_name=first)
        for n, (last, first) in enumerate(name.split("|") for name in demo._NOTABLE.split())
    )
    letters = [contact["alpha"] for contact in mine.get("/contacts/").json]
    assert letters == sorted(letters, key=lambda letter: (letter == "?", letter))
    assert letters.count("?") == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("三", ["张三"]),
        ("张三", ["张三"]),
        ("教授", ["张三"]),
        ("副教 授", ["张三"]),
        ("  副教授　三 ", ["张三"]),  # also the blank of a Chinese keyboard
        ("副教授 四", []),
        ("软件", ["张三"]),
        ("12345", ["张三"]),
        ("025-0", ["张三"]),
        ("154000", ["张三"]),
        ("154000 软件 教授", ["张三"]),
        ("prof", ["张三"]),
        ("PROF", ["张三"]),
        ("zhangs", ["张三"]),
        ("zs", ["张三"]),
        ("ZhangSan", ["张三"]),
        ("san prof", ["张三"]),
        ("si", ["李四"]),
        ("wechat-id", []),
        ("hobby", []),
        ("t0009", []),
        ("@hhu.example", []),
        ("三副", []),  # ends one field and begins the next
        ("", ["李四", "张三"]),
        (" \t\n ", ["李四", "张三"]),
    ],
)
def test_every_word_must_occur_in_name_post_department_or_numbers(
    search, teacher, add_user, add_department, text, found
):
    teacher.last_name, teacher.first_name = "李", "四"
    add_user(
        "t0009",
        last_name="张",
        first_name="三",
        post="副教授 Prof.",
        department=add_department("软件工程系"),
        qq="012345678",
        tel="025-01234567",
        phone="15400012345",
        wechat="wechat-id",
        description="hobby",
        email="zzz@hhu.example",
    )
    assert search(text) == found


@pytest.mark.parametrize(
    "text",
    ["%", "_", "\\", "😀", "100%", "a_b", "\\d", "'", '"', ";--", ".*", "[", "{0}", "👨‍👩‍👧"],
)
def test_characters_with_a_meaning_elsewhere_are_found_as_they_are(search, people, text):
    people("张三", post=f"甲{text}乙")
    assert search(text) == ["张三"]
    people_without = search(text + "x")
    assert people_without == []


def test_search_and_my_go_together(search, teacher, people, befriend):
    friend, _ = people("张三 张四")
    befriend(teacher, friend)
    assert search("张", my="yes") == ["张三"]
    assert search("李", my="yes") == []


@pytest.mark.parametrize("value", ["no", "No", "0", "false", ""])
def test_my_no_is_everybody(mine, people, value):
    people("张三")
    assert names_of(mine.get("/contacts/", {"my": value})) == ["褚杰", "张三"]


@pytest.mark.parametrize("value", ["yes", "YES", "1", "true"])
def test_my_yes_is_the_people_one_has_added(mine, teacher, people, befriend, value):
    friend, other, gone = people("张三 李四 王五")
    befriend(teacher, friend)
    befriend(teacher, gone)
    befriend(other, teacher)  # the other way round is not the same
    gone.is_active = False
    [contact] = mine.get("/contacts/", {"my": value}).json
    assert (contact["fullname"], contact["is_friend"]) == ("张三", True)


def test_friends_are_marked_in_the_list_of_everybody_too(mine, api, teacher, people, befriend):
    friend, other = people("张三 李四")
    befriend(teacher, friend)
    marked = {contact["fullname"]: contact["is_friend"] for contact in mine.get("/contacts/").json}
    assert marked == {"褚杰": False, "张三": True, "李四": False}
    assert mine.get(f"/contacts/{friend.id}/").json["is_friend"] is True
    assert api.as_user(other).get(f"/contacts/{friend.id}/").json["is_friend"] is False


def test_those_of_the_same_department_are_colleagues_where_the_site_says_so(
    mine, app, monkeypatch, teacher, people, befriend, add_department
):
    friend, colleague, _, gone = people("张三 李四 王五 赵六")
    befriend(teacher, friend)
    teacher.department = colleague.department = gone.department = add_department("信息系")
    gone.is_active = False
    monkeypatch.setitem(app.registry, "contacts.colleagues", frozenset(("friends", "department")))
    found = mine.get("/contacts/", {"my": "yes"}).json
    assert [(contact["fullname"], contact["is_friend"]) for contact in found] == [
        ("李四", False),
        ("张三", True),
    ]


def test_two_people_without_a_department_are_no_colleagues(mine, app, monkeypatch, people):
    people("张三")
    monkeypatch.setitem(app.registry, "contacts.colleagues", frozenset(("friends", "department")))
    assert mine.get("/contacts/", {"my": "yes"}).json == []


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("my=maybe", {"my": ["必须是有效的布尔值。"]}),
        ("my=2", {"my": ["必须是有效的布尔值。"]}),
        ("my=%00", {"my": ["必须是有效的布尔值。"]}),
        ("search=%00", {"search": ["不允许包含空字符或无效字符。"]}),
        ("search=a%00b", {"search": ["不允许包含空字符或无效字符。"]}),
    ],
)
def test_a_bad_parameter_is_named(mine, query, errors):
    assert mine.get(f"/contacts/?{query}", status=400).json == errors


@pytest.mark.parametrize("query", ["search=%ff", "search=%ed%a0%80", "my=%ff"])
def test_a_query_that_is_no_utf8_is_refused(mine, query):
    assert set(mine.get(f"/contacts/?{query}", status=400).json) == {"detail"}


def test_unknown_parameters_are_ignored(mine):
    assert names_of(mine.get("/contacts/?page=99&x=%00&alpha=Z")) == ["褚杰"]


def test_the_longest_searches_are_answered(search, people):
    people("张三", post="教授")
    assert search(" ".join(f"w{n}" for n in range(10))) == []
    assert search(" ".join(["教授"] * 10)) == ["张三"]
    assert search("长" * 200) == []
    assert search("z" * 200) == []


@pytest.mark.parametrize(
    "path",
    [
        f"/{kind}/{bad}{rest}"
        for kind, rest in (("contacts", "/"), ("contacts", "/vcard/"), ("friends", "/"))
        for bad in ("0", "-1", "x", "1.0", "1e3", "%D9%A3", "%00", f"{2**63}", "9" * 50, "9" * 5000)
    ]
    + ["/contacts/999999999/", "/contacts/999999999/vcard/", "/contacts//", "/contacts/1/x/"],
)
def test_an_id_that_nobody_has_is_not_found(mine, path):
    answer = mine.delete(path, status=404) if "friends" in path else mine.get(path, status=404)
    assert answer.json == {"detail": "未找到。"}


@pytest.mark.parametrize("path", ["/contacts/", "/contacts", "/contacts/1/", "/contacts/1/vcard/"])
def test_nobody_gets_in_without_a_token(api, path):
    answer = api.get(path, status=401)
    assert answer.json == {"detail": "身份认证信息未提供。"}
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(
    ("path", "allowed"), [("/contacts/", "GET"), ("/contacts/1/", "GET"), ("/friends/1/", "POST")]
)
def test_other_methods_are_not_allowed(mine, path, allowed):
    answer = mine.put(path, status=405)
    assert allowed in answer.headers["Allow"]
    assert set(answer.json) == {"detail"}


def test_who_does_not_take_json_gets_none(mine):
    mine.get("/contacts/", status=406, headers={"Accept": "text/html"})


def test_the_path_without_a_slash_is_the_same(mine, teacher):
    assert mine.get("/contacts").json == mine.get("/contacts/").json
    assert mine.get(f"/contacts/{teacher.id}").json == mine.get(f"/contacts/{teacher.id}/").json


@pytest.mark.parametrize("params", [{}, {"my": "yes"}, {"search": "张 zh"}])
def test_the_number_of_statements_does_not_depend_on_how_many_there_are(
    mine, teacher, people, befriend, add_department, statements, params
):
    def count() -> int:
        mine.get("/contacts/", params)
        statements.clear()
        mine.get("/contacts/", params)
        return len(statements)

    alone = count()
    for person in people("张三 " * 50, department=add_department("信息系")):
        befriend(teacher, person)
    assert count() == alone == 2  # who is asking, and the people


class TestWhoHasTheAnswerAlready:
    """If-None-Match."""

    def tag(self, api, path="/contacts/"):
        return api.get(path).headers["ETag"]

    def ask(self, api, tag, status, path="/contacts/"):
        return api.get(path, headers={"If-None-Match": tag}, status=status)

    def test_is_not_sent_it_again(self, mine):
        tag = self.tag(mine)
        answer = self.ask(mine, tag, 304)
        assert answer.body == b""
        assert answer.headers["ETag"] == tag

    @pytest.mark.parametrize("form", ["{0}", "W/{0}", '"other", {0}', '"other", W/{0}'])
    def test_in_every_form_of_the_header(self, mine, form):
        self.ask(mine, form.format(self.tag(mine)), 304)

    @pytest.mark.parametrize("header", ['"other"', "", "garbage", '"', 'W/"', "\xff", '"' * 5000])
    def test_but_any_other_tag_gets_everything(self, mine, header):
        self.tag(mine)
        assert names_of(self.ask(mine, header, 200)) == ["褚杰"]

    def test_and_so_does_the_old_tag_after_a_change(self, mine, teacher, people, befriend):
        [other] = people("张三")
        tags = [self.tag(mine)]
        teacher.phone = "15400000001"
        tags.append(self.tag(mine))
        befriend(teacher, other)
        tags.append(self.tag(mine))
        other.is_active = False
        tags.append(self.tag(mine))
        assert len(set(tags)) == 4
        self.ask(mine, tags[0], 200)

    def test_every_question_and_every_caller_has_a_tag_of_its_own(self, mine, api, people):
        [other] = people("张三")
        paths = ["/contacts/", "/contacts/?search=%E4%B8%89", "/contacts/?my=yes"]
        tags = {self.tag(client, path) for client in (mine, api.as_user(other)) for path in paths}
        assert len(tags) == 6

    def test_what_is_refused_has_none(self, mine, api):
        tag = self.tag(mine)
        assert "ETag" not in self.ask(mine, tag, 400, "/contacts/?my=maybe").headers
        self.ask(api, tag, 401)

    def test_no_cache_in_between_keeps_it(self, mine):
        headers = mine.get("/contacts/").headers
        assert headers["Cache-Control"] == "private, no-cache"
        assert headers["Vary"] == "Authorization"


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "138 1234-5678",
        "１３８",
        "vpn",
        "ＶＰＮ",
        "阿卜杜拉•买买提",
        "阿卜杜拉买买提",
        "ａbdl",
    ],
)
def test_what_reads_alike_is_found(search, add_user, text):
    add_user(
        "u1",
        last_name="阿卜杜拉",
        first_name="·买买提",
        phone="138 1234 5678",
        post="ＶＰＮ\u200b管理",
    )
    assert search(text) == ["阿卜杜拉·买买提"]


def test_a_name_without_a_pinyin_hides_nobody(search, add_user):
    add_user("u1", last_name="𠮷", first_name="野")
    assert search("𠮷") == search("ye") == search("")[-1:] == ["𠮷野"]
