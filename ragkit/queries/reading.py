"""From what was typed to what is searched."""

from __future__ import annotations

from dataclasses import replace

from ragkit.queries.keep_query import KeepQuery
from ragkit.queries.spelling import Corrector, KeepSpelling, VocabularyCorrector
from ragkit.queries.syntax import excluded_notice, understand
from ragkit.stages import Index, QueryRewriter, StageConfig
from ragkit.types import Query


class QueryConfig(StageConfig):
    """How questions are read.

    `syntax`: "phrases", -words and filters such as source:report.pdf are obeyed. `spelling`: for a word that
    no passage holds, the likeliest one of the index is searched too.
    """

    syntax: bool = True
    spelling: bool = True

    def build(self, index: Index, rewriter: QueryRewriter) -> Reader:
        """The reader of questions over `index`."""
        corrector = VocabularyCorrector(index) if self.spelling else KeepSpelling()
        return Reader(syntax=self.syntax, corrector=corrector, rewriter=rewriter)


class Reader:
    """Takes the operators out of a question, corrects its spelling and rewrites it, in this order.

    Without arguments it leaves a question as it is.
    """

    def __init__(
        self,
        *,
        syntax: bool = False,
        corrector: Corrector | None = None,
        rewriter: QueryRewriter | None = None,
    ) -> None:
        self._syntax = syntax
        self._corrector = corrector or KeepSpelling()
        self._rewriter = rewriter or KeepQuery()

    def read(self, text: str, *, literal: bool = False) -> Query:
        """What to search for, and where. `literal` takes operators for text. Raises `QueryError`."""
        obeyed = self._syntax and not literal
        query = understand(text) if obeyed else Query(text=text)
        corrected, notices = self._corrector.correct(query.text)
        return replace(
            query,
            text=corrected,
            variants=tuple(self._rewriter.rewrite(corrected)),
            notices=query.notices + excluded_notice(query.among) + notices,
        )
