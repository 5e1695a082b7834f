"""Regions by country. Keys of the United States, Germany, France and the United Kingdom, and those in live/, are
Meta's as far as anybody wrote them down; keys from 5900 on are made up. Thousands of people are guesses.
"""

from __future__ import annotations

# Country, then a row per region: key, name, thousands of people. Without a key: one more than the row above.
REGIONS = """
US
3843 Alabama 3500
Alaska 500
Arizona 5200
Arkansas 2100
California 28000
Colorado 4200
Connecticut 2600
Delaware 700
Washington D. C. 500
Florida 16500
Georgia 7900
Hawaii 1000
Idaho 1300
Illinois 9200
Indiana 4900
Iowa 2300
Kansas 2100
Kentucky 3200
Louisiana 3300
Maine 1000
Maryland 4400
Massachusetts 5000
Michigan 7200
Minnesota 4100
Mississippi 2100
Missouri 4400
Montana 800
Nebraska 1400
Nevada 2300
New Hampshire 1000
New Jersey 6600
New Mexico 1500
New York 14200
North Carolina 7600
North Dakota 500
Ohio 8500
Oklahoma 2900
Oregon 3000
Pennsylvania 9300
Rhode Island 800
South Carolina 3700
South Dakota 600
Tennessee 5000
Texas 21500
Utah 2400
Vermont 400
Virginia 6200
Washington 5500
West Virginia 1300
Wisconsin 4200
Wyoming 400
DE
822 Baden-Württemberg 5700
Bayern 6800
Berlin 2600
Brandenburg 1200
Bremen 400
Hamburg 1200
Hessen 3300
Mecklenburg-Vorpommern 800
Niedersachsen 4100
Nordrhein-Westfalen 9200
Rheinland-Pfalz 2100
Saarland 500
Sachsen 1900
Sachsen-Anhalt 1000
Schleswig-Holstein 1500
Thüringen 1000
FR
1072 Bretagne 2200
1078 Île-de-France 9500
Languedoc-Roussillon 1800
1081 Lorraine 1500
1087 Provence-Alpes-Côte d'Azur 3500
Rhône-Alpes 4600
GB
4079 England 38500
Northern Ireland 1300
Scotland 3900
Wales 2200
CA
527 Alberta 3200
British Columbia 3700
535 Ontario 10500
537 Quebec 5900
AD
7 Escaldes-Engordany 10
AE
10 Dubai 3500
AR
100 Chubut 400
5900 Buenos Aires 14000
AF
41 Balkh Province 100
AU
5910 New South Wales 6100
Victoria 5000
AT
5915 Wien 1300
BR
460 São Paulo (state) 34000
5920 Rio de Janeiro (state) 11000
CH
5925 Zürich 900
Genève 300
CO
5930 Bogotá 7000
CZ
5935 Hlavní město Praha 900
DK
5940 Capital Region of Denmark 1500
EG
5945 Cairo Governorate 9000
ES
5950 Comunidad de Madrid 5000
Cataluña 5500
Andalucía 5600
GR
5955 Attica 2500
HU
5960 Budapest 1500
ID
5965 Jakarta 9000
IE
5970 County Dublin 1100
IL
5975 Tel Aviv District 1200
IN
1735 Maharashtra 45000
5980 Delhi 17000
Karnataka 28000
IT
5985 Lazio 4200
Lombardia 7300
JP
5990 Tokyo 9000
Osaka 5000
Kyoto 1500
KE
5995 Nairobi Area 3500
KR
6000 Seoul 6500
MX
6005 Ciudad de México 9000
Jalisco 6500
NG
6010 Lagos 9000
NL
6015 Noord-Holland 2300
NO
6020 Oslo 700
NZ
6025 Auckland 1400
PL
6030 Masovian Voivodeship 4000
Lesser Poland Voivodeship 2100
Łódź Voivodeship 1500
PT
6035 Lisboa 1900
Porto 1200
RO
6040 București 1800
SE
6045 Stockholms län 1900
Skåne län 1000
TH
6050 Bangkok 9000
TR
6055 Istanbul 14000
TW
6060 Taipei City 2300
VN
6065 Ho Chi Minh City 8000
ZA
6070 Gauteng 8000
"""


def regions() -> dict[str, tuple[str, str, int]]:
    """Return country, name and thousands of people of each region, by key."""
    found: dict[str, tuple[str, str, int]] = {}
    country, last = "", 0
    for row in REGIONS.split("\n"):
        words = row.split()
        if len(words) == 1:
            country = words[0]
        elif words:
            last = int(words.pop(0)) if words[0].isdecimal() else last + 1
            found[str(last)] = (country, " ".join(words[:-1]), int(words[-1]))
    return found
