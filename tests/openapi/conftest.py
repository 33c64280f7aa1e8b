"""The API document of the application with every plugin."""

from __future__ import annotations

import pytest

from hhu_base.testing.clients import truth_of


@pytest.fixture
def truth(app):
    return truth_of(app.registry)


@pytest.fixture
def document(truth):
    return truth.document
