"""Languages of texts and questions, and the stems that follow from them."""

import pytest

from ragkit.language.stems import is_stopword, query_languages, stems, text_languages, unaccented
from ragkit.language.tokens import tokens

TEXTS = [
    ("The contract ends on the last day of the month, and the fee is due by then.", ""),
    ("Contract terms, fees, duties", ""),
    ("He read Le Rouge et le Noir and the poem of La Fontaine in the garden.", ""),
    ("Der Vertrag endet am letzten Tag des Monats, und die Gebühr ist dann fällig.", "de"),
    ("Le contrat prend fin le dernier jour du mois et les frais sont dus à cette date.", "fr"),
    ("El contrato termina el último día del mes y la tasa se paga en esa fecha.", "es"),
    ("Il contratto termina l'ultimo giorno del mese e la tassa è dovuta per quella data.", "it"),
    ("O contrato termina no último dia do mês e a taxa é devida até essa data.", "pt"),
    ("Het contract eindigt op de laatste dag van de maand en de kosten zijn dan verschuldigd.", "nl"),
    ("Avtalet upphör den sista dagen i månaden och avgiften ska betalas till dess.", "sv"),
    ("Umowa kończy się ostatniego dnia miesiąca, a opłata jest do zapłaty w tym dniu.", "pl"),
    ("合同于当月最后一天到期，费用应在该日之前支付。The fee is due.", ""),
    ("Договор заканчивается в последний день месяца.", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "language"), TEXTS)
def test_text_languages(text: str, language: str) -> None:
    assert text_languages(tokens(text)) == ((language,) if language else ())


@pytest.mark.parametrize(
    ("query", "languages"),
    [
        ("What does der Vertrag mean?", ()),
        ("Wann endet der Vertrag?", ("de",)),
        ("¿Cuándo termina el contrato?", ("es",)),
        ("contract fee", ()),
        ("Gebühren", ("de",)),
        ("Łódź", ("pl",)),
        ("MIT OpenCourseWare指什么？", ()),
        ("", ()),
    ],
)
def test_query_languages(query: str, languages: tuple[str, ...]) -> None:
    found = query_languages(tokens(query))
    assert set(languages) <= set(found)
    assert bool(found) == bool(languages)


@pytest.mark.parametrize(
    ("word", "languages", "expected"),
    [
        ("running", (), ("run",)),
        ("häuser", ("de",), ("hauser", "haus")),
        ("house", ("fr",), ("hous",)),
        ("städte", ("vi",), ("stadt", "städte")),
        ("организации", ("de",), ("организац",)),
        ("المدرسة", (), ("مدرس",)),
        ("חתול", (), ("חתול",)),
    ],
)
def test_stems(word: str, languages: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert stems(word, languages) == expected


def test_stopwords_belong_to_a_language_or_a_script() -> None:
    assert is_stopword("der", ["de"])
    assert not is_stopword("der", ["fr"])
    assert is_stopword("который")


def test_accents_go_and_letters_stay() -> None:
    assert unaccented("łódź øre straße cœur") == "lodz ore straße coeur"
