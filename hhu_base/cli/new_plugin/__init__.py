"""A plugin of one's own, from the files in ``template/``; it passes its tests at once.

They are what is written, with ``$name``, ``$title`` and ``$package`` filled in: in this repository
``hhu_plugins.NAME``, elsewhere ``hhu_NAME`` in a distribution of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

import hhu_base

_TEMPLATE = Path(__file__).parent / "template"
# The last entry of the group in setup.py, after which ours is written.
_GROUP = re.compile(r'(?P<head>"hhu\.plugins": \[\n)(?P<lines>(?: +"[^"\n]+",\n)*)')

_IMPORTS = re.compile(r"(?:^from hhu_.*\n)+", re.MULTILINE)


def repository() -> Path | None:
    """The checkout that this is running from, if it is one."""
    root = Path(hhu_base.__file__).parents[1]
    return root if (root / "setup.py").is_file() and (root / "hhu_plugins").is_dir() else None


def make_here(root: Path, name: str, title: str) -> list[Path]:
    """In the repository: the package, its tests, and its entry point. Raises FileExistsError."""
    package = root / "hhu_plugins" / name
    tests = root / "tests" / name
    values = {"name": name, "title": title, "package": f"hhu_plugins.{name}", "gap": "\n"}
    setup = root / "setup.py"
    changed = with_entry_point(setup.read_text(encoding="utf-8"), name)
    made = _write({"package": package, "tests": tests}, values)
    setup.write_text(changed, encoding="utf-8")
    return [*made, setup]


def make_distribution(parent: Path, name: str, title: str) -> list[Path]:
    """A distribution of its own in ``parent``. Raises FileExistsError."""
    root = parent / f"hhu-{name}"
    values = {"name": name, "title": title, "package": f"hhu_{name}", "gap": ""}
    folders = {"distribution": root, "package": root / f"hhu_{name}", "tests": root / "tests"}
    return _write(folders, values)


def with_entry_point(setup: str, name: str) -> str:
    """The text of setup.py with the plugin among its entry points, in alphabetical order."""
    found = _GROUP.search(setup)
    if found is None:
        raise ValueError("setup.py has no list of the entry points hhu.plugins")
    indent = " " * 12
    lines = {*found["lines"].splitlines(), f'{indent}"{name} = hhu_plugins.{name}",'}
    written = "".join(f"{line}\n" for line in sorted(lines))
    return setup[: found.start("lines")] + written + setup[found.end("lines") :]


def _write(folders: dict[str, Path], values: dict[str, str]) -> list[Path]:
    """Part of the template → folder that it is written to; nothing at all if one is there."""
    for folder in folders.values():
        if folder.exists():
            raise FileExistsError(str(folder))
    made = []
    for part, folder in folders.items():
        for path, text in _files(_TEMPLATE / part, values):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            made.append(target)
    return made


def _files(part: Path, values: dict[str, str]) -> Iterator[tuple[Path, str]]:
    for source in sorted(part.rglob("*.txt")):
        path = str(source.relative_to(part)).removesuffix(".txt").replace("NAME", values["name"])
        text = Template(source.read_text(encoding="utf-8")).substitute(values)
        yield Path(path), _sorted_imports(text)


def _sorted_imports(text: str) -> str:
    """Where the own package stands among the imports depends on its name."""
    return _IMPORTS.sub(lambda found: "".join(sorted(found[0].splitlines(keepends=True))), text)
