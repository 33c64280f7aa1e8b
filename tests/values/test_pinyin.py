"""Names as they are read."""

from __future__ import annotations

import pytest
from pypinyin import Style
from pypinyin import pinyin as readings_of

from hhu_base.cli import demo
from hhu_base.values import pinyin, surnames

SINGLE = (
    "曾:Z 单:S 單:S 解:X 仇:Q 查:Z 翟:Z 朴:P 缪:M 繆:M 盖:G 员:Y 乐:Y 樂:Y 区:O 區:O 覃:Q 华:H 任:R "
    "宁:N 燕:Y 沈:S 石:S 贾:J 车:C 叶:Y 那:N 秘:B 种:C 召:S 繁:P 句:G 洗:X 冼:X 祭:Z 乜:N 佴:N 阚:K "
    "折:S 么:Y 尉:W 万:W 薄:B 都:D 卜:B 郗:X 宓:M 谌:C 於:Y 长:Z 吕:L 褚:C 王:W 欧:O 艾:A 岳:Y 鄂:E"
)
COMPOUND = (
    "尉迟:Y 尉遲:Y 万俟:M 萬俟:M 长孙:Z 長孫:Z 令狐:L 澹台:T 澹臺:T 单于:C 單于:C 乐正:Y 子车:Z 句龙:G "
    "欧阳:O 歐陽:O 诸葛:Z 上官:S 司马:S 夏侯:X 皇甫:H 鲜于:X 呼延:H 拓跋:T 吐谷浑:T 爱新觉罗:A"
)


@pytest.mark.parametrize("pair", [*SINGLE.split(), *COMPOUND.split()])
def test_the_initial_is_that_of_the_surname_as_a_surname(pair):
    surname, letter = pair.split(":")
    assert pinyin.alpha(surname, "明") == letter


@pytest.mark.parametrize(
    ("last_name", "letter"),
    [
        ("Smith", "S"),
        ("de Gaulle", "D"),
        ("Émile", "E"),
        ("Øster", "O"),
        ("Ａｄａ", "A"),
        ("  张", "Z"),
        ("㑇", "Z"),
        ("\uf914", "Y"),  # 樂 as a compatibility character
    ],
)
def test_a_surname_in_latin_letters_gives_its_letter(last_name, letter):
    assert pinyin.alpha(last_name, "") == letter


@pytest.mark.parametrize(
    "last_name", ["", "  ", "😀", "1", "·买", "Иван", "たなか", "%", "\\", "?", "ß"]
)
def test_where_there_is_no_letter_there_is_a_question_mark(last_name):
    assert pinyin.alpha(last_name, "张三") == "?"


def test_a_whole_name_entered_as_the_surname_is_read_from_its_beginning():
    assert pinyin.alpha("单立群", "") == "S"
    assert pinyin.pinyin("尉迟恭", "") == "yuchigong"


def test_the_character_of_a_surname_is_read_as_usual_in_a_given_name():
    assert pinyin.pinyin("王", "单") == "wangdan"
    assert pinyin.pinyin("曾", "繁荣") == "zengfanrong"


def test_pinyin():
    assert pinyin.pinyin("张", "三") == "zhangsan"
    assert pinyin.pinyin("欧阳", "明远") == "ouyangmingyuan"
    assert pinyin.pinyin("Smith", "John") == "smithjohn"
    assert pinyin.pinyin("", "") == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("张|三", "z zh zhang zhangs zhangsan zs san s sa ZHANGSAN zhang'san"),
        ("欧阳|明远", "ouyang oymy ouy mingyuan yang"),
        ("任|重远", "zhongyuan chongyuan rcy"),
        ("覃|秀兰", "qin tanxiu txl qxl"),
        ("吕|布", "lv lyu lu lü lb"),
        ("Smith|John", "smithj sj john"),
    ],
)
def test_the_beginnings_that_find_a_name(name, words):
    reading = pinyin.read(*name.split("|"))
    for word in words.split():
        assert pinyin.sounds_like(reading, pinyin.as_pinyin(word)), word


