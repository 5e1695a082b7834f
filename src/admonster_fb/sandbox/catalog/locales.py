"""Languages: Meta's numbers for them, and the countries where most people read them.

6, 7, 9, 16, 23, 24, 44, 46, 49 and the groups from 1001 on were seen in public; the others are from memory.
"""

from __future__ import annotations

# Number, name, countries where it is the language of most.
LOCALES: tuple[tuple[int, str, str], ...] = (
    (1, "Catalan", "AD"),
    (2, "Czech", "CZ"),
    (3, "Welsh", ""),
    (4, "Danish", "DK"),
    (5, "German", "DE AT CH LI"),
    (6, "English (US)", "US CA AU NZ GB IE SG PH"),
    (7, "Spanish (Spain)", "ES"),
    (8, "Finnish", "FI"),
    (9, "French (France)", "FR BE CH LU MC"),
    (10, "Italian", "IT SM CH"),
    (11, "Japanese", "JP"),
    (12, "Korean", "KR"),
    (13, "Norwegian (bokmal)", "NO"),
    (14, "Dutch", "NL BE"),
    (15, "Polish", "PL"),
    (16, "Portuguese (Brazil)", "BR"),
    (17, "Russian", "RU BY KZ"),
    (18, "Swedish", "SE"),
    (19, "Turkish", "TR"),
    (20, "Simplified Chinese (China)", "CN SG"),
    (21, "Traditional Chinese (Hong Kong)", "HK MO"),
    (22, "Traditional Chinese (Taiwan)", "TW"),
    (23, "Spanish", "MX CO AR PE CL EC GT VE DO BO CR PA SV HN NI PY UY PR"),
    (24, "English (UK)", "GB IE AU NZ IN ZA NG KE SG"),
    (25, "Indonesian", "ID"),
    (26, "Filipino", "PH"),
    (27, "Vietnamese", "VN"),
    (28, "Arabic", "EG SA AE IQ JO KW LB LY MA DZ TN OM QA BH YE PS"),
    (29, "Hebrew", "IL"),
    (30, "Hungarian", "HU"),
    (31, "Portuguese (Portugal)", "PT AO MZ CV"),
    (32, "Romanian", "RO MD"),
    (33, "Slovak", "SK"),
    (34, "Slovenian", "SI"),
    (35, "Thai", "TH"),
    (36, "Afrikaans", "ZA"),
    (37, "Bulgarian", "BG"),
    (38, "Croatian", "HR"),
    (39, "Greek", "GR CY"),
    (40, "Lithuanian", "LT"),
    (41, "Malay", "MY BN"),
    (44, "French (Canada)", "CA"),
    (45, "Bengali", "BD"),
    (46, "Hindi", "IN"),
    (47, "Punjabi", ""),
    (48, "Tamil", ""),
    (49, "Telugu", ""),
    (52, "Ukrainian", "UA"),
)
# Numbers that stand for several.
LOCALE_GROUPS: tuple[tuple[int, str, tuple[int, ...]], ...] = (
    (1001, "English (All)", (6, 24)),
    (1002, "Spanish (All)", (7, 23)),
    (1003, "French (All)", (9, 44)),
    (1004, "Chinese (All)", (20, 21, 22)),
    (1005, "Portuguese (All)", (16, 31)),
)
