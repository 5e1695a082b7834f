"""Meta's rules for e-mail addresses, names, cities, genders and IDs.

All functions expect a stripped text that is not empty. Spaces within names are removed too, as Meta's own
capi-param-builder does. Source: `docs/meta-rules.md#audience-keys`.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

from admonster_fb.audience_data.cells import Reason

_ATOM = r"[^\s@,;:<>()\[\]\\\"\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff]+"
_LIKE_EMAIL = re.compile(rf"{_ATOM}@{_ATOM}")
_NO_HOST = re.compile(r"@.*[^\w.\-\u0080-\uffff]|@-|@.*(?:-\.|\.-|-$)")
"""No host: other marks than dots and hyphens, or a hyphen at an end of one of its parts."""
_DOTS = re.compile(r"\.\.|^\.|\.@|@\.")
"""Where an address has no dot: beside another one, beside the @, and in front."""
_MADID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_ZEROS = frozenset("0-")
_COOKIE = re.compile(r"fb\.\d+\.\d+\.\S+", re.ASCII)
_NOT_WORD = re.compile(r"[\W_]+")
_GENDERS = {
    "m": "m male man boy mr männlich mann herr masculino hombre varon varón masculin homme homem maschio uomo maschile"
    " sr señor mand manlig mężczyzna férfi erkek мужской мужчина чоловік 男 男性 남 남성 남자",
    "f": "f female woman girl mrs ms miss weiblich w frau femenino mujer féminin feminin femme feminino mulher femmina"
    " donna femminile sra señora mme vrouw kvinna kvinde kvinne kvinnlig kobieta nő kadin женский женщина жінка"
    " 女 女性 여 여성 여자",
}
GENDERS = {word: gender for gender, words in _GENDERS.items() for word in words.split()}
"""Meta's letter by the word that people write."""


def lowered(value: str) -> str:
    r"""Return a text in lower case and in NFC.

    >>> lowered("VALE\u0301RY")
    'valéry'
    """
    if value.isascii():
        return value.lower()
    # Again after lowering: some accented capitals have a composed form in lower case only.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).lower())


def email(value: str, _place: str) -> str | Reason:
    """Return an address in lower case. Dots before the @ remain: Meta's rule does not remove them.

    An address with two dots in a row, or without a dot after the @, reaches nobody and is refused.

    >>> email("Mary.Smith@Example.com", ""), email("mary@example..com", "")
    ('mary.smith@example.com', <Reason.NOT_EMAIL: 'not an e-mail address'>)
    """
    low = lowered(value)
    whole = (
        _LIKE_EMAIL.fullmatch(low)
        and "." in low[low.index("@") :]
        and not _DOTS.search(low)
        and not _NO_HOST.search(low)
    )
    return low if whole else Reason.NOT_EMAIL


def word(value: str, _place: str) -> str | Reason:
    """Return the letters and digits of a name or a city in lower case; accents and all scripts remain.

    >>> word("José María", ""), word("O'Neil-Núñez", ""), word("정", "")
    ('josémaría', 'oneilnúñez', '정')
    """
    low = lowered(value)
    if low.isalnum():
        return low
    if low.isascii():
        rest = _NOT_WORD.sub("", low)
    else:
        # Not with a regular expression: `\w` leaves out the vowel signs of many scripts.
        rest = unicodedata.normalize("NFC", "".join(char for char in low if unicodedata.category(char)[0] in "LMN"))
    return rest if any(map(str.isalnum, rest)) else Reason.NO_LETTERS


def letters(value: str, place: str) -> str | Reason:
    """Return the letters alone.

    >>> letters("Nordrhein-Westfalen 5", "")
    'nordrheinwestfalen'
    """
    rest = word(value, place)
    if isinstance(rest, Reason) or rest.isalpha():
        return rest
    rest = unicodedata.normalize("NFC", "".join(char for char in rest if unicodedata.category(char)[0] in "LM"))
    return rest if any(map(str.isalpha, rest)) else Reason.NO_LETTERS


def initial(value: str, place: str) -> str | Reason:
    """Return the first letter.

    >>> initial("Élodie", "")
    'é'
    """
    rest = letters(value, place)
    return rest if isinstance(rest, Reason) else next((char for char in rest if char.isalpha()), Reason.NO_LETTERS)


def gender(value: str, place: str) -> str | Reason:
    """Return m or f.

    >>> gender("Female", ""), gender("weiblich", ""), gender("x", "")
    ('f', 'f', <Reason.NOT_GENDER: 'neither m nor f'>)
    """
    return GENDERS.get(str(word(value, place)), Reason.NOT_GENDER)


def madid(value: str, _place: str) -> str | Reason:
    """Return an advertising ID in lower case with its hyphens. It is sent unhashed, so anything else is refused.

    >>> madid("AECE52E7-03EE-455A-B3C4-E57283966239", "")
    'aece52e7-03ee-455a-b3c4-e57283966239'
    """
    low = value.lower()
    if not _MADID.fullmatch(low):
        return Reason.NOT_MADID
    return Reason.OPTED_OUT if set(low) <= _ZEROS else low


def extern_id(value: str, _place: str) -> str | Reason:
    """Return an ID of the advertiser unchanged. It is sent unhashed, so e-mail addresses are refused.

    >>> extern_id(" C-0042. ", "")
    ' C-0042. '
    """
    return Reason.EMAIL_AS_ID if _LIKE_EMAIL.fullmatch(value.strip()) else value


def beginning(value: str, place: str) -> str | Reason:
    """Return the first five letters and digits of a name.

    >>> beginning("Valérie", "")
    'valér'
    """
    rest = word(value, place)
    return rest if isinstance(rest, Reason) else rest[:5]


def ip_address(value: str, _place: str) -> str | Reason:
    """Return an IPv4 or IPv6 address unchanged.

    >>> ip_address("2001:db8::7334", ""), ip_address("8.8.8.8, 10.0.0.1", "")
    ('2001:db8::7334', <Reason.NOT_IP: 'not an IP address'>)
    """
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return Reason.NOT_IP
    return value


def cookie(value: str, _place: str) -> str | Reason:
    """Return the value of the cookies `_fbc` and `_fbp` unchanged.

    >>> cookie("fb.1.1554763741205.AbCd", ""), cookie("AbCd", "").name
    ('fb.1.1554763741205.AbCd', 'NOT_COOKIE')
    """
    return value if _COOKIE.fullmatch(value) else Reason.NOT_COOKIE


def number_id(value: str, _place: str) -> str | Reason:
    """Return an ID issued by Meta: digits only.

    >>> number_id("120210000000001", "")
    '120210000000001'
    """
    return value if value.isascii() and value.isdigit() else Reason.NOT_ID


def verbatim(value: str, _place: str) -> str | Reason:
    """Return a value that is sent unchanged."""
    return value
