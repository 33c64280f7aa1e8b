"""What the API document says of the services of the rooms, by name and method; "" is about all of them.

The first line stands in the list, the rest where a service is unfolded.
"""

TEXTS = {
    "": "查找空闲的会议室或空闲的时段，预约、改期、取消、候补、协商。",
    "meetingrooms.available.get": (
        "哪里有空；用哪些参数，取决于客户端是哪一代。\n\n"
        "有 `time_from` 和 `time_to`：整段时间都空闲的会议室，按地点排序；再加 `length`（分钟），是其中有这么长空闲的会议室和时段。"
        "有 `query_from` 和 `query_to`：座位够的每间会议室和这段时间里的预约；不开放的时间也算一个预约，说明是“不开放”。"
    ),
    "meetingroom.get": "一间会议室。",
    "meetingrooms.get": "全部会议室，按管理员排的次序，然后按地点和名称。",
    "reservations.calendar.get": "自己的预约，给日历软件订阅。",
    "reservations.post": (
        "预约会议室，等到有结果再回答。\n\n"
        "201 表示已经订好，不会再变。十秒内再次预约同一间、同一时间，是同一个请求，得到同一个预约。"
        '带 `Prefer: respond-async` 时立即回答 202，`Location` 写着到哪里看结果。需要审批的会议室，用 `"approval": true` 提出申请：202，状态是 requested。'
    ),
    "reservations.get": (
        "自己的预约，新提出的在前；`past=yes` 时包括已经结束的。\n\n"
        "只有已经订好和等待结果的；其他的要用 `status` 指明。"
    ),
    "meetingroom.calendar.get": "一间会议室的使用安排，给日历软件订阅。",
    "reservation.approve.post": (
        "同意一个申请：会议室仍然空闲就订好。\n\n"
        "期间被人订走的回答 400：申请到此结束，申请人已经得到通知。"
    ),
    "reservation.refuse.post": "不同意一个申请；申请人会知道理由和哪些会议室空着。",
    "reservations.requests.get": "等自己审批的申请，按时间排序；同一间、同一时间的排在一起。",
    "asks.get": "等自己答复的协商，最急的在前；以及自己提出的，新的在前。",
    "ask.no.post": "不让：预约不变，对方会知道，并看到其他空闲的会议室。",
    "ask.yes.post": (
        "让出：自己的预约改到提议的地方，时间归对方，两件事一起完成。\n\n"
        '写 `meetingroom`、`reserve_from` 和 `reserve_to` 就改到那里；`"give_up": true` 是取消，没有提议时也是取消。'
    ),
    "meetingroom.reservations.get": "一间会议室在一段时间里的预约，用来找人协商；`can_ask` 表示能不能协商。",
    "ask.get": "一个协商，自己是其中一方。",
    "ask.delete": "撤回自己提出、还没有答复的协商。",
    "reservation.asks.post": (
        "请别人让出一个还没有开始的预约。\n\n"
        "`offer` 是请对方改去的地方；不写就从空闲的里面选，null 表示没有。对方同意以前什么也不变，到 `answer_before` 没有答复就是不同意。"
    ),
    "meetingrooms.details.get": "`GET /meetingrooms/` 里没有的内容，次序相同。",
    "meetingrooms.equipment.get": "可以按哪些设备查找会议室。",
    "meetingroom.details.get": "`GET /meetingrooms/ID/` 里没有的内容。",
    "meetingrooms.photo.get": "会议室的一张照片（JPEG），`size` 选大小。",
    "reservation.get": ("自己的一个预约，不论结果如何。\n\n重复的请求得到第一次的那个预约。"),
    "reservation.delete": "取消自己的一个还没有结束的预约。",
    "reservation.patch": (
        "给自己的预约换会议室、时间或说明。\n\n"
        "不写的不变。和预约一样等到有结果：200 表示已经改好，其他情况预约原样不动。带着读到的 `revision` 时，期间有人改过就回答 409。"
    ),
    "reservation.end.post": (
        "提前结束正在进行的预约，剩下的时间空出来。\n\n在下一个整点格结束；还没有开始的就取消。"
    ),
    "reservation.checkin.post": "签到：有人来了，会议室不会被释放。开始前十分钟起可以签到。",
    "reservation.confirm.post": (
        "确认候补保留下来的预约；再确认一次，结果相同。\n\n"
        "用 `DELETE /reservations/ID/` 把它让给下一位。"
    ),
    "reservation.waiting.delete": "不再候补；已经保留给自己的让给下一位。",
    "reservations.waiting.post": (
        "候补：等一间被占用的会议室，或者任何一间座位、设备、地点合适的。\n\n"
        "空出来的保留给等得最久的人，通知他确认；`confirms_itself` 表示直接订好。同样的候补再提一次，是同一个。"
    ),
    "reservations.waiting.get": "自己的候补，新的在前；`past=yes` 时包括时间已过的。",
    "reservations.series.post": (
        "按计划预约一个系列，要么全部订好，要么一个也不订；订不到的那几次先改期或跳过。\n\n"
        "计划和 `digest` 不符或者期间有变化时，回答 409 和现在的计划。"
    ),
    "reservations.series.get": "自己的、还有后续日期的系列，新的在前；`past=yes` 是全部。",
    "reservations.series.plan.post": (
        "一个系列会是什么样：有哪些日期，哪些订得到，订不到的有什么可以代替。\n\n"
        "什么也不保存。最多 60 次，每次在一天里的同一时间。"
    ),
    "reservations.terms.get": "知道教学周的学期，最近的在前。",
    "reservations.one-series.get": "自己的一个系列和它的各次。",
    "reservations.one-series.delete": "取消还没有开始的各次；没有时是 404。",
    "reservations.one-series.patch": (
        "从 `from` 那天起，给后面的各次换会议室、时间或说明。\n\n"
        "第一次改成发来的时间，其余的同样移动。没有 `digest` 时只做计划，回答 200 和计划；有 `digest` 时要么全部改好，要么一个也不改，跳过的保持原样。"
    ),
    "reservations.series.dates.post": "给系列加一次；不写的和最后一次相同。",
}
