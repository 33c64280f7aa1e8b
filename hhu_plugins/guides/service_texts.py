"""What the API document says of the services of the guides, by name and method; "" is about all of them.

The first line stands in the list, the rest where a service is unfolded.
"""

TEXTS = {
    "": "可以查找、搜索、下载和寄到邮箱的文件。",
    "guide.get": "一份指南的文件，或者其中一段。",
    "guides.get": "全部指南，或者名称、内容里有搜索词的，新的在前。",
    "guide.email.post": (
        "把文件寄到自己的邮箱；邮件不会丢失时就回答。\n\n邮箱还没有确认的，确认以后寄出。"
    ),
    "guide.email.get": (
        "把文件寄到自己的邮箱；邮件不会丢失时就回答。\n\n邮箱还没有确认的，确认以后寄出。"
    ),
}
