"""The looking itself: what is wrong with a page is found, and what is right is not."""

import pytest

from .appearance import blemishes

_STYLED = """([style, html]) => {
  const part = document.createElement("div");
  part.innerHTML = html;
  document.querySelector("main").append(part);
  part.firstElementChild.style.cssText = style;
}"""
LONG = "一句很长的话，放不进这么窄的地方"


@pytest.mark.parametrize("size", ["phone"])
@pytest.mark.slow
def test_what_cannot_be_read_is_found(desk):
    cases = [
        ("overflow: hidden; width: 5em; white-space: nowrap", f"<p>{LONG}</p>", True),
        (
            "overflow: hidden; width: 5em; white-space: nowrap; text-overflow: ellipsis",
            f"<p>{LONG}</p>",
            False,
        ),
        ("overflow: auto; width: 5em; white-space: nowrap", f"<p>{LONG}</p>", False),
        ("overflow: hidden; width: 5em; height: 1.5em", f"<p>{LONG}</p>", True),
        ("width: 6em", "<input type=datetime-local value='2030-01-01T08:00'>", True),
        ("width: 20em", "<input type=datetime-local value='2030-01-01T08:00'>", False),
        ("width: 3em", f"<input value='{LONG}'>", True),
        ("width: 5em; text-overflow: clip", f"<select><option>{LONG}</option></select>", True),
        ("width: 5em; text-overflow: ellipsis", f"<select><option>{LONG}</option></select>", False),
    ]
    for style, html, is_found in cases:
        desk.goto("/admin/password")
        desk.evaluate(_STYLED, [style, html])
        assert bool(blemishes(desk)) == is_found, (style, html, blemishes(desk))


@pytest.mark.parametrize("size", ["phone"])
def test_a_class_that_two_stylesheets_define_is_found(own_desk):
    own_desk.route("**/conflicts*.css", lambda route: route.fulfill(body=".panel { margin: 0; }"))
    own_desk.goto("/admin/rooms/conflicts/")
    assert any("the class panel is in" in each for each in blemishes(own_desk))