@pytest.mark.parametrize(
    ("name", "words"),
    [("张|三", "hang an zhangsang sz zhsan zhangsanf"), ("曾|荣", "ceng"), ("沈|杰", "chen tan")],
)
def test_what_is_not_the_beginning_of_a_syllable_does_not_find_it(name, words):
    reading = pinyin.read(*name.split("|"))
    for word in words.split():
        assert not pinyin.sounds_like(reading, pinyin.as_pinyin(word)), word


@pytest.mark.parametrize(
    "word", ["", "'", "''", "张", "z3", "zhang%", "z_", "z\\", "😀", "1", "zhāng"]
)
def test_a_word_of_anything_but_latin_letters_is_no_pinyin(word):
    assert pinyin.as_pinyin(word) is None


def test_names_are_sorted_by_initial_then_pinyin_and_those_without_one_come_last():
    # 😀 has no reading, so that person sorts by the given name.
    listed = "艾|平 曾|强 查|良 翟|羽佳 张|安 章|白 张|超 |阿依古丽 |管理员 😀|一"
    in_order = [tuple(name.split("|")) for name in listed.split()]
    shuffled = in_order[::-1]
    assert sorted(shuffled, key=lambda pair: pinyin.sort_key(*pair)) == in_order


def test_syllables_are_compared_one_by_one():
    # xi an before xian, as in a dictionary
    assert pinyin.sort_key("西", "安") < pinyin.sort_key("先", "")


def test_a_name_as_long_as_the_columns_does_not_take_long_or_much():
    reading = pinyin.read("长重" * 75, "行乐" * 15)
    assert len(reading.search_keys) < 10_000
    assert reading.alpha == "Z"


def test_every_entry_of_the_table_is_a_single_character_with_readings_of_letters():
    for char, readings in surnames.SINGLE.items():
        assert len(char) == 1
        assert all(reading.isascii() and reading.isalpha() for reading in readings)
    for surname, syllables in surnames.COMPOUND.items():
        assert len(surname) == len(syllables) > 1


def test_the_readings_of_the_table_are_readings_of_the_characters():
    # Against slips of the hand. These two are read so by those who bear the name, says no dictionary.
    unknown = {
        char
        for char, readings in surnames.SINGLE.items()
        if not set(readings) <= set(readings_of(char, style=Style.NORMAL, heteronym=True)[0])
    }
    assert unknown <= set("谌諶费費")


def test_everybody_in_the_demo_college_has_a_letter_but_the_one_without_a_surname():
    letters = {}
    for name in demo._NOTABLE.split():
        last_name, first_name = name.split("|")
        letters[last_name] = pinyin.alpha(last_name, first_name)
    assert letters.pop("") == "?"
    assert "".join(letters.values()) == "OYZSSXSXQZZOPYGHRNYZQY"
    assert all(pinyin.alpha(surname, "") != "?" for surname in demo._SURNAMES)


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("会议室预约", ["hys", "huiy", "yuyue", "hysyy", "yiS", "ＨＹ"]),
        ("差旅费报销", ["chailv", "chalv", "clf", "bx"]),
        ("重修办法", ["chongxiu", "cxbf"]),
        ("勤学楼 301", ["qxl301", "qxl3", "lou30"]),
        ("绿化", ["lüh", "lvhua"]),
    ],
)
def test_a_title_is_found_by_what_is_typed_for_it(title, typed):
    assert [word for word in typed if not pinyin.is_named(title, word)] == []


@pytest.mark.parametrize("typed", ["uiyi", "hs", "x", "301", "a" * 41, "h.y", "(h", "h*"])
def test_nothing_is_found_that_is_not_typed_so(typed):
    assert not pinyin.is_named("会议室", typed)
