"""The menu: longer than many a screen."""


def test_the_line_of_this_page_is_in_sight(own_desk, size):
    desk = own_desk
    desk.set_viewport_size({"width": 390 if size == "phone" else 1440, "height": 480})
    desk.goto("/admin/core/audit/")
    if size == "phone":
        desk.get_by_role("button", name="打开菜单").click()
    line = desk.locator(".menu-line[aria-current]")
    desk.wait_for_function(
        "document.querySelector('.menu').getAnimations({subtree: true}).length === 0"
    )
    box, menu = line.bounding_box(), desk.locator(".menu").bounding_box()
    assert menu["y"] <= box["y"]
    assert box["y"] + box["height"] <= min(480, menu["y"] + menu["height"])
    # The page itself stays where it begins.
    assert desk.evaluate("scrollY") == 0
