"""The icons of the teachers' pages are a choice of their own: none that is used is missing."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
STYLES = ROOT / "hhu_base" / "web" / "static" / "icons.css"
_USED = re.compile(r"\bbi-([a-z0-9]+(?:-[a-z0-9]+)*)\b")
_OURS = re.compile(r"hhu_base\.(app:templates/page|web:templates/light)\.jinja2")


def test_every_icon_that_is_used_is_there(app):
    there = set(re.findall(r"^\.bi-([a-z0-9-]+)\{", STYLES.read_text(), re.MULTILINE))
    used: dict[str, str] = {}
    for folder in ("hhu_base", "hhu_plugins"):
        for path in (ROOT / folder).rglob("*.jinja2"):
            text = path.read_text()
            if _OURS.search(text) or path.parts[-3:-1] == ("app", "templates"):
                used |= dict.fromkeys(_USED.findall(text), path.name)
    registry = app.registry
    used |= {page.icon: page.name for page in registry["app.pages"].values() if page.menu}
    used |= {action.icon: action.name for action in registry["app.place_actions"]}
    used |= {line.icon: line.path for line in registry["app.me"]}
    assert len(used) > 15
    assert {name: where for name, where in used.items() if name not in there} == {}
