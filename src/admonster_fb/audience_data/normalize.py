"""Meta's rules for e-mail addresses, names, cities, genders and ids. All take a text that is trimmed and not empty.

Source: `api_facts.md` section 8. That spaces within names go too is what Meta's own capi-param-builder does.
"""

from __future__ import annotations

import re
import unicodedata

from admonster_fb.audience_data.reasons import Reason

_ATOM = r"[^\s@,;:<>()\[\]\\\"\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff]+"
_EMAIL = re.compile(rf"{_ATOM}@{_ATOM}")
_MADID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_ZEROS = frozenset("0-")
_NOT_WORD = re.compile(r"[\W_]+")
_GENDERS = {
    "m": "m male man boy mr männlich mann herr masculino hombre varon varón masculin homme homem maschio uomo maschile",
    "f": "f female woman girl mrs ms miss weiblich w frau femenino mujer féminin feminin femme feminino mulher femmina"
    " donna femminile",
}
GENDERS = {word: gender for gender, words in _GENDERS.items() for word in words.split()}
"""Words people write, and Meta's letter."""


def lowered(value: str) -> str:
    r"""Return a text in lower case and in NFC.

    >>> lowered("VALE\u0301RY")
    'valéry'
    """
    if value.isascii():
        return value.lower()
    # Once more after lowering: some capitals with accents have a composed form in lower case only.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).lower())


def email(value: str, _place: str) -> str | Reason:
    """Return an address in lower case; dots before the @ stay, as Meta's rule says no more than that.

    >>> email("Mary.Smith@Example.com", ""), email("mary at example.com", "")
    ('mary.smith@example.com', <Reason.NOT_EMAIL: 'not an e-mail address'>)
    """
    low = lowered(value)
    return low if _EMAIL.fullmatch(low) else Reason.NOT_EMAIL


def word(value: str, _place: str) -> str | Reason:
    """Return the letters and digits of a name or a city in lower case, accents and all scripts kept.

    >>> word("José María", ""), word("O'Neil-Núñez", ""), word("정", "")
    ('josémaría', 'oneilnúñez', '정')
    """
    low = lowered(value)
    if low.isalnum():
        return low
    if low.isascii():
        kept = _NOT_WORD.sub("", low)
    else:
        # Not by a regular expression: to those the vowel signs of many scripts are no part of a word.
        kept = unicodedata.normalize("NFC", "".join(char for char in low if unicodedata.category(char)[0] in "LMN"))
    return kept if any(map(str.isalnum, kept)) else Reason.NO_LETTERS


def letters(value: str, place: str) -> str | Reason:
    """Return the letters alone.

    >>> letters("Nordrhein-Westfalen 5", "")
    'nordrheinwestfalen'
    """
    kept = word(value, place)
    if isinstance(kept, Reason) or kept.isalpha():
        return kept
    kept = unicodedata.normalize("NFC", "".join(char for char in kept if unicodedata.category(char)[0] in "LM"))
    return kept if any(map(str.isalpha, kept)) else Reason.NO_LETTERS


def initial(value: str, place: str) -> str | Reason:
    """Return the first letter.

    >>> initial("Élodie", "")
    'é'
    """
    kept = letters(value, place)
    return kept if isinstance(kept, Reason) else next((char for char in kept if char.isalpha()), Reason.NO_LETTERS)


def gender(value: str, place: str) -> str | Reason:
    """Return m or f.

    >>> gender("Female", ""), gender("weiblich", ""), gender("x", "")
    ('f', 'f', <Reason.NOT_GENDER: 'neither m nor f'>)
    """
    return GENDERS.get(str(word(value, place)), Reason.NOT_GENDER)


def madid(value: str, _place: str) -> str | Reason:
    """Return an advertising id in lower case with its hyphens. It is sent as it is: anything else is refused.

    >>> madid("AECE52E7-03EE-455A-B3C4-E57283966239", "")
    'aece52e7-03ee-455a-b3c4-e57283966239'
    """
    low = value.lower()
    if not _MADID.fullmatch(low):
        return Reason.NOT_MADID
    return Reason.OPTED_OUT if set(low) <= _ZEROS else low


def extern_id(value: str, _place: str) -> str | Reason:
    """Return an id of the advertiser's own, letter for letter. It is sent as it is: no e-mail address passes for one.

    >>> extern_id(" C-0042. ", "")
    ' C-0042. '
    """
    return Reason.EMAIL_AS_ID if _EMAIL.fullmatch(value.strip()) else value


def number_id(value: str, _place: str) -> str | Reason:
    """Return an id that Meta gave.

    >>> number_id("120210000000001", "")
    '120210000000001'
    """
    return value if value.isascii() and value.isdigit() else Reason.NOT_ID


def verbatim(value: str, _place: str) -> str | Reason:
    """Return what is sent as it is.

    >>> verbatim("fb.1.1554763741205.AbCd", "")
    'fb.1.1554763741205.AbCd'
    """
    return value
