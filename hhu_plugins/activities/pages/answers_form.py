"""The registration form of an activity as its administrator made it, in the teachers' pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hhu_base.database.transactions import commit
from hhu_base.values.refusal import Refusal
from hhu_base.web.form_limits import FILE_FIELD
from hhu_plugins.activities import form_files
from hhu_plugins.activities.answers import LONGEST_TEXT, LONGEST_TEXTAREA, BadAnswers, clean
from hhu_plugins.activities.form_variants import is_asked
from hhu_plugins.activities.models import FormFile

_HINT_IN_SENTENCE = "（字段："
_ID = re.compile(r"[0-9]{1,18}")
Form = Mapping[str, Mapping[str, Any]]


@dataclass
class Filled:
    """What was filled in: the answers as REST gets them, and the files that were sent, by field.

    ``refusals``: why a file was not taken.
    """

    answers: dict[str, Any]
    files: dict[str, FormFile]
    refusals: dict[str, str]


@dataclass(frozen=True)
class FormField:
    """A field as it is drawn: ``id`` is its name in the form, since a label may be anything.

    It is only asked where ``when_id`` has the answer ``when_is``; ``file`` was sent already.
    """

    id: str
    name: str
    kind: str
    is_required: bool
    choices: list[str]
    value: Any
    longest: int
    when_id: str = ""
    when_name: str = ""
    when_is: str = ""
    file: FormFile | None = None
    error: str = ""


def fields(form: Form, filled: Filled | None = None) -> list[FormField]:
    """The fields with their defaults, or with what was filled in and what is wrong with it."""
    ids = {name: f"f{number}" for number, name in enumerate(form)}
    problems = _problems(form, filled) if filled is not None else {}
    made = []
    for name, rule in form.items():
        default = rule.get("default") or ([] if rule["type"] == "checkbox" else "")
        when = rule.get("when") or {"field": "", "is": ""}
        made.append(
            FormField(
                id=ids[name],
                name=name,
                kind=rule["type"],
                is_required=bool(rule.get("required")),
                choices=list(rule.get("choices", ())),
                value=default if filled is None else filled.answers.get(name, default),
                longest=LONGEST_TEXTAREA if rule["type"] == "textarea" else LONGEST_TEXT,
                when_id=ids.get(when["field"], ""),
                when_name=when["field"],
                when_is=when["is"],
                file=filled.files.get(name) if filled is not None else None,
                error=problems.get(name, ""),
            )
        )
    return made


def read(request, form: Form, activity_id: int) -> Filled:
    """What was posted. Files are kept at once, so that another mistake does not lose them."""
    posted, answers = request.POST, {}
    for number, (name, rule) in enumerate(form.items()):
        if rule["type"] == "checkbox":
            answers[name] = posted.getall(f"f{number}")
        elif rule["type"] != "file":
            answers[name] = posted.get(f"f{number}", "")
    files, refusals = _files(request, form, activity_id)
    return Filled(answers, files, refusals)


def _files(request, form: Form, activity_id: int) -> tuple[dict[str, FormFile], dict[str, str]]:
    wanted = [
        (f"f{n}", name) for n, (name, rule) in enumerate(form.items()) if rule["type"] == "file"
    ]
    user_id, refusals = request.identity.user_id, {}
    kept = {name: request.POST.get(f"{field}-kept", "") for field, name in wanted}
    ids = {name: int(text) for name, text in kept.items() if _ID.fullmatch(text)}
    # All have one name, and a browser sends a part for each, in their order, if only an empty one.
    for (_, name), sent in zip(wanted, request.POST.getall(FILE_FIELD), strict=False):
        if not getattr(sent, "filename", ""):
            continue
        try:
            with request.db.begin_nested():
                row = form_files.keep(
                    request.db,
                    request.registry["activities.uploads"],
                    sent.file,
                    sent.filename,
                    activity_id=activity_id,
                    user_id=user_id,
                    field=name,
                )
            ids[name] = row.id
        except Refusal as refusal:
            refusals[name] = str(refusal)
    if ids:
        # What is refused is not committed.
        commit(request)
    files = form_files.own(request.db, ids, activity_id=activity_id, user_id=user_id) if ids else {}
    return files, refusals


def _problems(form: Form, filled: Filled) -> dict[str, str]:
    """Field → what is wrong with its answer, by the rules that count when it is sent."""
    problems = dict(filled.refusals)
    known: dict[str, Any] = {}
    sent = {name: form_files.answer(file) for name, file in filled.files.items()}
    for name, rule in form.items():
        if name in problems or not is_asked(rule, known):
            continue
        alone = {key: value for key, value in rule.items() if key != "when"}
        try:
            known |= clean({name: alone}, {name: filled.answers.get(name)}, sent)
        except BadAnswers as problem:
            # The field's name is right above.
            problems[name] = str(problem).partition(_HINT_IN_SENTENCE)[0]
    return problems
