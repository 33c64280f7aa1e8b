"""What the API document says of the services of the activities, by name and method; "" is about all of them.

The first line stands in the list, the rest where a service is unfolded.
"""

TEXTS = {
    "": "填表报名、候补、用定时更换的二维码打卡。",
    "activities.get": "开放报名的活动；`my=yes` 是自己报了名的。",
    "activity.get": "一个开放报名的或自己报了名的活动。",
    "activity.calendar.get": "一个活动，给日历软件订阅。",
    "activities.clockin.post": "用扫到的码打卡。",
    "activities.clockins.post": "用扫到的码打卡。",
    "activities.clockins.activity.get": "一个活动里有哪些打卡项，自己打了哪些。",
    "activities.clockins.activity.post": "用扫到的码打卡。",
    "activities.clockin-duties.get": "由自己展示打卡码的打卡项。",
    "activities.clockin-duty.get": "此刻的打卡码。",
    "enrollment.get": "自己的一个报名。",
    "enrollment.delete": "取消报名，只要还没有发生不能撤回的事（例如已经打卡）。",
    "enrollments.post": "报名；有候补的活动，名额满时带 `waitlist` 就排队等候。",
    "enrollments.get": "自己的报名。",
    "enrollments.waiting.place.delete": "不再候补。",
    "enrollments.waiting.get": "自己在候补哪些活动，前面还有几个人。",
}
