"""Whether the document tells the truth: real answers against what it says of them.

For tests, which have jsonschema; ``hhu_base.testing`` looks at every answer that its client gets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from hhu_base.rest.openapi.document import make_document


class ResponseValidator:
    """The document of an application, stricter: an object has the properties that it names."""

    def __init__(self, registry):
        self.document = make_document(registry)
        self._components = _closed(self.document["components"])
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path).rstrip("/") + "/?"), path)
            # What is written out comes first: /x/{id}/ fits /x/available/, too.
            for path in sorted(self.document["paths"], key=lambda path: (path.count("{"), path))
        ]

    def template_of(self, path: str) -> str | None:
        """The path of the document that this one is of."""
        return next((template for fits, template in self._paths if fits.fullmatch(path)), None)

    def problems(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        """What the document says otherwise; nothing of paths and methods that are not in it.

        Nor of a 500, which no document promises: who gets one has asked for it, or has failed.
        """
        template = self.template_of(path)
        operation = self.document["paths"].get(template, {}).get(method.lower())
        if operation is None or status == 500:
            return []
        answers = operation["responses"]
        answer = answers.get(str(status), answers.get(f"{status // 100}XX", answers.get("default")))
        where = f"{method} {template} {status}"
        if answer is None:
            return [f"{where}: the document knows no such answer"]
        if "$ref" in answer:
            answer = self.document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        missing = [
            f"{where}: there is no {name}"
            for name, header in answer.get("headers", {}).items()
            if header["required"] and name.lower() not in {sent.lower() for sent in headers}
        ]
        return missing + [
            f"{where}: {problem}"
            for problem in self._body_problems(answer.get("content", {}), headers, body)
        ]

    def _body_problems(
        self, content: Mapping[str, Any], headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        if not content:
            return ["there is a body, and the document has none"] if body else []
        sent = headers.get("Content-Type", "").partition(";")[0]
        described = content.get(sent, content.get("*/*"))
        if described is None:
            return [f"it is {sent or 'nothing'}, and should be {' or '.join(content)}"]
        if sent != "application/json":
            return []
        schema = _closed(described["schema"])
        validator = Draft202012Validator(
            {**schema, "components": self._components}, format_checker=FormatChecker()
        )
        return [
            f"{'.'.join(map(str, error.absolute_path)) or 'the whole'}: {error.message[:300]}"
            for error in validator.iter_errors(json.loads(body))
        ]


def _closed(schema: Any) -> Any:
    """The schema without room for what it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
