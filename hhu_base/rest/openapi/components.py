"""From the shapes of ``hhu_base.rest.serializers`` to schemas that refer to named components."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from hhu_base.rest.serializers import Object, example_of


class Components:
    """The named schemas of a document, each there once.

    Two plugins may give the same name to different objects: the second is then named after its
    plugin, ``guides.Category``. ``owner`` is the plugin whose services are being described.
    """

    def __init__(self, spec: APISpec):
        self._spec = spec
        self._names: dict[Any, str] = {}
        self._schemas: dict[str, dict[str, Any]] = {}
        self.owner = ""

    def schema_of(self, shape: Any) -> Any:
        """The schema, in which each component has become a reference."""
        if isinstance(shape, Object):
            return self.named(shape, shape.name, lambda: self._object(shape))
        if isinstance(shape, dict):
            return {key: self.schema_of(value) for key, value in shape.items()}
        if isinstance(shape, list):
            return [self.schema_of(value) for value in shape]
        return shape

    def named(self, key: Any, name: str, make) -> dict[str, str]:
        """A reference to the schema of ``key``, which ``make`` makes the first time."""
        if key not in self._names:
            self._names[key] = self._add(name, make())
        return {"$ref": f"#/components/schemas/{self._names[key]}"}

    def _add(self, name: str, schema: dict[str, Any]) -> str:
        if self._schemas.get(name, schema) != schema:
            name = f"{self.owner}.{name}"
        if name not in self._schemas:
            self._schemas[name] = schema
            self._spec.components.schema(name, schema)
        return name

    def _object(self, component: Object) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "object"}
        if component.description:
            schema["description"] = component.description
        return schema | {
            "properties": self.schema_of(dict(component.properties)),
            "required": list(component.properties),
            "examples": [example_of(component)],
        }
