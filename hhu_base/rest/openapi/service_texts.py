"""What the API document says of the services of the base, by name and method; "" is about all of them.

The first line stands in the list, the rest where a service is unfolded.
"""

TEXTS = {
    "": "登录，以及登录的人自己的资料、通知和日历。",
    "notices.read-all.post": "把自己的通知全部标为已读。",
    "notices.get": "自己的通知，新的在前。",
    "notices.read.post": "把一条通知标为已读。",
    "current-user.get": "登录的人是谁。",
    "current-user.put": (
        "修改自己的姓名、邮箱、系所或密码。\n\n"
        "不写 `email`、`department`、`password` 就不改。改了密码，其他设备上的登录都失效。"
        "换了邮箱，会寄去一个确认链接，打开以前不寄别的邮件；学院自己域名的邮箱不用确认。"
    ),
    "current-user.meta.get": "同事在通讯录里看到的自己的资料。",
    "current-user.meta.put": ("修改同事看到的自己的资料。\n\n不写的字段不改，null 清空。"),
    "departments.get": "全部系所，按名称排序。",
    "auth.get-token.post": "用工号和密码换取令牌。\n\n密码处也可以填网页“我的 → 微信”里给的登录码，只能用一次。",
    "auth.wechat-auth.put": "把这个微信绑定到登录的人；原来绑定着别人的，改绑过来。",
    "auth.wechat-auth.delete": "解绑微信，自己的令牌全部失效。",
    "auth.wechat-code2token.post": "用微信的登录凭证换取绑定者的令牌。",
    "current-user.calendar.get": "自己的各个日历订阅地址。",
    "current-user.calendar.put": "换新的日历订阅地址，旧地址从此什么也没有。",
    "current-user.calendar.post": "换新的日历订阅地址，旧地址从此什么也没有。",
}
