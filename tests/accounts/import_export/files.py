"""Files as deployers have them."""

import csv
import io

from openpyxl import Workbook

HEADER = ("工号", "姓氏", "名字", "电子邮箱", "系所", "初始密码", "职位")


def xlsx(*rows, change=None) -> bytes:
    """``change(sheet)`` does what rows can't."""
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    if change:
        change(workbook.active)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def csv_text(*rows) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
