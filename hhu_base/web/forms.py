"""Deform, as the administrators' pages use it: our widgets, our templates, our nonce.

Imported when the first form is drawn, never before: the workers and the REST API need none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import colander
import deform
import peppercorn
from chameleon.zpt.template import PageTemplateFile
from deform.template import ZPTRendererFactory, ZPTTemplateLoader, default_dir
from deform.widget import (
    CheckboxChoiceWidget,
    CheckboxWidget,
    PasswordWidget,
    RadioChoiceWidget,
    SelectWidget,
    TextAreaWidget,
    TextInputWidget,
    Widget,
)
from pyramid.i18n import make_localizer
from pyramid.interfaces import ITranslationDirectories
from translationstring import ChameleonTranslate

from hhu_base.values.form_fields import SeveralType, name_what_is_missing
from hhu_base.values.refusal import Refusal
from hhu_base.values.schema_types import (
    DayType,
    InstantType,
    TextType,
    WholeNumberType,
)
from hhu_base.web import assets, display
from hhu_base.web.audit import is_secret

_NO_CHOICE = ("", "（无）")


class Invalid(Exception):
    """What was filled in is wrong; the form can be drawn again and says why."""


class Form:
    """A form of one request: drawn with values, or validated, and then drawn with its errors."""

    def __init__(
        self, request, schema: colander.MappingSchema, counter: Iterator[int] | None = None
    ):
        """``counter``: of several on one page, so that no two fields have the same id."""
        self._request = request
        bound = schema.bind(
            request=request, registry=request.registry, zone=request.registry.site_zone
        )
        self._form = deform.Form(
            bound, formid="form", renderer=_renderer(request.registry), counter=counter
        )
        self._form.nonce = request.csp_nonce
        self._form.widget.template = "form"
        _dress(self._form, request)
        self.nodes = {node.name: node for node in bound.children}
        self._drawn: str | None = None

    def render(self, values: dict[str, Any] | None = None) -> str:
        """The fields; the ``<form>`` around them is in the page."""
        if self._drawn is not None:
            return self._drawn
        known = {name: value for name, value in (values or {}).items() if value is not None}
        return self._form.render(known)

    def read(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Those of ``texts`` that are good values of the form's fields: what a link fills in."""
        values = {}
        for name in self.nodes.keys() & texts.keys():
            with suppress(colander.Invalid):
                values[name] = self.nodes[name].deserialize(texts[name])
        return values

    def validate(self) -> dict[str, Any]:
        """What was filled in; raises :class:`Invalid`."""
        try:
            values = self._form.validate_pstruct(_pstruct(self._request))
        except deform.ValidationFailure as failure:
            name_what_is_missing(failure.error)
            self._drawn = failure.render()
            raise Invalid from None
        missing = self._missing_rows(values)
        if missing:
            self.refuse(missing)
            raise Invalid
        return values

    def refuse(self, errors: dict[str, Any], instead: Mapping[str, str] | None = None) -> None:
        """Draw what was filled in, with these errors: field → sentences.

        ``instead``: what some fields show in place of what was filled in.
        """
        error = colander.Invalid(self._form.schema)
        general: list[str] = []
        for name, sentences in errors.items():
            texts = sentences if isinstance(sentences, list) else [str(sentences)]
            if name in self.nodes:
                error[name] = " ".join(texts)
            else:
                general += texts
        self._form.widget.handle_error(self._form, error)
        self._form.error = error
        self._form.general_errors = general
        filled_in = _pstruct(self._request) | dict(instead or {})
        self._form.cstruct = self._form.widget.deserialize(self._form, filled_in)
        self._drawn = self._form.widget.serialize(self._form, self._form.cstruct)

    def _missing_rows(self, values: dict[str, Any]) -> dict[str, list[str]]:
        errors = {}
        for name, node in self.nodes.items():
            model, value = getattr(node, "relation", None), values.get(name)
            if model is None or not value:
                continue
            ids = [value] if isinstance(value, int) else list(value)
            if len(display.labels(self._request, model, ids)) < len(ids):
                errors[name] = ["所选的记录不存在，可能刚刚被删除。"]
        return errors


def _pstruct(request) -> dict:
    try:
        return peppercorn.parse(request.POST.items())
    except ValueError:  # Its marks of lists do not match: no form of ours sends that.
        raise Refusal("请求格式错误。") from None


def _dress(form: deform.Form, request) -> None:
    """Give each field the widget for its type, unless its node brings one."""
    for field in form.children:
        if field.schema.widget is None and not isinstance(field.typ, colander.Sequence):
            field.widget = _widget(field, request)
        field.widget.item_template = "mapping_item"


