"""The OpenAPI 3.1 document of this application: of the base and the plugins that are switched on."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from apispec import APISpec

from hhu_base.rest.openapi import inputs, responses
from hhu_base.rest.openapi.components import Components
from hhu_base.rest.openapi.operations import Operation, sections
from hhu_base.settings.site import TITLE

_SCHEME = "Token"
_ABOUT = """\
小程序与本系统之间的接口。路径末尾的斜杠可有可无；请求内容可以是 JSON，也可以是表单。

- **登录**：除 `/auth/get-token/` 和 `/auth/wechat-code2token/` 外，每个请求都要带 `Authorization: Token <令牌>`。
- **时间**：ISO 8601。发来的时间没有时区时按本站时区理解；返回的时间总带本站的时区。
- **列表**：较长的分页返回，`?page=2`、`?page=last`、`?page_size=50`。
- **错误**：总是 JSON。`{"字段": ["……"]}` 是某个字段有错，`{"non_field_errors": ["……"]}` 是各字段放在一起有错，\
`{"detail": "……"}` 与字段无关；这些句子可以直接给人看。
"""


def make_document(registry) -> dict[str, Any]:
    spec = APISpec(
        title=TITLE,
        version=version("hhu-services"),
        openapi_version="3.1.0",
        info={"description": _ABOUT},
    )
    spec.components.security_scheme(
        _SCHEME,
        {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` 加上 `/auth/get-token/` 给的令牌。",
        },
    )
    components = Components(spec)
    responses.add_shared(spec, components)
    for section in sections(registry):
        components.owner = section.name
        spec.tag({"name": section.tag, "description": section.description})
        for operation in section.operations:
            described = _describe(operation, section.tag, registry, components)
            spec.path(operation.path, operations={operation.method.lower(): described})
    return spec.to_dict()


def _describe(operation: Operation, tag: str, registry, components: Components) -> dict[str, Any]:
    found = inputs.readings(operation, registry)
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [tag],
        "summary": operation.summary,
        "security": _security(operation),
    }
    if operation.description:
        described["description"] = operation.description
    if parameters := inputs.parameters_of(operation, found):
        described["parameters"] = parameters
    if body := inputs.body_of(found, components):
        described["requestBody"] = body
    described["responses"] = responses.answers_of(operation, found, components)
    return described


def _security(operation: Operation) -> list[dict[str, Any]]:
    if not operation.is_public:
        return [{_SCHEME: []}]
    # It looks for itself: a token is one way among others to say who is asking.
    described = operation.described
    return [{}, {_SCHEME: []}] if described and 401 in described.answers else []
