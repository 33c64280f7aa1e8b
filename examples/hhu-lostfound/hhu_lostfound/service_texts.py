"""What /docs/ says of the services, by name and method; "" is about all of them.

The first line stands in the list, the rest where a service is unfolded.
"""

TEXTS = {
    "": "捡到的东西，和来认领的人。",
    "lostfound.things.get": (
        "等待认领的失物，新的在前。\n\n`my=yes`：自己捡到的和自己认领的，不论状态。"
    ),
    "lostfound.things.post": "登记捡到的一件东西。",
    "lostfound.thing.get": "其中一件。已经被认领的，只有捡到的人和认领的人看得到。",
    "lostfound.claims.post": "认领一件东西，捡到的人会收到邮件。",
}
