"""Which texts are worth keeping: published rules, in English and Chinese, and why others are dropped."""

from ragkit.data.quality.filtered import Dropped, Filtered, RuleDrops, Sieve, filter_file
from ragkit.data.quality.limits import CHINESE, ENGLISH, Limit, limits_for, read_limits
from ragkit.data.quality.perplexity import Perplexity, WordPerplexity
from ragkit.data.quality.view import TextView

__all__ = [
    "CHINESE",
    "ENGLISH",
    "Dropped",
    "Filtered",
    "Limit",
    "Perplexity",
    "RuleDrops",
    "Sieve",
    "TextView",
    "WordPerplexity",
    "filter_file",
    "limits_for",
    "read_limits",
]
