"""What a reservation may be, and the sentences for one that may not."""

from __future__ import annotations

REPEATED = "与刚才的预约相同，没有重复预约。"
UNKNOWN = "服务暂时不可用，不能确定预约是否成功。请先查看我的预约，再决定是否重试。"
