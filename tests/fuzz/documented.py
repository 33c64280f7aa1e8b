"""Schemathesis over the API document: what fits it and what does not, for each operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode, checks

from .people import Person, Setting
from .wire import HOST

_SIGNS_OUT = "DELETE /auth/wechat-auth/"
# Not those that want every refusal and every acceptance to follow from the schema: rules refuse
# what fits it (a room is taken), and we forgive what does not (an unknown field).
_CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)


def operations(document: Mapping[str, Any]) -> list[Any]:
    """All of them, the one that signs out at the end."""
    # Else Schemathesis invents tokens, and puts them in the place of ours.
    paths = {
        path: {method: {**each, "security": []} for method, each in methods.items()}
        for path, methods in document["paths"].items()
    }
    schema = schemathesis.openapi.from_dict({**document, "paths": paths})
    found = [result.ok() for result in schema.get_all_operations()]
    return sorted(found, key=lambda each: each.label == _SIGNS_OUT)


def fuzz(
    operation,
    port: int,
    person: Person,
    setting: Setting,
    *,
    examples: int,
    chance: int,
    seconds: float,
) -> Counter:
    """Some requests to one operation; the statuses that came. Raises what is wrong."""
    statuses: Counter = Counter()
    headers = {name: value for name, value in person.headers if name == "Authorization"}
    for mode in _modes(operation):

        @seed(chance)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case) -> None:
            # By chance alone no id would ever be anybody's.
            if "id" in (case.path_parameters or {}) and statuses.total() % 2:
                case.path_parameters = {"id": setting.id_for(operation.path)}
            response = case.call(
                base_url=f"http://{HOST}:{port}",
                headers=headers,
                timeout=seconds,
                allow_redirects=False,
            )
            statuses[response.status_code] += 1
            case.validate_response(response, checks=list(_CHECKS))

        run()
    return statuses


def _modes(operation) -> Iterator[GenerationMode]:
    yield GenerationMode.POSITIVE
    # Where everything fits, nothing that does not can be made.
    if operation.body or operation.path_parameters or operation.query:
        yield GenerationMode.NEGATIVE
