"""Text, Markdown, web pages, Word documents: what is kept, and what is refused."""

from pathlib import Path

import pytest

from ragkit.errors import EmptyFile, EncryptedFile, LoadError
from ragkit.loaders import DocxLoader, HtmlLoader, MarkdownLoader, TextLoader
from ragkit.loaders.markdown import markdown_title

CHINESE = "今天天气很好，我们去公园散步。\n公司规定员工每年有二十五天假期。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk"])
def test_chinese_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(CHINESE.encode(encoding))
    document = TextLoader().load(path)
    assert document.text == CHINESE
    assert document.title == ""
    assert document.language == "zh"


def test_western_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "Die Straße führt über den Fluß. " * 20 + "Größe, Äpfel, Öl."
    path.write_bytes(text.encode("cp1252"))
    assert TextLoader().load(path).text == text


def test_line_breaks_become_plain(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\r\nb\rc\n")
    document = TextLoader().load(path)
    assert document.text == "a\nb\nc\n"
    (page,) = document.pages
    assert (page.index, page.label, page.start, page.end, page.width) == (0, "", 0, 6, 0.0)


def test_utf8_cut_inside_a_character(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(CHINESE.encode()[:-1])
    assert TextLoader().load(path).text == CHINESE[:-1]


def test_binary_and_empty_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\x7fELF\0\0\0\1" * 100)
    with pytest.raises(LoadError, match="binary"):
        TextLoader().load(path)
    for nothing in (b"", b" \n\t "):
        path.write_bytes(nothing)
        with pytest.raises(EmptyFile):
            TextLoader().load(path)


def test_markdown_is_kept_as_written(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    text = "---\ntags: x\n---\n\n```\n# no heading\n```\n\n# The *real* [title](x)\n\ntext\n"
    path.write_text(text)
    document = MarkdownLoader().load(path)
    assert document.text == text
    assert document.title == "The real title"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('---\ntitle: "Front"\n---\n# Head', "Front"),
        ("Under\n=====\n", "Under"),
        ("## Second ##\n", "Second"),
        ("no heading", ""),
        ("#hashtag only", ""),
    ],
)
def test_markdown_titles(text: str, title: str) -> None:
    assert markdown_title(text) == title


def _html(tmp_path: Path, html: str | bytes) -> Path:
    path = tmp_path / "a.html"
    path.write_bytes(html if isinstance(html, bytes) else html.encode())
    return path


def test_a_simple_page_keeps_all_of_its_body(tmp_path: Path) -> None:
    document = HtmlLoader().load(
        _html(
            tmp_path,
            "<html><head><title>Leave\n policy</title><style>x{}</style></head>"
            "<body><nav>menu home</nav><main>"
            "<h1>Leave</h1><p>Employees get\n<b>25</b> days.</p><ul><li>one<li>two</ul>"
            "<table><tr><th>Grade</th><th>Days</th></tr><tr><td>A</td><td>25</td></tr></table></main>"
            "<script>evil()</script><footer>(c)</footer></body></html>",
        )
    )
    assert document.title == "Leave policy"
    assert document.text == (
        "# Leave\n\nEmployees get 25 days.\n\n- one\n- two\n\n| Grade | Days |\n| A | 25 |"
    )


def test_a_long_page_loses_its_menu_and_no_paragraph(tmp_path: Path) -> None:
    paragraphs = [f"Paragraph {i} tells at some length what happened in year {1900 + i}." for i in range(60)]
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    menu = "".join(f"<li><a href='/{i}'>Menu entry {i}</a></li>" for i in range(30))
    document = HtmlLoader().load(
        _html(tmp_path, f"<body><nav><ul>{menu}</ul></nav><article>{body}</article>")
    )
    assert all(text in document.text for text in paragraphs)
    assert "Menu entry" not in document.text


def test_a_page_in_gbk_says_so_itself(tmp_path: Path) -> None:
    html = f"<html><head><meta charset=gbk><title>规定</title></head><body><p>{CHINESE}</p></body></html>"
    document = HtmlLoader().load(_html(tmp_path, html.encode("gbk")))
    assert document.title == "规定"
    assert "公司规定员工每年有二十五天假期。" in document.text


@pytest.mark.parametrize("html", ["", "<html><body></body></html>", "<script>1</script>"])
def test_a_page_without_text_is_empty(tmp_path: Path, html: str) -> None:
    with pytest.raises(LoadError):
        HtmlLoader().load(_html(tmp_path, html))


def test_word_paragraphs_and_tables_stand_in_order(tmp_path: Path) -> None:
    import docx

    word = docx.Document()
    word.core_properties.author = "Ann"
    word.add_heading("Handbook", 0)
    word.add_heading("Leave", 1)
    word.add_paragraph("Everybody has 25 days.")
    word.add_paragraph("first", style="List Bullet")
    word.add_paragraph("second", style="List Bullet")
    table = word.add_table(2, 2)
    for i, text in enumerate(("Grade", "Days", "A", "25")):
        table.cell(i // 2, i % 2).text = text
    word.add_paragraph("The end.")
    path = tmp_path / "a.docx"
    word.save(str(path))
    document = DocxLoader().load(path)
    assert document.text == (
        "# Handbook\n\n# Leave\n\nEverybody has 25 days.\n\n- first\n- second\n\n"
        "| Grade | Days |\n| --- | --- |\n| A | 25 |\n\nThe end."
    )
    assert document.title == "Handbook"
    assert document.metadata["author"] == "Ann"


def test_bad_word_files(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"x" * 600)
    with pytest.raises(EncryptedFile, match="docx"):
        DocxLoader().load(path)
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(LoadError, match="not a readable Word document"):
        DocxLoader().load(path)