def _widget(field: deform.Field, request) -> Widget:
    node = field.schema
    if getattr(node, "relation", None) is not None:
        return RelationWidget(request, node.relation, isinstance(node.typ, SeveralType))
    choices = getattr(node, "choices", None)
    if choices is not None:
        if isinstance(node.typ, SeveralType):
            if hasattr(node, "rows"):
                return LevelsWidget(rows=node.rows)
            return CheckboxChoiceWidget(values=choices)
        if field.required and len(choices) <= 4:
            return RadioChoiceWidget(values=choices, inline=True)
        return SelectWidget(values=choices if field.required else [_NO_CHOICE, *choices])
    if isinstance(node.typ, InstantType):
        return LocalTimeWidget(
            step=getattr(node, "step", None), rounds=getattr(node, "rounds", None)
        )
    if isinstance(node.typ, DayType):
        return TextInputWidget(input_type="date")
    if isinstance(node.typ, colander.Boolean):
        return CheckboxWidget(true_val="true", false_val="false")
    if isinstance(node.typ, WholeNumberType):
        return TextInputWidget(input_type="number")
    if is_secret(field.name) or (isinstance(node.typ, TextType) and node.typ.clean is None):
        return PasswordWidget(redisplay=False, strip=False)
    rows = getattr(node, "rows", None)
    if isinstance(node.typ, TextType) and (rows or node.typ.max_length is None):
        return TextAreaWidget(rows=rows or 4)
    return TextInputWidget(max_length=getattr(node.typ, "max_length", None))


class LocalTimeWidget(Widget):
    """``<input type="datetime-local">`` in site time, whatever zone the browser is in.

    Deform's own shows UTC and reads local time. The type gives the text with the site's offset,
    and reads one without as site time: all there is to do is to leave the offset out.
    """

    template = "local_time"
    step: int | None = None  # seconds between the times that the browser offers
    # "down" or "up": what lies between two of these is stored as the one before, or after. The page
    # says so while it is typed.
    rounds: str | None = None
    readonly_template = "readonly/textinput"

    def serialize(self, field, cstruct, **kw):
        text = "" if cstruct in (colander.null, None) else str(cstruct)
        return field.renderer(self.template, field=field, cstruct=local_text(text))

    def deserialize(self, field, pstruct):
        return pstruct.strip() if isinstance(pstruct, str) and pstruct.strip() else colander.null


def local_text(text: str) -> str:
    """``2020-02-22T17:02:00+08:00`` → ``2020-02-22T17:02``."""
    return text[:19].removesuffix(":00") if len(text) >= 19 else text


class RelationWidget(Widget):
    """A row of another table, or several, found by typing; the choice itself is a ``<select>``."""

    template = "relation"
    readonly_template = "readonly/textinput"

    def __init__(self, request, model: type, multiple: bool):
        super().__init__()
        self._request, self._model, self.multiple = request, model, multiple
        target = request.registry["admin.by_model"][model]
        self.options_url = target.path + "options"

    def serialize(self, field, cstruct, **kw):
        texts = [cstruct] if isinstance(cstruct, str) else map(str, cstruct or ())
        ids = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]
        found = display.labels(self._request, self._model, ids)
        return field.renderer(
            self.template, field=field, options=found.items(), multiple=self.multiple
        )

    def deserialize(self, field, pstruct):
        if self.multiple:
            # The same field repeated; peppercorn keeps lists between its markers.
            return [] if pstruct is colander.null else pstruct
        return pstruct if isinstance(pstruct, str) and pstruct else colander.null


class LevelsWidget(Widget):
    """A row of choices for each thing; what was chosen is one list."""

    template = "levels"
    readonly_template = "readonly/textinput"
    rows: Sequence[tuple[str, list[tuple[str, str]]]] = ()

    def serialize(self, field, cstruct, **kw):
        chosen = () if cstruct in (colander.null, None) else cstruct
        return field.renderer(self.template, field=field, cstruct=chosen)

    def deserialize(self, field, pstruct):
        if isinstance(pstruct, dict):
            return [value for value in pstruct.values() if value]
        return [] if pstruct is colander.null else pstruct


_FIRST_IN_FOCUS = "not repeat.choice.index and autofocus"


class _NoncedTemplate(PageTemplateFile):
    """A template whose scripts carry the nonce.

    It gets into the template's source, so that a ``<script>`` which somebody typed never has it.
    """

    def cook(self, body):
        body = body.replace("<script", '<script nonce="${field.get_root().nonce}"')
        # From the second choice on Deform writes autofocus="False", which is true to a browser.
        body = body.replace(_FIRST_IN_FOCUS, f"({_FIRST_IN_FOCUS}) or None")
        return super().cook(body)


class _Loader(ZPTTemplateLoader):
    formats = {"xml": _NoncedTemplate, "text": _NoncedTemplate}


class _Renderer(ZPTRendererFactory):
    def __init__(self, translator):
        self.translate = translator
        self.loader = _Loader(
            search_path=(str(assets.folder("templates/fields")), default_dir),
            auto_reload=False,
            debug=False,
            translate=ChameleonTranslate(translator),
        )


def _renderer(registry) -> _Renderer:
    renderer = registry.get("admin.form_renderer")
    if renderer is None:
        folders = registry.queryUtility(ITranslationDirectories, default=[])
        localizer = make_localizer("zh_Hans", folders)
        renderer = registry["admin.form_renderer"] = _Renderer(localizer.translate)
    return renderer
