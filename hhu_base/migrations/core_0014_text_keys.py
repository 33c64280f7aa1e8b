"""Texts as they are compared, and places in lists by pinyin, for people, groups, mails and the audit."""

import sqlalchemy as sa

from alembic import op

revision = "core_0014"
down_revision = "core_0013"
branch_labels = None
depends_on = None

# As in hhu_base.values.text.
_INVISIBLE = (
    r"[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E"
    r"\u2060-\u206F\u2800\u3164\uFEFF\uFFA0\uFFF0-\uFFFB\uFE00-\uFE0F\U000E0000-\U000E0FFF]"
)
_RADICALS = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
    "厂乛乚乙亻冂几刀刂卜㔾小小兀尣尢巳幺彑彐忄㣺扌攵旡日月歺民氵氺灬爫爫丬牛犭王疋目示礻竹糹纟罓罒㓁羊羊羊耂肀聿肉臼艹艹艹虎衤覀西见角角讠贝足车辶辶辶阝钅長镸长门阜阝雨青韦页风飞食食飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
)
_HYPHENS = "‐‑‒–—−"
_DOTS_OF_NAMES = "·•‧・･∙⋅"
# What has no counterpart in the second text is left out.
_TRANSLATED = (_RADICALS[0] + _HYPHENS + _DOTS_OF_NAMES, _RADICALS[1] + "-" * len(_HYPHENS))
# Table → the columns that a search looks into.
_SEARCHED = {
    "core_departments": "(name)::text",
    "core_users": (
        "(username)::text, ((last_name)::text || (first_name)::text),"
        " (post)::text, (qq)::text, (tel)::text, (phone)::text, (email)::text"
    ),
    "core_groups": "(name)::text",
    "core_audit": "(actor)::text, (action)::text, row_label",
    "core_mails": "subject, to_name, to_address",
}
_SORTED = ("core_departments", "core_users", "core_groups")


def upgrade() -> None:
    # A chr(1) is in no text: no word can begin in one part and end in the next. Twice, for what
    # comes to stand beside each other. Each step is only taken where it is needed: to translate
    # takes forty times as long as to look whether there is something to translate.
    op.execute(
        f"""
        CREATE FUNCTION core_fold(VARIADIC parts text[]) RETURNS text
        LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
        DECLARE
            folded text := array_to_string(parts, chr(1));
        BEGIN
            FOR step IN 1..2 LOOP
                folded := regexp_replace(folded, '{_INVISIBLE}', '', 'g');
                IF folded IS NOT NFKC NORMALIZED THEN
                    folded := normalize(folded, NFKC);
                END IF;
                IF folded ~ '[⺀-⻿{_HYPHENS}{_DOTS_OF_NAMES}]' THEN
                    folded := translate(folded, '{_TRANSLATED[0]}', '{_TRANSLATED[1]}');
                END IF;
                folded := lower(folded);
            END LOOP;
            folded := regexp_replace(folded, '\\s+', ' ', 'g');
            RETURN btrim(regexp_replace(folded, '([0-9])[ -]+(?=[0-9])', '\\1', 'g'));
        END
        $$
        """
    )
    for table, columns in _SEARCHED.items():
        folded = sa.Computed(f"core_fold(VARIADIC ARRAY[{columns}])", persisted=True)
        op.add_column(table, sa.Column("search_key", sa.Text(), folded, nullable=False))
    for table in _SORTED:
        # Filled in by ``hhu migrate … upgrade``, since PostgreSQL knows no pinyin.
        key = sa.Column("name_key", sa.Text(collation="C"), nullable=False, server_default="")
        op.add_column(table, key)


def downgrade() -> None:
    for table in _SORTED:
        op.drop_column(table, "name_key")
    for table in _SEARCHED:
        op.drop_column(table, "search_key")
    op.execute("DROP FUNCTION core_fold(text[])")
