"""Files become documents."""

from ragkit.loaders.boxes import span_boxes
from ragkit.loaders.docx import DocxConfig, DocxLoader
from ragkit.loaders.files import find_files
from ragkit.loaders.formats import SUFFIXES, FileLoader, file_id, is_word_document, loader_for
from ragkit.loaders.html import HtmlConfig, HtmlLoader
from ragkit.loaders.identity import content_id
from ragkit.loaders.markdown import MarkdownConfig, MarkdownLoader
from ragkit.loaders.pdf import PdfConfig, PdfLoader
from ragkit.loaders.pdfium_pages import page_png, perform, save_unlocked
from ragkit.loaders.read import read_document, reread_document
from ragkit.loaders.text import TextConfig, TextLoader
from ragkit.loaders.workers import WorkerPool

__all__ = [
    "SUFFIXES",
    "DocxConfig",
    "DocxLoader",
    "FileLoader",
    "HtmlConfig",
    "HtmlLoader",
    "MarkdownConfig",
    "MarkdownLoader",
    "PdfConfig",
    "PdfLoader",
    "TextConfig",
    "TextLoader",
    "WorkerPool",
    "content_id",
    "file_id",
    "find_files",
    "is_word_document",
    "loader_for",
    "page_png",
    "perform",
    "read_document",
    "reread_document",
    "save_unlocked",
    "span_boxes",
]
