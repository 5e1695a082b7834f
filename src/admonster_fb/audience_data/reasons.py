"""Why a cell or a row cannot be used, in words that hold nothing of it."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """Why a cell, or a whole row, is left out.

    >>> print(Reason.NO_COUNTRY_CODE)
    no country code
    """

    NOT_TEXT = "neither text nor a number"
    BROKEN = "broken characters"
    NOT_EMAIL = "not an e-mail address"
    NO_COUNTRY_CODE = "no country code"
    NOT_PHONE = "not a phone number"
    NOT_GENDER = "neither m nor f"
    NOT_YEAR = "not a year from 1900 to now"
    NOT_MONTH = "not a month"
    NOT_DAY = "not a day of a month"
    NOT_DATE = "not a date from 1900 to now"
    UNCLEAR_DATE = "unclear which is the day and which the month"
    HASHED_DATE = "a hashed date, which cannot be taken apart"
    NO_LETTERS = "no letters"
    NOT_STATE = "not a US state"
    NOT_ZIP = "not a US ZIP code"
    NOT_COUNTRY = "not a country"
    NOT_MADID = "not an advertising id"
    OPTED_OUT = "the advertising id of a device that opted out"
    EMAIL_AS_ID = "an e-mail address where an id was due"
    NOT_ID = "not an id of digits"
    NOT_VALUE = "not a number from 0 on"
    NOT_OPTIONS = "neither LDU nor empty"
    NOT_WHOLE = "not a whole number"

    EMPTY = "empty row"
    UNUSABLE = "nothing usable in the row"
    TOO_MANY = "more cells than columns"
    UNLIKE = "not a row like the first"
    NO_EXTRA = "no value for the row"

    def __str__(self) -> str:
        return self.value
