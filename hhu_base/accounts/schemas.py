"""What comes in about accounts."""

from __future__ import annotations

import colander

from hhu_base.rest import Text


class SignInSchema(colander.MappingSchema):
    username = Text(max_length=150)
    # As it was typed: a password may begin with a blank.
    password = Text(max_length=1024, strip=False)
