"""Countries by the laws that rules ask about. ISO 3166-1 alpha-2."""

from __future__ import annotations

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_TERRITORIES = "AX GF GP MF MQ RE YT"
_REST_OF_EUROPE = "AD AL BA BY CH FO GB GG GI IM JE MC MD ME MK RS RU SM UA VA XK"
_REST = """
    AE AF AG AI AM AO AQ AR AS AU AW AZ BB BD BF BH BI BJ BL BM BN BO BQ BR BS BT BV BW BZ CA CC CD CF CG CI CK CL CM
    CN CO CR CU CV CW CX DJ DM DO DZ EC EG EH ER ET FJ FK FM GA GD GE GH GL GM GN GQ GS GT GU GW GY HK HM HN HT ID IL IN
    IO IQ IR JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LK LR LS LY MA MG MH ML MM MN MO MP MR MS MU MV MW MX MY
    MZ NA NC NE NF NG NI NP NR NU NZ OM PA PE PF PG PH PK PM PN PR PS PW PY QA RW SA SB SC SD SG SH SJ SL SN SO SR SS ST
    SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UG UM US UY UZ VC VE VG VI VN VU WF WS YE ZA ZM ZW
"""

EU = frozenset(_EU.split())
EEA = EU | {"IS", "LI", "NO"}
DSA = EEA | frozenset(_TERRITORIES.split())
"""Where beneficiary and payor are told: the EU with the territories that its law reaches, and the EEA."""
EUROPE = DSA | frozenset(_REST_OF_EUROPE.split())
ISO = EUROPE | frozenset(_REST.split())
"""All of them, and XK, which Meta uses for Kosovo."""

EU_GROUPS = frozenset({"worldwide", "europe", "eea", "euro_area", "android_apps_store", "itunes_app_store"})
"""Country groups that hold countries of the EU."""

ADULT = {"TH": 20, "ID": 21}
"""Age from which people count as grown up, where it is not 18. `api_facts.md` section 3."""

INSTEAD = {"UK": "GB", "EN": "GB", "EL": "GR", "USA": "US", "GER": "DE"}
"""Codes that people write, and the right ones."""
