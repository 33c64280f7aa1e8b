"""Numbers as a spreadsheet shows them."""

import pytest

from hhu_base.values.spreadsheets.number_formats import BUILT_IN, shown


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (1.5, "General", "1.5"),
        (0.1 + 0.2, "General", "0.3"),
        (46266.0, "General", "46266"),
        (1e300, "0", "1e+300"),
        (123, "00000", "00123"),
        (-123, "00000", "-00123"),
        (123, '"T"0000', "T0123"),
        (13800000001, "### #### ####", "138 0000 0001"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (1234, "¥#,##0.00", "¥1,234.00"),
        (1234, '"¥"#,##0.00_);("¥"#,##0.00)', "¥1,234.00 "),
        (-5, "0.00;(0.00)", "(5.00)"),
        (0, "0;-0;无", "无"),
        (0.125, "0.00", "0.13"),
        (0.125, "0.0%", "12.5%"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (3.10, "0.##", "3.1"),
        (12345678, "0.00E+00", "1.23E+07"),
        (0, "#,##0", "0"),
        (5, "@", "5"),
        (46266, "yyyy-mm-dd", "2026-09-01"),
        (46266, BUILT_IN[14], "2026/9/1"),
        (46266, BUILT_IN[31], "2026年9月1日"),
        (46266, "[$-804]m月d日 aaaa", "9月1日 星期二"),
        (46266, "mmm-yy", "Sep-26"),
        (46266.75, "yyyy/m/d h:mm", "2026/9/1 18:00"),
        (0.5, "AM/PMh:mm", "下午12:00"),
        (1.5, "[h]:mm", "36:00"),
        (0.0423611, "h:mm:ss", "1:01:00"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (-1, "yyyy-mm-dd", "-1"),
        (10**9, "yyyy-mm-dd", "1000000000"),
    ],
)
def test_a_number_is_shown_as_excel_shows_it(number, code, text):
    assert shown(number, code) == text


def test_days_are_counted_from_1904_in_some_workbooks():
    assert shown(44804, "yyyy-mm-dd", since_1904=True) == "2026-09-01"


@pytest.mark.parametrize(
    "code", ["", ";", ";;;", "[", '"', "\\", "[h", "0.0.0", "E+", "%%", "_", "[$", "?/?"]
)
@pytest.mark.parametrize("number", [0, 1, -1.5, 1e-300, 46266.5])
def test_no_code_makes_it_fail(code, number):
    assert isinstance(shown(number, code), str)
