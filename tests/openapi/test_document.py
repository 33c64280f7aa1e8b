"""The document: valid, complete, and of what is switched on."""

from __future__ import annotations

import json

import colander
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from webtest import TestApp

from hhu_base import configure
from hhu_base.rest import body, path_id, service
from hhu_base.rest.openapi.conformance import ResponseValidator
from hhu_base.rest.openapi.document import make_document
from hhu_base.rest.openapi.operations import sections
from hhu_base.rest.serializers import Object, list_of, text, whole_number


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def media(document):
    """Where, schema and examples of all that comes and goes as JSON."""
    for where, operation in operations(document):
        contents = [(where, operation.get("requestBody", {}).get("content", {}))]
        contents += [
            (f"{where} {status}", resolved(document, answer).get("content", {}))
            for status, answer in operation["responses"].items()
        ]
        for place, content in contents:
            if "application/json" in content:
                one = content["application/json"]
                several = one.get("examples", {}).values()
                yield (
                    place,
                    one["schema"],
                    [one["example"]] if "example" in one else [each["value"] for each in several],
                )


def resolved(document, answer):
    if "$ref" in answer:
        return document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return answer


def test_it_is_valid(document):
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_service_is_described(app, document):
    undescribed = [
        f"{operation.method} {operation.path} ({operation.view.__module__})"
        for section in sections(app.registry)
        for operation in section.operations
        if operation.described is None
        or not any(status < 400 for status in operation.described.answers)
        or not operation.view.__doc__
    ]
    assert undescribed == [], "say answers={…} and write a docstring: hhu_base/rest/serializers.py"
    served = {
        (method, path)
        for path, service_ in app.registry.cornice_services.items()
        for method in service_.defined_methods
        if method != "HEAD"
    }
    assert len(list(operations(document))) == len(served)


def test_everything_has_an_example_that_fits(document):
    for where, schema, examples in media(document):
        assert examples, where
        validator = Draft202012Validator({**schema, "components": document["components"]})
        for example in examples:
            assert list(validator.iter_errors(example)) == [], where


def test_each_parameter_and_each_answer_is_explained(document):
    for where, operation in operations(document):
        assert operation["summary"].endswith("。"), where
        for status, answer in operation["responses"].items():
            assert resolved(document, answer)["description"], (where, status)
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "path" or parameter.get("description"), where


