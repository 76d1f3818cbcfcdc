"""Scripts and languages by hand-written examples."""

import pytest

from ragkit.language import detect_language, is_cjk


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", ""),
        ("1234 --- !", ""),
        ("Hello", "en"),
        ("The committee met in the afternoon and was not happy with it.", "en"),
        ("Der Hund ist nicht in dem Haus und das ist auch gut für die Katze.", "de"),
        ("Le chien est dans la maison avec les enfants et il ne dort pas.", "fr"),
        ("El perro no está en la casa de los padres pero su hermano sí.", "es"),
        ("Il cane è nella casa con gli amici e non dorme.", "it"),
        ("O cão não está em casa com os amigos dos pais.", "pt"),
        ("De hond is niet in het huis maar op de straat.", "nl"),
        ("人工智能是计算机科学的一个分支。", "zh"),
        ("GPT-4 是由 OpenAI 开发的大型语言模型", "zh"),
        ("東京タワーに行きました。", "ja"),
        ("안녕하세요, 세계", "ko"),
        ("Привет, мир", "ru"),
        ("Привіт, світ", "uk"),
        ("مرحبا بالعالم", "ar"),
        ("שלום עולם", "he"),
        ("Γειά σου Κόσμε", "el"),
        ("नमस्ते दुनिया", "hi"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_only_the_beginning_decides() -> None:
    assert detect_language("the cat " * 5_000 + "人工智能" * 50_000) == "en"


def test_a_chinese_character_counts_double() -> None:
    assert detect_language("abc 中文") == "zh"
    assert detect_language("abcde 中文") == "en"
    assert detect_language("42") == ""


@pytest.mark.parametrize(
    ("char", "expected"), [("中", True), ("の", True), ("한", True), ("a", False), ("。", False)]
)
def test_is_cjk(char: str, expected: bool) -> None:
    assert is_cjk(char) is expected
