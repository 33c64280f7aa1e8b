"""What the API document says of the services of the contacts, by name and method; "" is about all of them.

The first line stands in the list, the rest where a service is unfolded.
"""

TEXTS = {
    "": "所有人的联系方式，可以搜索；以及自己的同事。",
    "contact.vcard.get": "一个人的名片文件，手机可以导入。",
    "contact.get": "一位启用的教师。",
    "contacts.get": "所有启用的教师，或者自己的同事，按姓名首字母排序。",
    "friends.post": "把一个人加为自己的同事。",
    "friends.delete": "从自己的同事里去掉一个人。",
}
