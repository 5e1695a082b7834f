"""Countries that ads can name, their groups, and about how many people see ads there.

Codes are ISO 3166. The numbers of people are rounded guesses of this sandbox: they only have to be in proportion.
"""

from __future__ import annotations

# Continent: countries as code, name and thousands of people, ";" between them; without a number, few.
CONTINENTS = {
    "africa": """AO Angola;BF Burkina Faso;BI Burundi;BJ Benin;BW Botswana;CD Congo, Democratic Republic of the;
        CF Central African Republic;CG Congo;CI Côte d'Ivoire 7000;CM Cameroon 5000;CV Cape Verde;DJ Djibouti;
        DZ Algeria 25000;EG Egypt 47000;EH Western Sahara;ER Eritrea;ET Ethiopia 7000;GA Gabon;GH Ghana 8000;GM Gambia;
        GN Guinea;GQ Equatorial Guinea;GW Guinea-Bissau;KE Kenya 13000;KM Comoros;LR Liberia;LS Lesotho;LY Libya 6000;
        MA Morocco 21000;MG Madagascar;ML Mali;MR Mauritania;MU Mauritius;MW Malawi;MZ Mozambique;NA Namibia;NE Niger;
        NG Nigeria 37000;RE Réunion;RW Rwanda;SC Seychelles;SH Saint Helena;SL Sierra Leone;SN Senegal;SO Somalia;
        SS South Sudan;ST São Tomé and Príncipe;SZ Eswatini;TD Chad;TG Togo;TN Tunisia 8000;TZ Tanzania 7000;UG Uganda;
        YT Mayotte;ZA South Africa 25000;ZM Zambia;ZW Zimbabwe""",
    "asia": """AE United Arab Emirates 9000;AF Afghanistan 3000;AM Armenia;AZ Azerbaijan;BD Bangladesh 56000;BH Bahrain;
        BN Brunei;BT Bhutan;CN China 4000;GE Georgia;HK Hong Kong 5500;ID Indonesia 150000;IL Israel 6000;
        IN India 480000;IQ Iraq 20000;JO Jordan 6000;JP Japan 62000;KG Kyrgyzstan;KH Cambodia 11000;
        KR South Korea 24000;KW Kuwait 3000;KZ Kazakhstan;LA Laos;LB Lebanon;LK Sri Lanka 8000;MM Myanmar;MN Mongolia;
        MO Macau;MV Maldives;MY Malaysia 23000;NP Nepal 14000;OM Oman;PH Philippines 88000;PK Pakistan 50000;
        PS Palestine;QA Qatar 2500;SA Saudi Arabia 20000;SG Singapore 4200;TH Thailand 51000;TJ Tajikistan;
        TL Timor-Leste;TM Turkmenistan;TR Turkey 58000;TW Taiwan 18000;UZ Uzbekistan;VN Vietnam 72000;YE Yemen""",
    "europe": """AD Andorra;AL Albania;AT Austria 5000;AX Åland Islands;BA Bosnia and Herzegovina;BE Belgium 7500;
        BG Bulgaria 4000;BY Belarus;CH Switzerland 5000;CY Cyprus;CZ Czech Republic 5500;DE Germany 43000;
        DK Denmark 4200;EE Estonia;ES Spain 32000;FI Finland 3500;FO Faroe Islands;FR France 43000;
        GB United Kingdom 46000;GG Guernsey;GI Gibraltar;GR Greece 6000;HR Croatia 2300;HU Hungary 5500;IE Ireland 3500;
        IM Isle of Man;IS Iceland;IT Italy 40000;
        JE Jersey;LI Liechtenstein;LT Lithuania;LU Luxembourg;LV Latvia;MC Monaco;MD Moldova;
        ME Montenegro;MK North Macedonia;MT Malta;NL Netherlands 12000;NO Norway 4000;PL Poland 23000;PT Portugal 7000;
        RO Romania 11000;RS Serbia 4000;RU Russia 9000;SE Sweden 7500;SI Slovenia;SJ Svalbard and Jan Mayen;
        SK Slovakia 2800;SM San Marino;UA Ukraine 16000;VA Vatican City;XK Kosovo""",
    "north_america": """AG Antigua and Barbuda;AI Anguilla;AW Aruba;BB Barbados;BL Saint Barthélemy;BM Bermuda;
        BQ Bonaire, Sint Eustatius and Saba;BS Bahamas;BZ Belize;CA Canada 27000;CR Costa Rica 3500;CW Curaçao;
        DM Dominica;DO Dominican Republic 7000;GD Grenada;GL Greenland;GP Guadeloupe;GT Guatemala 9000;HN Honduras;
        HT Haiti;JM Jamaica;KN Saint Kitts and Nevis;KY Cayman Islands;LC Saint Lucia;MF Saint Martin;MQ Martinique;
        MS Montserrat;MX Mexico 95000;NI Nicaragua;PA Panama 2500;PM Saint Pierre and Miquelon;PR Puerto Rico 2000;
        SV El Salvador;SX Sint Maarten;TC Turks and Caicos Islands;TT Trinidad and Tobago;US United States 240000;
        VC Saint Vincent and the Grenadines;VG British Virgin Islands;VI US Virgin Islands""",
    "oceania": """AS American Samoa;AU Australia 19000;CK Cook Islands;FJ Fiji;FM Micronesia;GU Guam;KI Kiribati;
        MH Marshall Islands;MP Northern Mariana Islands;NC New Caledonia;NF Norfolk Island;NR Nauru;NU Niue;
        NZ New Zealand 4000;PF French Polynesia;PG Papua New Guinea;PN Pitcairn;PW Palau;SB Solomon Islands;TK Tokelau;
        TO Tonga;TV Tuvalu;UM United States Minor Outlying Islands;VU Vanuatu;WF Wallis and Futuna;WS Samoa""",
    "south_america": """AR Argentina 31000;BO Bolivia 6000;BR Brazil 140000;CL Chile 13000;CO Colombia 38000;
        EC Ecuador 12000;FK Falkland Islands;GF French Guiana;GY Guyana;PE Peru 25000;PY Paraguay;SR Suriname;
        UY Uruguay 2400;VE Venezuela 13000""",
}  # fmt: skip
FEW = 300
CONTINENT_NAMES = {
    "africa": "Africa",
    "asia": "Asia",
    "europe": "Europe",
    "north_america": "North America",
    "oceania": "Oceania",
    "south_america": "South America",
}
# Groups beside the continents: key, name, codes.
_EURO = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
GROUPS = {
    "eea": ("European Economic Area", f"{_EURO} CZ DK HU IS LI NO PL RO SE"),
    "euro_area": ("Euro area", _EURO),
    "gcc": ("Gulf Cooperation Council", "AE BH KW OM QA SA"),
    "mercosur": ("Mercosur", "AR BO BR PY UY"),
    "nafta": ("NAFTA", "CA MX US"),
}
WORLD = "worldwide"


def countries() -> dict[str, tuple[str, int, str]]:
    """Return name, thousands of people and continent of each country, by code."""
    found: dict[str, tuple[str, int, str]] = {}
    for continent, text in CONTINENTS.items():
        for row in text.replace("\n", " ").split(";"):
            code, *words = row.split()
            people = int(words.pop()) if words[-1].isdecimal() else FEW
            found[code] = (" ".join(words), people, continent)
    return found


def groups() -> dict[str, tuple[str, frozenset[str]]]:
    """Return name and country codes of each group, by key."""
    known = countries()
    by_continent = {
        key: (name, frozenset(code for code, (_, _, continent) in known.items() if continent == key))
        for key, name in CONTINENT_NAMES.items()
    }
    others = {key: (name, frozenset(codes.split())) for key, (name, codes) in GROUPS.items()}
    return {WORLD: ("Worldwide", frozenset(known)), **by_continent, **others}
