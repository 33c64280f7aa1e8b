"""A small application with one service of each kind, in place of the real one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import colander
import pytest
import sqlalchemy as sa
from pyramid.authorization import ACLHelper, Allow, Authenticated, Everyone
from pyramid.config import Configurator
from pyramid.httpexceptions import (
    HTTPFound,
    HTTPNoContent,
    HTTPNotFound,
    HTTPUnauthorized,
)
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool
from webtest import TestApp

from hhu_base.rest import (
    Forbidden,
    Identifier,
    Instant,
    NotFound,
    Secret,
    Text,
    TooManyRequests,
    Unavailable,
    WholeNumber,
    YesNo,
    body,
    must_accept_json,
    paged,
    path_id,
    query,
    service,
)
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal

GOOD_TOKEN = {"Authorization": "Token good"}
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Policy:
    """Knows one token."""

    acl = ACLHelper()

    def identity(self, request):
        return "t0001" if request.headers.get("Authorization") == "Token good" else None

    authenticated_userid = identity

    def permits(self, request, context, permission):
        principals = [Everyone, Authenticated] if self.identity(request) else [Everyone]
        return self.acl.permits(context, principals, permission)


class Root:
    __acl__ = [(Allow, Authenticated, "signed-in")]

    def __init__(self, request):
        pass


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class ThingSchema(colander.MappingSchema):
    meetingroom = Identifier(title="会议室")
    reserve_from = Instant(title="开始时间", missing=colander.drop)
    description = Text(max_length=10, title="说明")
    email = Text(max_length=254, blank=True, nullable=True, missing=colander.drop)
    people_count = WholeNumber(minimum=1, missing=None)
    my = YesNo(missing=False)
    password = Secret(missing=colander.drop)
    level = colander.SchemaNode(
        colander.String(), missing="", validator=colander.OneOf(("high", "low"))
    )

    def validator(self, node, value):
        if value["description"] == "together":
            raise colander.Invalid(node, "放在一起是错的。")


class SearchSchema(colander.MappingSchema):
    time_from = Instant(missing=None)
    people_count = WholeNumber(minimum=1, missing=None, lenient=True)
    my = YesNo(missing=False)
    search = Text(blank=True, missing="")


ERRORS = {
    "field": FieldErrors({"email": ["错。"]}),
    "refused": Refusal("不行。", TOGETHER, hint=1),
    "bad": Refusal("坏。"),
    "not-found": NotFound(),
    "pyramid-not-found": HTTPNotFound("/secret/path"),
    "pyramid-unauthorized": HTTPUnauthorized(),
    "forbidden": Forbidden(),
    "too-many": TooManyRequests("慢一点。", retry_after=7),
    "unavailable": Unavailable(),
    "operational": OperationalError("SELECT 1", {}, Exception("gone")),
    "interface": InterfaceError("SELECT 1", {}, Exception("gone")),
    "invalidated": ProgrammingError("S", {}, Exception("gone"), connection_invalidated=True),
    "programming": ProgrammingError("SELECT secret", {}, Exception("wrong")),
    "pool": PoolTimeout("QueuePool limit"),
    "crash": RuntimeError("secret"),
    "redirect": HTTPFound("/elsewhere/"),
}


def make_services() -> list:
    things = service("things", "/things/")
    thing = service("thing", r"/things/{id:\d+}/")
    search = service("search", "/search/")
    window = service("window", "/window/")
    summary = service("summary", "/summary/")
    public = service("public", "/public/", permission=NO_PERMISSION_REQUIRED)
    secret = service("secret", "/secret/", permission="rule-the-world")
    failing = service("failing", r"/errors/{name:[a-z-]+}/", permission=NO_PERMISSION_REQUIRED)
    listing = service("listing", "/list/", permission=NO_PERMISSION_REQUIRED)
    document = service("document", "/document/", permission=NO_PERMISSION_REQUIRED)
    cornice = service("cornice", "/cornice/", permission=NO_PERMISSION_REQUIRED)

    things.get()(lambda request: [])
    things.post(validators=(body(ThingSchema),))(lambda request: request.validated)
    thing.get()(lambda request: {"id": path_id(request)})
    thing.delete()(lambda request: HTTPNoContent())
    search.get(validators=(query(SearchSchema),))(lambda request: request.validated)
    window.get(validators=(query(SearchSchema, detail="非法参数。"),))(lambda request: {})
    summary.post(validators=(body(ThingSchema, summary=True),))(lambda request: {})
    public.post()(lambda request: {"got": "褚杰"})
    secret.get()(lambda request: {})
    listing.get()(
        lambda request: paged(request, sa.select(Thing).order_by(Thing.id), lambda t: t.name)
    )
    document.get(exclude=must_accept_json)(
        lambda request: Response(b"%PDF", content_type="application/pdf")
    )

    @failing.get()
    def fail(request):
        raise ERRORS[request.matchdict["name"]]

    @cornice.get()
    def collect(request):
        request.errors.add("body", "name", "错。")

    @things.put()
    def empty(request):
        request.response.status = 204

    return [
        *(things, thing, search, window, summary, public, secret, failing),
        *(listing, document, cornice),
    ]


@pytest.fixture(scope="session")
def services():
    return make_services()


@pytest.fixture(scope="session")
def db():
    engine = sa.create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


PLUMBING = (
    "web.trailing_slashes", "web.request", "web.url_guard", "web.json_renderer",
    "web.error_views", "web.headers", "rest.services", "rest.validation",
)  # fmt: skip


@pytest.fixture(scope="session")
def configure(services, db):
    """Makes a configurator with the plumbing, not yet committed."""

    def build(**settings) -> Configurator:
        config = Configurator(
            settings={"tm.manager_hook": "pyramid_tm.explicit_manager", **settings},
            security_policy=Policy(),
            root_factory=Root,
        )
        config.registry.site_zone = SHANGHAI
        config.include("hhu_base.settings.declarations")
        config.include("pyramid_tm")
        for part in PLUMBING:
            config.include(f"hhu_base.{part}")
        config.add_request_method(lambda request: db, "db", reify=True)
        for each in services:
            config.add_cornice_service(each)
        return config

    return build


@pytest.fixture(scope="session")
def app(configure):
    return TestApp(configure().make_wsgi_app())


@pytest.fixture(scope="session")
def signed_in(configure):
    return TestApp(configure().make_wsgi_app(), extra_environ={"HTTP_AUTHORIZATION": "Token good"})
