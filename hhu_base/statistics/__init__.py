"""statistics 统计: one page of figures about a term, a month or any days, a part of it per plugin.

A plugin says what its figures are::

    config.add_statistics("rooms", "会议室", statistics.find, order=10)
    config.add_periods(terms.periods)          # optional: names for stretches of days

``find(request, period)`` returns a list of :class:`Figures`, :class:`FigureTable` and
:class:`HeatMap`; each value may have the address of the list that it counts, which is shown to those
who may see the plugin's pages. Who may see the page has the right ``statistics.view``.
"""

from hhu_base.statistics.parts import Figure, Figures, FigureTable, HeatMap, Linked
from hhu_base.statistics.periods import NamedPeriod, Period

__all__ = [
    "Figure",
    "FigureTable",
    "Figures",
    "HeatMap",
    "Linked",
    "NamedPeriod",
    "Period",
]


def includeme(config) -> None:
    config.include("hhu_base.statistics.directives")
    config.include("hhu_base.statistics.pages")
