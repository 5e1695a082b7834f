"""Where Meta's SDK and Meta's pages agree, a value made at random leaves here as the SDK's own normalizer makes it."""

from __future__ import annotations

import random

import pytest
from facebook_business.adobjects.serverside.normalize import Normalize

from admonster_fb.audience_data.column_mapping import user_data

pytestmark = pytest.mark.thorough

LETTERS = "abcdefghijklmnopqrstuvwxyzäöüéèñçåøãõ정김李王жя"
NAMES = [*LETTERS, *LETTERS.upper()]
COUNTRIES = ("US", "DE", "GB", "BR", "JP", "IN", "FR", "VN", "MX", "NO")


def made(key: str, chance: random.Random) -> str:
    """Return a value as people write it; of dates, provinces and genders only the forms that the SDK understands."""
    word = "".join(chance.choices(NAMES, k=chance.randint(1, 12)))
    digits = "".join(chance.choices("0123456789", k=7))
    names, hosts = ("a.b", "X+tag", "j_d", "o-k"), ("Example", "mail.Test")
    return {
        "em": f" {chance.choice(names)}{digits}@{chance.choice(hosts)}.COM\n",
        "ph": f"+1 ({chance.randint(201, 989)}) {chance.randint(200, 999)}-{digits[:4]}",
        "fn": f" {word} ",
        "ln": word,
        "ct": f"{word} {word}".upper(),
        "zp": f"{digits[:5]}-{digits[:4]}",
        "country": chance.choice([str.upper, str.lower])(chance.choice(COUNTRIES)),
        "ge": chance.choice(["m", "F", " f ", "M"]),
        "db": f"{chance.randint(1920, 2005)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}",
    }[key]


def test_a_value_leaves_as_the_sdk_normalizes_it() -> None:
    chance, wrong = random.Random(20261130), []
    for key in ("em", "ph", "fn", "ln", "ct", "zp", "country", "ge", "db"):
        for _ in range(200):
            value = made(key, chance)
            sent, left_out = user_data({key: value, "client_user_agent": "M"}, None)
            ours = sent.get(key)
            if (ours[0] if isinstance(ours, list) else ours) != Normalize.normalize(key, value, hash_field=True):
                wrong.append((key, value, left_out))
    assert wrong == []
