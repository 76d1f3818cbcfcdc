"""Whatever is edited, every character with a source is still that source's character."""

from hypothesis import given
from hypothesis import strategies as st

from ragkit.cleaning import Edit, apply_edits, default_cleaners
from ragkit.types import Document, Page, SourceRun

TEXTS = st.lists(
    st.text(alphabet=st.sampled_from("abcXY 12.-\n\n文，ﬁ\u00a0\u00ad\x02。•"), max_size=60),
    min_size=1,
    max_size=6,
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[Document, list[str]]:
    """A document whose runs cover some of its text, and the source characters of each page."""
    parts, pages, sources = [], [], []
    start = 0
    for index, text in enumerate(draw(TEXTS)):
        runs, source, place = [], "", 0
        while place < len(text):
            length = draw(st.integers(1, len(text) - place))
            if draw(st.booleans()):
                source += "?" * draw(st.integers(0, 2))
                runs.append(SourceRun(start=start + place, length=length, char=len(source)))
                source += text[place : place + length]
            place += length
        end = start + len(text)
        pages.append(
            Page(index=index, label="", start=start, end=end, width=600, height=800, runs=tuple(runs))
        )
        separator = draw(st.sampled_from(["", "\n", "\n\n"]))
        parts += [text, separator]
        sources.append(source)
        start = end + len(separator)
    return Document(
        id="x", source="x", title="", text="".join(parts), pages=tuple(pages), language="en"
    ), sources


@st.composite
def edited(draw: st.DrawFn) -> tuple[Document, list[str], list[Edit]]:
    """A document and edits of it."""
    document, sources = draw(documents())
    cuts = sorted(draw(st.lists(st.integers(0, len(document.text)), max_size=12)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return document, sources, [Edit(a, b, draw(st.text("uvw ", max_size=4))) for a, b in pairs]


def oracle(document: Document, edits: list[Edit]) -> tuple[str, dict[int, tuple[int, int]]]:
    """The text, and (page, source character) of each of its places, one character at a time."""
    source = {
        run.start + i: (page.index, run.char + i)
        for page in document.pages
        for run in page.runs
        for i in range(run.length)
    }
    text, mapped, place = "", {}, 0
    for edit in [*edits, Edit(len(document.text), len(document.text))]:
        for old in range(place, edit.start):
            if old in source:
                mapped[len(text)] = source[old]
            text += document.text[old]
        for i, character in enumerate(edit.replacement):
            if edit.start + i < edit.end and edit.start + i in source:
                mapped[len(text)] = source[edit.start + i]
            text += character
        place = edit.end
    return text, mapped


def mapping(document: Document) -> dict[int, tuple[int, int]]:
    return {
        run.start + i: (page.index, run.char + i)
        for page in document.pages
        for run in page.runs
        for i in range(run.length)
    }


def check_pages(document: Document) -> None:
    end = 0
    for page in document.pages:
        assert end <= page.start <= page.end <= len(document.text)
        place = page.start
        for run in page.runs:
            assert run.length > 0
            assert place <= run.start
            place = run.start + run.length
        assert place <= page.end
        end = page.end


@given(edited())
def test_edits_agree_with_the_oracle(case: tuple[Document, list[str], list[Edit]]) -> None:
    document, _, edits = case
    result = apply_edits(document, edits)
    text, mapped = oracle(document, edits)
    assert result.text == text
    assert mapping(result) == mapped
    check_pages(result)


@given(edited())
def test_pages_keep_what_no_edit_touches(case: tuple[Document, list[str], list[Edit]]) -> None:
    document, _, edits = case
    result = apply_edits(document, edits)
    for before, after in zip(document.pages, result.pages, strict=True):
        if all(edit.end < before.start or edit.start > before.end for edit in edits):
            assert result.text[after.start : after.end] == document.text[before.start : before.end]


@given(documents())
def test_cleaned_characters_keep_their_source(case: tuple[Document, list[str]]) -> None:
    document, sources = case
    for cleaner in default_cleaners():
        document = cleaner.clean(document)
        check_pages(document)
    alike = {"ﬁ": "f", "\x02": "-", "\u00a0": " ", "\u00ad": "-"}
    for place, (page, char) in mapping(document).items():
        ours, theirs = document.text[place], sources[page][char]
        assert ours == alike.get(theirs, theirs) or (ours.isspace() and theirs.isspace())


@given(documents())
def test_cleaning_loses_no_letter(case: tuple[Document, list[str]]) -> None:
    document, _ = case
    cleaned = document
    for cleaner in default_cleaners()[1:]:
        cleaned = cleaner.clean(cleaned)
    letters = [c for c in document.text.replace("ﬁ", "fi") if c.isalnum()]
    assert [c for c in cleaned.text if c.isalnum()] == letters
