"""Surnames that are not read as their characters usually are.

A dictionary of characters gives the reading that is most frequent in texts: 单 dan, 曾 ceng. As a
surname they are Shan and Zeng. The readings are the ones that dictionaries mark 姓. Where two are
alive, the one of more people comes first, and search knows the other as well: 覃 is Qin in Guangxi,
where most of them live, and Tan elsewhere; 盖 is Ge by the dictionary, and many say Gai; 乐 is Yue
or Le, two families of one character.
"""

from __future__ import annotations


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """``单單:shan 覃:qin/tan``: characters that are read alike, and their readings."""
    entries = (entry.split(":") for entry in text.split())
    return {char: tuple(readings.split("/")) for chars, readings in entries for char in chars}


SINGLE = _table(
    # The usual reading would put them under another letter.
    "曾:zeng 单單:shan 解:xie 仇:qiu 查:zha 翟:zhai/di 朴:piao 员員:yun 乐樂:yue/le 区區:ou 覃:qin/tan "
    "阚闞:kan 乜:nie 佴:nai 秘祕:bi 种:chong 召:shao 繁:po 句:gou 洗:xian 祭:zhai 炅:gui 么:yao 折:she "
    "能:nai 粘:nian "
    # The same letter, but another place under it.
    "缪繆:miao 盖蓋:ge/gai 薄:bo 都:du 卜:bu "
    # Read as usual; the other reading is only here for search.
    "隗:kui/wei 郗:xi/chi 莘:shen/xin 牟:mou/mu 谌諶:chen/shen 郇:huan/xun 郄:qie/xi 蔚:wei/yu "
    "宓:mi/fu 盛:sheng/cheng 费費:fei/bi "
    # Right in the dictionary that we use now; here so that they stay so.
    "沈:shen 石:shi 车車:che 贾賈:jia 葛:ge 柏:bai 那:na 尉:wei 叶葉:ye 长長:zhang 宿:su 俞:yu 相:xiang "
    "贲賁:ben 眭:sui 万:wan 华華:hua 任:ren 宁寧:ning 燕:yan 纪紀:ji 尹:yin 逄:pang 於:yu 陆陸:lu 冯馮:feng"
)

# Compound surnames in which a character is read differently than alone. All others, 欧阳 or 诸葛,
# are read as their characters are.
COMPOUND = {
    "尉迟": ("yu", "chi"),
    "尉遲": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "萬俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
    "長孫": ("zhang", "sun"),
    "单于": ("chan", "yu"),
    "單于": ("chan", "yu"),
    "澹台": ("tan", "tai"),
    "澹臺": ("tan", "tai"),
    "令狐": ("ling", "hu"),
    "乐正": ("yue", "zheng"),
    "樂正": ("yue", "zheng"),
    "子车": ("zi", "ju"),
    "子車": ("zi", "ju"),
    "句龙": ("gou", "long"),
    "句龍": ("gou", "long"),
    "相里": ("xiang", "li"),
    "呼延": ("hu", "yan"),
    "拓跋": ("tuo", "ba"),
    "吐谷浑": ("tu", "yu", "hun"),
    "吐谷渾": ("tu", "yu", "hun"),
}

# Those of two characters that are read as they are written, of people today, one after the other.
_PAIRS = (
    "欧阳歐陽司马司馬上官诸葛諸葛东方東方皇甫公孙公孫慕容端木轩辕軒轅夏侯司徒司空"
    "宇文南宫南宮东郭東郭西门西門百里闻人聞人钟离鍾離赫连赫連申屠太史淳于公冶第五"
)
_TWO = {_PAIRS[i : i + 2] for i in range(0, len(_PAIRS), 2)} | COMPOUND.keys()


def split_name(name: str) -> tuple[str, str]:
    """Surname and given name of a Chinese name; of any other, all is given: it is not for us to cut."""
    parts = name.split()
    whole = "".join(parts)
    if not 2 <= len(whole) <= 6 or not all("\u3400" <= letter <= "\u9fff" for letter in whole):
        return "", name
    if len(parts) == 2:
        return parts[0], parts[1]
    cut = 2 if len(whole) > 2 and whole[:2] in _TWO else 1
    return whole[:cut], whole[cut:]
