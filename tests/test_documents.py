"""The documents: two READMEs that say the same, links that lead somewhere, commands that exist."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from PIL import Image

from hhu_base.cli import main as hhu

PROJECT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    path
    for path in PROJECT.rglob("*.md")
    if not {".venv", "var", "build"} & set(path.relative_to(PROJECT).parts)
    and not any(part.startswith(".") for part in path.relative_to(PROJECT).parts)
)
PICTURES = sorted((PROJECT / "docs" / "pictures").iterdir())
LARGEST_PICTURE = 150 * 1024

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.*)", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
_CODE = re.compile(r"`([^`\n]+)`")
_SCRIPT = re.compile(r"(?<![\w./-])(?:\./)?(scripts/\w+)(?![\w/])")
# Where a command begins; an account or a folder may be called hhu, too.
_HHU = re.compile(r"(?:^|/bin/|&& )hhu((?: [a-z][a-z-]*(?![\w./-]))+)", re.MULTILINE)


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    return [block[2] for block in _BLOCK.finditer(text)]


def prose(text: str) -> str:
    """Without the blocks of code: there a # begins a comment."""
    return _BLOCK.sub("", text)


def without_comments(block: str) -> list[str]:
    lines = (re.sub(r"(^|\s+)#.*", "", line).rstrip() for line in block.splitlines())
    return [line for line in lines if line]


def links(path: Path) -> Iterator[str]:
    for found in _LINK.finditer(prose(path.read_text(encoding="utf-8"))):
        target = found[1] or found[2]
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of the headings."""
    headings = _HEADING.findall(prose(path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in headings}


def code(text: str) -> str:
    """All that is set as code: blocks without their comments, and the bits within sentences."""
    lines = [line for block in blocks(text) for line in without_comments(block)]
    return "\n".join([*lines, *_CODE.findall(prose(text))])


def missing_commands(text: str) -> list[str]:
    """The ``hhu`` commands that are named and do not exist."""
    missing = []
    for words in (found.split() for found in _HHU.findall(code(text))):
        command: click.Command | None = hhu.get_command(click.Context(hhu), words[0])
        if isinstance(command, click.Group) and len(words) > 1:
            command = command.commands.get(words[1])
        if command is None:
            missing.append(" ".join(["hhu", *words]))
    return missing


def test_both_readmes_have_the_same_sections():
    english, chinese = (
        [len(marks) for marks, _ in _HEADING.findall(prose(read(name)))]
        for name in ("README.md", "README.zh-CN.md")
    )
    assert len(english) > 5
    assert english == chinese


def test_both_readmes_have_the_same_commands():
    english, chinese = (
        [without_comments(block) for block in blocks(read(name))]
        for name in ("README.md", "README.zh-CN.md")
    )
    assert len(english) > 4
    assert english == chinese


def test_the_readmes_lead_to_each_other_and_to_the_same_documents():
    english, chinese = (set(links(PROJECT / name)) for name in ("README.md", "README.zh-CN.md"))
    assert english - {"README.zh-CN.md"} == chinese - {"README.md"}
    assert "README.zh-CN.md" in english
    assert "README.md" in chinese


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path):
    broken = []
    for link in links(path):
        target, _, anchor = link.partition("#")
        file = (path.parent / target) if target else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_script_that_is_named_exists(path):
    named = set(_SCRIPT.findall(code(path.read_text(encoding="utf-8"))))
    assert not [name for name in named if not os.access(PROJECT / name, os.X_OK)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_that_is_named_exists(path):
    assert not missing_commands(path.read_text(encoding="utf-8"))


def test_a_command_that_does_not_exist_is_noticed():
    text = "```sh\nhhu users fly x.ini  # hhu swim\nhhu plugins x.ini\n```\n and `hhu dance`\n"
    assert missing_commands(text) == ["hhu users fly", "hhu dance"]


@pytest.mark.parametrize("path", PICTURES, ids=name_of)
def test_every_picture_is_shown_and_small(path):
    shown = {
        (document.parent / link).resolve() for document in DOCUMENTS for link in links(document)
    }
    assert path in shown
    assert path.stat().st_size < LARGEST_PICTURE
    with Image.open(path) as picture:
        assert picture.mode == "P"
