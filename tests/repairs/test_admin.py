"""The administrators' pages: nobody takes up twice, everybody is told, everything is recorded."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.repairs.deadlines import span
from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    TAKEN_UP,
    WITHDRAWN,
    HistoryEntry,
    RepairRequest,
)

REQUESTS = "/admin/repairs/requests/"


def entries(session) -> list[AuditEntry]:
    return list(session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


class TestRequests:
    def test_the_list_is_searched_and_filtered(self, manager, add_request, category):
        add_request(location="勤学楼 301", category_id=category.id)
        add_request(location="博学楼 102", status=SOLVED, description="灯不亮")
        old = datetime.now(UTC) - timedelta(days=40)
        add_request(location="致用楼 9", status=TAKEN_UP, created_at=old)
        for query, found in (
            ("", {"勤学楼 301", "博学楼 102", "致用楼 9"}),
            ("q=灯", {"博学楼 102"}),
            ("q=t0001 褚", {"勤学楼 301", "博学楼 102", "致用楼 9"}),
            ("sort=due_at", {"勤学楼 301", "博学楼 102", "致用楼 9"}),
            ("sort=-assignee", {"勤学楼 301", "博学楼 102", "致用楼 9"}),
            (f"f.category_id={category.id}", {"勤学楼 301"}),
            ("f.category_id=-", {"博学楼 102", "致用楼 9"}),
            ("f.location=致用楼 9", {"致用楼 9"}),
            (f"f.created_at.to={datetime.now(UTC) - timedelta(days=20):%Y-%m-%d}", {"致用楼 9"}),
            ("sort=-user", {"勤学楼 301", "博学楼 102", "致用楼 9"}),
            ("sort=category.name", {"勤学楼 301", "博学楼 102", "致用楼 9"}),
        ):
            page = manager.get(REQUESTS + "?tab=all&" + quote(query, safe="=&"))
            assert {cell.text for cell in page.html.select("td.first")} == found, query
        assert "处理中" in page.text

    def test_each_row_has_buttons_for_what_can_be_done_with_it(self, manager, add_request):
        rows = {status: add_request(status=status) for status in range(4)}
        found = manager.get(REQUESTS, {"tab": "all", "f.location": "勤学楼 301"}).html
        titles = {
            status: [link.text for link in self.deeds(found, row)] for status, row in rows.items()
        }
        assert titles == {
            OPEN: ["受理", "解决", "转派"],
            TAKEN_UP: ["解决", "转派"],
            SOLVED: [],
            WITHDRAWN: [],
        }

    def deeds(self, html, request):
        row = html.select_one(f"input[name=id][value='{request.id}']").find_parent("tr")
        return row.select("a[data-ask]")

    def test_what_is_done_in_a_list_leads_back_to_it_as_it_was(self, manager, add_request):
        request = add_request()
        listed = f"{REQUESTS}?q={quote('勤学楼')}&f.location={quote('勤学楼 301')}&page=2"
        [link, *_] = self.deeds(manager.get(listed).html, request)
        page = manager.get(link["href"])
        back = page.html.select_one(".question-foot a")["href"]
        assert manager.get(back).html.select_one("main input[name=q]")["value"] == "勤学楼"
        page = manager.submit(page, remark="长" * 2001, status=400)
        answer = manager.submit(page, remark="下午来看")
        assert answer.location.endswith(back)
        assert "f.location=" in back
        assert request.status == TAKEN_UP

    def test_the_second_of_two_lists_is_told_there_who_was_first(
        self, manager, colleague, add_request
    ):
        request = add_request()
        listed = f"{REQUESTS}?tab=open"
        [link, *_] = self.deeds(manager.get(listed).html, request)
        page = manager.get(link["href"])
        colleague.submit(colleague.get(f"{REQUESTS}do/take-up?id={request.id}"))
        for ask in (lambda: manager.submit(page), lambda: manager.get(link["href"], status=303)):
            # As a script does that looks first, and then goes there.
            answers = [ask(), ask()]
            assert {answer.location for answer in answers} == {f"http://localhost{listed}"}
            text = manager.get(listed).text
            assert text.count(f"报修 #{request.id} 已由李师傅受理。") == 1
        assert request.changer.username == "li"

    @pytest.mark.parametrize(
        "back",
        ["//evil.example/", "https://evil.example/", "/repairs/", "", "/admin/\nX: y", "/admin/勤"],
    )
    def test_it_leads_nowhere_else(self, manager, add_request, back):
        request = add_request()
        page = manager.get(f"{REQUESTS}do/take-up", {"id": request.id, "back": back})
        answer = manager.submit(page)
        assert answer.location.endswith(f"{REQUESTS}{request.id}/")

    def test_who_has_it_is_shown_once_somebody_has(self, manager, mine, session):
        told = mine.post("/repairs/", {"location": "101", "description": "灯", "category": None})
        cells = "td[data-label='处理人']"
        assert manager.get(REQUESTS).html.select_one(cells).text.strip() == "—"
        manager.submit(manager.get(f"{REQUESTS}do/take-up?id={told.json['id']}"))
        taken_up = manager.get(f"{REQUESTS}?tab=taken-up")
        assert taken_up.html.select_one(cells).text.strip() == "王师傅"

    def test_one_whose_reporter_is_gone_is_found_shown_exported_and_solved(
        self, manager, add_request, session, mails
    ):
        add_request(location="勤学楼 301")
        gone = add_request(location="致用楼 9", user_id=None)
        session.add(HistoryEntry(request_id=gone.id, status=OPEN))
        for query in ("", "q=致用楼", "sort=user", "sort=-user", "tab=all"):
            page = manager.get(REQUESTS + "?" + quote(query, safe="=&"))
            assert "致用楼 9" in {cell.text for cell in page.html.select("td.first")}, query
            assert "已注销的用户" in page.text
        exported = manager.get(f"{REQUESTS}export.csv").body.decode("utf-8-sig")
        assert "已注销的用户" in exported
        page = manager.get(f"{REQUESTS}{gone.id}/")
        assert (
            page.html.select_one("section[aria-labelledby=course]").text.count("已注销的用户") == 1
        )
        assert "已注销的用户" in page.html.select_one("dl").text
        manager.submit(page.click("解决", index=0))
        assert (gone.status, mails()) == (SOLVED, [])

    def test_one_is_taken_up_with_a_remark(self, manager, add_request, session, mails, teacher):
        teacher.email = "t0001@hhu.example"
        request = add_request()
        page = manager.get(f"{REQUESTS}{request.id}/").click("受理", index=0)
        answer = manager.submit(page, remark="下午来看")
        assert answer.location.endswith(f"{REQUESTS}{request.id}/")
        assert request.status == TAKEN_UP
        [change] = session.scalars(sa.select(HistoryEntry))
        assert (change.status, change.remark, change.user.username) == (
            TAKEN_UP,
            "下午来看",
            "wang",
        )
        [mail] = mails()
        assert (mail.to_address, "下午来看" in mail.body) == ("t0001@hhu.example", True)
        [entry] = entries(session)
        assert (entry.action, entry.row_id) == ("受理", request.id)
        assert (entry.before, entry.after) == (
            {"状态": "未受理", "处理人": ""},
            {"状态": "处理中", "处理人": "王师傅", "备注": "下午来看"},
        )
        page = manager.get(f"{REQUESTS}{request.id}/")
        assert "1 条报修的状态已改为“处理中”。" in page.text
        course = page.html.select_one("section[aria-labelledby=course]").text
        assert "王师傅" in course
        assert "下午来看" in course

    def test_the_second_of_two_is_told_who_was_first(
        self, manager, colleague, add_request, session, mails
    ):
        request = add_request()
        query = f"{REQUESTS}do/take-up?id={request.id}"
        mine, theirs = manager.get(query), colleague.get(query)
        colleague.submit(theirs)
        answer = manager.submit(mine)
        assert f"报修 #{request.id} 已由李师傅受理。" in manager.get(answer.location).text
        assert request.changer.username == "li"
        assert len(entries(session)) == 1
        assert session.scalar(sa.select(sa.func.count(HistoryEntry.id))) == 1

    def test_who_solves_what_was_taken_up_meanwhile_is_told(self, manager, colleague, add_request):
        request = add_request()
        mine = manager.get(f"{REQUESTS}do/solve?id={request.id}")
        colleague.submit(colleague.get(f"{REQUESTS}do/take-up?id={request.id}"))
        answer = manager.submit(mine)
        assert "已由李师傅受理" in manager.get(answer.location).text
        assert request.status == TAKEN_UP

    def test_who_comes_from_an_old_list_is_told(self, manager, colleague, add_request):
        request = add_request()
        colleague.submit(colleague.get(f"{REQUESTS}do/take-up?id={request.id}"))
        answer = manager.get(f"{REQUESTS}do/take-up?id={request.id}", status=303)
        assert "已由李师傅受理" in manager.get(answer.location).text

    def test_several_are_solved_at_once_whatever_they_were(
        self, manager, colleague, add_request, session
    ):
        one, two, three = add_request(), add_request(status=TAKEN_UP), add_request()
        gone = add_request(status=WITHDRAWN)
        query = "&".join(f"id={each.id}" for each in (one, two, three, gone))
        page = manager.get(f"{REQUESTS}do/solve?{query}")
        assert "另有 1 条不适用" in page.text
        colleague.submit(colleague.get(f"{REQUESTS}do/take-up?id={three.id}"))
        answer = manager.submit(page, remark="都修好了")
        page = manager.get(answer.location)
        assert "2 条报修的状态已改为“已解决”。" in page.text
        assert f"报修 #{three.id} 已由李师傅受理。" in page.text
        statuses = [each.status for each in (one, two, three, gone)]
        assert statuses == [SOLVED, SOLVED, TAKEN_UP, WITHDRAWN]
        assert [each.action for each in entries(session)] == ["受理", "解决", "解决"]

    def test_a_solved_one_is_put_back(self, manager, add_request):
        request = add_request(status=SOLVED)
        manager.submit(manager.get(f"{REQUESTS}do/put-back?id={request.id}"))
        assert request.status == OPEN

    def test_a_remark_that_is_too_long_keeps_what_was_seen(self, manager, colleague, add_request):
        request = add_request()
        page = manager.get(f"{REQUESTS}do/take-up?id={request.id}")
        page = manager.submit(page, remark="长" * 2001, status=400)
        assert "备注太长了" in page.text
        colleague.submit(colleague.get(f"{REQUESTS}do/take-up?id={request.id}"))
        answer = manager.submit(page, remark="短")
        assert "已由李师傅受理" in manager.get(answer.location).text

    @pytest.mark.parametrize("seen", ["", "x", "1:9", "1:1/", "99999999999999999999:0", "：:"])
    def test_a_forged_memory_changes_nothing_but_open_ones(self, manager, add_request, seen):
        request = add_request(status=TAKEN_UP)
        form = manager.form(manager.get(f"{REQUESTS}do/solve?id={request.id}"))
        form.action = f"{REQUESTS}do/take-up"
        form["seen"] = seen
        manager._call(form.submit, status=303)
        assert request.status == TAKEN_UP

    def test_only_the_category_can_be_edited(self, manager, add_request, category, session):
        request = add_request()
        page = manager.get(f"{REQUESTS}{request.id}/")
        form = manager.form(page)
        assert {"location", "description", "status"}.isdisjoint(form.fields)
        assert "投影仪不亮" in page.html.select_one(".facts").text
        form["category_id"].force_value(str(category.id))
        manager._call(form.submit, status=303)
        assert request.category_id == category.id
        assert [entry.after for entry in entries(session)] == [{"故障分类": "网络"}]

    def test_one_is_deleted_with_its_history(self, manager, mine, session):
        told = mine.post("/repairs/", {"location": "101", "description": "灯", "category": None})
        manager.get(f"{REQUESTS}{told.json['id']}/")
        page = manager.get(f"{REQUESTS}delete?id={told.json['id']}")
        assert "处理记录" in page.text
        manager.submit(page)
        assert session.scalar(sa.select(sa.func.count(RepairRequest.id))) == 0

    def test_who_may_only_look_gets_no_buttons(self, browser, add_staff, add_request):
        request = add_request()
        viewer = browser.as_user(add_staff("repairs.view"))
        page = viewer.get(f"{REQUESTS}{request.id}/")
        assert not page.html.select("a[href*='/do/']")
        assert not viewer.get(REQUESTS).html.select("a[data-ask]")
        viewer.get(f"{REQUESTS}do/take-up?id={request.id}", status=403)
        stranger = browser.as_user(add_staff("rooms.change", username="other"))
        stranger.get(f"{REQUESTS}{request.id}/", status=403)


class TestCard:
    def test_it_shows_what_waits_by_category(self, manager, add_request, category):
        add_request(category_id=category.id)
        add_request(category_id=category.id, status=TAKEN_UP)
        add_request()
        now = datetime.now(UTC)
        for hours in (1, 3, 30):
            times = {"created_at": now - timedelta(hours=hours), "status_changed_at": now}
            add_request(status=SOLVED, **times)
        page = manager.get("/admin/")
        assert "2 条等待受理" in " ".join(page.html.select_one(".figure").text.split())
        heads = [" ".join(row.text.split()) for row in page.html.select(".bars tr")]
        assert heads == ["网络 未受理 1 + ，处理中 1", "未分类 未受理 1 + ，处理中 0"]
        assert "一半在 3 小时内解决" in " ".join(page.html.text.split())

    def test_who_may_not_see_repairs_does_not(self, browser, add_staff, add_request):
        add_request()
        assert "条等待受理" not in browser.as_user(add_staff("rooms.view")).get("/admin/").text

    @pytest.mark.parametrize(
        ("minutes", "text"),
        [(0, "1 分钟"), (25, "25 分钟"), (210, "3.5 小时"), (120, "2 小时"), (4320, "3 天")],
    )
    def test_times_are_readable(self, minutes, text):
        assert span(timedelta(minutes=minutes)) == text
