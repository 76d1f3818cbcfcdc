"""Personal data become marks: addresses, numbers of phones, cards, accounts and persons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address

from ragkit.errors import MissingDependency

Span = tuple[int, int]
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])", re.I | re.A)
_CARD = re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])", re.A)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CHINESE_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])", re.A)
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])", re.A)
_IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)", re.A)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_REGIONS = ("US", "CN")  # of numbers without a country's prefix
_PHONE_LIKE = re.compile(r"\d(?:[^\d\n]?\d){6}", re.A)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What stands in place of personal data of one kind, and where such data stand in a text."""

    mark: str
    about: str
    find: Callable[[str], Iterator[Span]]


def masked(text: str, *, kind: str) -> str:
    """The text with a mark such as [EMAIL] in place of all data of a kind. Raises `MissingDependency`."""
    chosen = KINDS[kind]
    parts, done = [], 0
    for start, end in chosen.find(text):
        if start >= done:
            parts += [text[done:start], chosen.mark]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _emails(text: str) -> Iterator[Span]:
    return (found.span() for found in _EMAIL.finditer(text)) if "@" in text else iter(())


def _phones(text: str) -> Iterator[Span]:
    """Numbers that exist by the plans of their countries: with a prefix of any, without it of two."""
    if not _PHONE_LIKE.search(text):
        return
    try:
        from phonenumbers import Leniency, PhoneNumberMatcher
    except ImportError as error:
        raise MissingDependency(
            "Masking phone numbers needs phonenumbers. Install it with pip install 'ragkit[data]'"
        ) from error
    found = {
        (match.start, match.end)
        for region in _REGIONS
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID)
    }
    yield from sorted(found)


def _cards(text: str) -> Iterator[Span]:
    """13 to 19 digits whose last one checks the others (ISO/IEC 7812, Luhn)."""
    for found in _CARD.finditer(text):
        digits = [int(char) for char in found.group() if char.isdigit()]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
        if len(set(digits)) > 1 and (sum(doubled) + sum(digits[::-2])) % 10 == 0:
            yield found.span()


def _ibans(text: str) -> Iterator[Span]:
    """Account numbers whose check digits fit (ISO 13616, modulo 97)."""
    for found in _IBAN.finditer(text):
        plain = found.group().replace(" ", "")
        number = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
        if int(number) % 97 == 1:
            yield found.span()


def _chinese_ids(text: str) -> Iterator[Span]:
    """Resident numbers with a date of birth that exists and a check character that fits (GB 11643)."""
    for found in _CHINESE_ID.finditer(text):
        number = found.group().upper()
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
        if _CHECKS[total % 11] == number[17] and _is_day(number[6:14]):
            yield found.span()


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1850 <= int(digits[:4]) <= 2100


def _ssns(text: str) -> Iterator[Span]:
    return (found.span() for found in _SSN.finditer(text))


def _ips(text: str) -> Iterator[Span]:
    """Addresses of machines; loopback and 0.0.0.0 are nobody's."""
    for found in _IP.finditer(text):
        try:
            address = ip_address(found.group())
        except ValueError:
            continue
        if not (address.is_loopback or address.is_unspecified):
            yield found.span()


KINDS: Mapping[str, Kind] = {
    "email": Kind(mark="[EMAIL]", about="mail addresses", find=_emails),
    "id": Kind(mark="[ID]", about="Chinese resident numbers with their check character", find=_chinese_ids),
    "card": Kind(mark="[CARD]", about="card numbers that pass Luhn's check", find=_cards),
    "iban": Kind(mark="[IBAN]", about="account numbers with their check digits", find=_ibans),
    "ssn": Kind(mark="[SSN]", about="US social security numbers", find=_ssns),
    "phone": Kind(mark="[PHONE]", about="phone numbers that exist", find=_phones),
    "ip": Kind(mark="[IP]", about="IPv4 addresses but loopback", find=_ips),
}
"""In the order in which they are masked: what has a check digit first, phone numbers behind it."""
