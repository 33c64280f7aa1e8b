"""What the API document says of the services of the repairs, by name and method; "" is about all of them.

The first line stands in the list, the rest where a service is unfolded.
"""

TEXTS = {
    "": "报告哪里坏了，负责的人收到邮件并处理。",
    "repairs.categories.get": "全部故障分类，按名称排序。",
    "repair.confirm.post": "确认已经修好；可以评价 1 至 5 分，写一句话。",
    "repair.reopen.post": "其实没有修好，重新处理。",
    "repair.get": "自己的一个报修和它的处理经过。",
    "repair.delete": "撤回自己的、还没有人受理的报修。",
    "repairs.post": ("报修。\n\n十秒内同样的报修再发一次，是同一个。"),
    "repairs.get": "自己的报修，新的在前。",
}
