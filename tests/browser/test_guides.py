"""指南文件: several files at once, and another file for a guide that stays the same."""

from playwright.sync_api import expect

from hhu_plugins.guides import demo_files

GUIDES = "/admin/guides/guides/"


def a_file(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_two_at_once_then_another_file_for_one(desk, site, watch):
    good, other, bad = (site.new_name(kind) for kind in ("报销", "调课", "坏"))
    pdf = demo_files.pdf("报销", ["先审批，后报销。"])
    desk.goto(GUIDES)
    desk.get_by_role("link", name="新增").click()
    desk.get_by_label("指南分类").select_option("财务")
    desk.get_by_label("文件", exact=False).and_(desk.locator("[type=file]")).set_input_files(
        [
            a_file(f"{good}.pdf", pdf),
            a_file(f"{bad}.pdf", b"no pdf"),
            a_file(f"{other}.txt", "调课须知".encode()),
        ]
    )
    watch.expect(400)
    desk.get_by_role("button", name="上传").click()
    lines = desk.locator(".uploads li")
    expect(lines.get_by_role("link", name="已上传")).to_have_count(2)
    expect(lines.filter(has_text=bad)).to_contain_text("文件的内容与扩展名 .pdf 不符。")
    assert site.guides(bad) == []

    [guide] = site.guides(good)
    lines.filter(has_text=good).get_by_role("link").click()
    expect(desk.get_by_role("heading", name=good)).to_be_visible()
    desk.get_by_label("新的文件").set_input_files([a_file("新版.txt", "新的流程".encode())])
    desk.get_by_role("button", name="替换文件").click()
    expect(desk.get_by_role("status")).to_contain_text("以前的版本仍然保留")
    versions = desk.get_by_role("region", name="版本").locator("tbody tr")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("新版.txt 当前")
    [replaced] = site.guides(good)
    assert replaced.id == guide.id
    assert [each.name for each in replaced.versions] == ["新版.txt", f"{good}.pdf"]

    with desk.expect_download() as downloading:
        desk.get_by_role("link", name=f"{good}.pdf").click()
    assert downloading.value.suggested_filename == f"{good}.pdf"
    assert downloading.value.path().read_bytes() == pdf
