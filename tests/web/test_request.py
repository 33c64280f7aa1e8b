"""What a browser says of a body that it does not send."""

import pytest

ODD = {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"}


@pytest.mark.parametrize("path", ["/admin/core/departments/add", "/app/rooms/", "/app/me/"])
@pytest.mark.parametrize("body", [b"", b"a=1"])
def test_who_only_looks_brings_no_form_whatever_the_content_type_says(admin, path, body):
    answer = admin.client.request(path, method="GET", body=body, headers=ODD)
    assert answer.status_code == 200