def texts(thing, where=""):
    """What people read of the document: titles, summaries and descriptions."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            is_text = name in ("title", "summary", "description") and isinstance(value, str)
            if is_text and not where.endswith(("/properties", "/examples/0")):
                yield f"{where}/{name}", value
            if name not in ("example", "examples"):
                yield from texts(value, f"{where}/{name}")
    elif isinstance(thing, list):
        for number, value in enumerate(thing):
            yield from texts(value, f"{where}/{number}")


def test_it_is_in_chinese_as_its_examples_are(document):
    foreign = [
        (where, text)
        for where, text in texts(document)
        if not any("\u4e00" <= char <= "\u9fff" for char in text)
    ]
    assert foreign == []


def test_errors_are_those_that_the_service_can_answer(document):
    answers = {where: set(each["responses"]) for where, each in operations(document)}
    always = {"400", "405", "503", "504"}
    assert answers["get /departments/"] == always | {"200", "401", "406"}
    assert answers["post /auth/get-token/"] == always | {"201", "406", "413", "415", "429"}
    assert answers["delete /reservations/{id}/"] == always | {"204", "401", "404", "406"}
    assert answers["get /reservations/"] == always | {"200", "401", "404", "406"}
    assert answers["get /guides/{id}/"] == always | {"200", "206", "304", "401", "404", "416"}
    shared = document["components"]["responses"]
    assert shared["Unauthorized"]["headers"]["WWW-Authenticate"]
    assert shared["TooManyRequests"]["headers"]["Retry-After"]
    assert shared["Unavailable"]["headers"]["Retry-After"]
    assert shared["MethodNotAllowed"]["headers"]["Allow"]


def test_input_is_described_by_its_schema(document):
    reservation = document["components"]["schemas"]["ReservationInput"]
    assert reservation["required"] == ["reserve_from", "reserve_to", "description"]
    assert reservation["properties"]["description"]["maxLength"] == 2000
    post = document["paths"]["/reservations/"]["post"]
    assert set(post["requestBody"]["content"]) == {
        "application/json",
        "application/x-www-form-urlencoded",
    }
    listing = document["paths"]["/contacts/"]["get"]["parameters"]
    assert {each["name"] for each in listing} == {"my", "search", "If-None-Match"}
    available = document["paths"]["/meetingrooms/available/"]["get"]["parameters"]
    assert {"time_from", "length", "query_from"} <= {each["name"] for each in available}
    paged = document["paths"]["/repairs/"]["get"]["parameters"]
    assert {each["name"] for each in paged} == {"page", "page_size"}


def test_only_what_is_public_needs_no_token(document):
    public = {where for where, each in operations(document) if each["security"] == []}
    assert public == {"post /auth/get-token/", "post /auth/wechat-code2token/"}


@pytest.fixture
def make_app(settings):
    """``make_app(**{"hhu.plugins": "rooms"})``: an application with other settings."""
    made = []

    def make(*services, **values):
        config = configure(settings | values)
        for each in services:
            config.add_cornice_service(each)
        made.append(config.make_wsgi_app())
        return made[-1]

    yield make
    for app in made:
        app.registry["listener"].stop()
        app.registry["engine"].dispose()


def test_a_plugin_that_is_off_leaves_no_trace(make_app):
    app = make_app(**{"hhu.plugins": "rooms"})
    document = TestApp(app).get("/openapi.json").json
    assert "/reservations/" in document["paths"]
    assert "/contacts/" not in document["paths"]
    assert "Repair" not in document["components"]["schemas"]
    assert [tag["name"] for tag in document["tags"]] == ["core 账户", "rooms 会议室预约"]
    listing = TestApp(app).get("/").json
    assert [plugin["name"] for plugin in listing["plugins"]] == ["core", "rooms"]


class ThingSchema(colander.MappingSchema):
    name = colander.SchemaNode(colander.String(), validator=colander.Length(2, 5))
    sort = colander.SchemaNode(colander.String(), validator=colander.OneOf(["a", "b"]))
    parts = colander.SchemaNode(
        colander.Sequence(), colander.SchemaNode(colander.Integer()), missing=colander.drop
    )


def make_things():
    things = service("things", "/things/", permission=NO_PERMISSION_REQUIRED)
    thing = service("thing", r"/things/{id:\d+}/", permission="rule-the-world")
    department = Object("Department", code=text("42"), floors=list_of(whole_number(3)))

    @things.post(validators=(body(ThingSchema),), answers={201: department})
    def add(request):
        """Add a thing."""
        request.response.status_code = 201
        return {"code": "42", "floors": ["not a number"], "more": 1}

    @thing.get()
    def show(request):
        return Response(str(path_id(request)))

    return things, thing


def test_a_service_that_says_nothing_gets_what_can_be_known(make_app):
    document = make_document(make_app(*make_things()).registry)
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    thing = document["paths"]["/things/{id}/"]["get"]
    assert thing["summary"] == "GET /things/{id}/"
    assert {"2XX", "default", "401", "403", "404"} <= set(thing["responses"])
    assert thing["parameters"][0]["name"] == "id"


def test_the_plain_types_of_colander_are_known(make_app):
    schemas = make_document(make_app(*make_things()).registry)["components"]["schemas"]
    properties = schemas["ThingInput"]["properties"]
    assert schemas["ThingInput"]["required"] == ["name", "sort"]
    assert properties["name"] == {"type": "string", "minLength": 2, "maxLength": 5}
    assert properties["sort"]["enum"] == ["a", "b"]
    assert properties["parts"] == {"type": "array", "items": {"type": "integer"}}


def test_a_name_that_is_taken_gets_its_plugin_before_it(make_app):
    schemas = make_document(make_app(*make_things()).registry)["components"]["schemas"]
    assert "floors" not in schemas["Department"]["properties"]
    assert "floors" in schemas["core.Department"]["properties"]


def test_an_answer_that_the_document_contradicts_is_found(make_app):
    app = make_app(*make_things())
    client, truth = TestApp(app), ResponseValidator(app.registry)

    def problems(response, **changed):
        sent = response.request
        facts = {
            "status": response.status_code,
            "headers": response.headers,
            "body": response.body,
        } | changed
        return truth.problems(sent.method, sent.path_info, **facts)

    added = client.post_json("/things/", {"name": "abc", "sort": "a"}, status=201)
    found = problems(added)
    assert {each.split(": ")[1] for each in found} == {"the whole", "floors.0"}
    right = json.dumps({"code": "1", "floors": [1]}).encode()
    assert problems(added, body=right) == []
    assert problems(added, body=b"[]")
    assert problems(added, body=right, status=418)
    assert problems(added, body=right, headers={"Content-Type": "text/html"})
    refused = client.post_json("/things/", {"name": "a", "sort": "c"}, status=400)
    assert problems(refused) == []
    assert problems(refused, body=b'{"unknown": ["x"]}')
    assert problems(refused, body=b'{"name": "x"}')
    unauthorized = client.get("/departments/", status=401)
    assert problems(unauthorized) == []
    assert problems(unauthorized, headers={"Content-Type": "application/json"})
