"""The administrators' pages of the guides: 指南文件, with uploads and versions, and 指南分类."""

import hashlib
from pathlib import Path

from hhu_plugins.guides.admin.guides import CategoryAdmin, GuideAdmin

_STATIC = Path(__file__).parents[1] / "static"
_YEAR = 365 * 24 * 3600


def includeme(config) -> None:
    config.add_model_admin(GuideAdmin)
    config.add_model_admin(CategoryAdmin)
    config.include("hhu_plugins.guides.admin.uploading")
    config.include("hhu_plugins.guides.admin.versions")
    # Below the base's static path, at an address that changes with the content.
    script = (_STATIC / "upload.js").read_bytes()
    prefix = f"admin/static/guides-{hashlib.sha256(script).hexdigest()[:10]}"
    config.registry["guides.upload_script"] = f"/{prefix}/upload.js"
    config.add_static_view(prefix, str(_STATIC), cache_max_age=_YEAR)
