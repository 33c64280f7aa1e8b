"""The guides of the demo college."""

import pytest
import sqlalchemy as sa

from hhu_plugins.guides import demo
from hhu_plugins.guides.models import TEXT_READ, Guide, GuideCategory, GuideVersion


@pytest.fixture
def load(session, shelf):
    return lambda: demo.load(session, {"guides.shelf": shelf})


def test_there_are_a_dozen_guides_with_real_files(session, load, shelf, run_task):
    load()
    assert session.scalar(sa.select(sa.func.count(Guide.id))) == 12
    versions = session.scalars(sa.select(GuideVersion)).all()
    assert {version.name.rpartition(".")[2] for version in versions} == {
        "pdf", "docx", "xlsx", "txt",
    }  # fmt: skip
    assert all(shelf.store.path_of(version.digest).is_file() for version in versions)


@pytest.mark.slow
def test_what_is_in_them_can_be_found(session, load, mine, run_task):
    load()
    run_task("guides.read_texts")
    assert set(session.scalars(sa.select(GuideVersion.text_status))) == {TEXT_READ}
    found = mine.get("/guides/", {"search": "经费卡负责人本人出差"}).json
    assert [one["name"] for one in found] == ["差旅费报销流程"]
    assert len(mine.get("/guides/", {"search": "演示内容"}).json) == 12


def test_later_guides_have_greater_ids(session, load):
    load()
    created = session.scalars(sa.select(Guide.created_at).order_by(Guide.id)).all()
    assert created == sorted(created)


def test_a_database_with_a_category_is_left_alone(session, load):
    session.add(GuideCategory(name="我们自己的"))
    session.flush()
    load()
    assert session.scalar(sa.select(sa.func.count(Guide.id))) == 0
