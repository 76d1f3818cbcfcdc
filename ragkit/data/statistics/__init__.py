"""What files of texts hold, and what they share."""

from ragkit.data.statistics.collecting import FileStatistics, Statistics, collect
from ragkit.data.statistics.leakage import Leak, Shared
from ragkit.data.statistics.page import statistics_page

__all__ = ["FileStatistics", "Leak", "Shared", "Statistics", "collect", "statistics_page"]
