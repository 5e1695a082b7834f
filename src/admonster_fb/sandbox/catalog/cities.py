"""Cities, the postal codes in them, and the smaller and stranger places.

Keys below 2,900,000 are from live/ and Meta's pages, all others are made up. Thousands of people are guesses.
"""

from __future__ import annotations

# Key | name | key of the region (or a country without regions here) | thousands of people | latitude, longitude | zips.
CITIES = """
2418779 | Danville | 3847 | 40 | 37.82, -122.00 | 94526
2417987 | Beverly Hills | 3847 | 30 | 34.07, -118.40 | 90210 90212
2421836 | San Francisco | 3847 | 700 | 37.77, -122.42 | 94102 94103 94110
2420605 | Los Angeles | 3847 | 3300 | 34.05, -118.24 | 90001 90012
2900001 | San Diego | 3847 | 1200 | 32.72, -117.16 | 92101
2900002 | Palo Alto | 3847 | 60 | 37.44, -122.14 | 94301 94304
2490299 | New York | 3875 | 7000 | 40.71, -74.01 | 10001 10011 11201
2900003 | Holtsville | 3875 | 15 | 40.81, -73.05 | 00501
2430536 | Miami | 3852 | 500 | 25.76, -80.19 | 33101
2525963 | El Paso | 3886 | 600 | 31.76, -106.49 | 79938
2900004 | Dallas | 3886 | 1300 | 32.78, -96.80 | 75201
2900005 | Houston | 3886 | 2100 | 29.76, -95.37 | 77001
2900006 | Austin | 3886 | 900 | 30.27, -97.74 | 78701
2900007 | Chicago | 3856 | 2400 | 41.88, -87.63 | 60601
2900008 | Seattle | 3890 | 700 | 47.61, -122.33 | 98101
2900009 | Boston | 3864 | 600 | 42.36, -71.06 | 02108
2900010 | Denver | 3848 | 650 | 39.74, -104.99 | 80202
2900011 | Atlanta | 3853 | 500 | 33.75, -84.39 | 30303
2900012 | New Orleans | 3861 | 350 | 29.95, -90.07 | 70112
2900013 | Las Vegas | 3871 | 600 | 36.17, -115.14 | 89101
814578 | London | 4079 | 8000 | 51.51, -0.13 | SW1A EC1A
2900021 | Manchester | 4079 | 500 | 53.48, -2.24 | M1
813552 | New York, Norfolk | 4079 | 1 | 53.08, -0.14 |
777934 | Dallas | 4081 | 1 | 57.56, -3.47 |
2900022 | Edinburgh | 4081 | 400 | 55.95, -3.19 | EH1
2900023 | Cardiff | 4082 | 300 | 51.48, -3.18 | CF10
2900024 | Belfast | 4080 | 300 | 54.60, -5.93 |
591630 | Saarlouis | 833 | 25 | 49.31, 6.75 | 66740
2900031 | Berlin | 824 | 2600 | 52.52, 13.40 | 10115 10117
2900032 | Munich | 823 | 1100 | 48.14, 11.58 | 80331
2900033 | Cologne | 831 | 800 | 50.94, 6.96 | 50667
2900034 | Düsseldorf | 831 | 500 | 51.23, 6.78 | 40210
2900035 | Hamburg | 827 | 1200 | 53.55, 9.99 | 20095
790255 | Sarreguemines | 1081 | 20 | 49.11, 7.07 | 57200
796803 | Villelongue-dels-Monts | 1079 | 2 | 42.53, 2.90 | 66740
2900041 | Paris | 1078 | 2500 | 48.86, 2.35 | 75001 75011
2900042 | Lyon | 1088 | 500 | 45.76, 4.84 | 69001
2900043 | Saint-Étienne | 1088 | 150 | 45.44, 4.39 |
2900044 | Marseille | 1087 | 700 | 43.30, 5.37 | 13001
2900051 | Toronto | 535 | 2500 | 43.65, -79.38 | M5V
2900052 | Montréal | 537 | 1600 | 45.50, -73.57 | H2X
2900053 | Vancouver | 528 | 650 | 49.28, -123.12 |
2900061 | Mexico City | 6005 | 9000 | 19.43, -99.13 |
2900062 | São Paulo | 460 | 11000 | -23.55, -46.63 | 01310
2900063 | Rio de Janeiro | 5920 | 6000 | -22.91, -43.17 |
2900064 | Bogotá | 5930 | 7000 | 4.71, -74.07 |
2900065 | Buenos Aires | 5900 | 2900 | -34.60, -58.38 |
2900071 | Madrid | 5950 | 3000 | 40.42, -3.70 | 28001
2900072 | Barcelona | 5951 | 1600 | 41.39, 2.17 | 08001
2900073 | Málaga | 5952 | 500 | 36.72, -4.42 |
2900074 | Lisbon | 6035 | 600 | 38.72, -9.14 |
2900075 | Rome | 5985 | 2200 | 41.90, 12.50 | 00118
2900076 | Milan | 5986 | 1200 | 45.46, 9.19 |
2900077 | Vienna | 5915 | 1300 | 48.21, 16.37 | 1010
2900078 | Zürich | 5925 | 400 | 47.38, 8.54 | 8001
2900079 | Amsterdam | 6015 | 800 | 52.37, 4.90 |
2900080 | Malmö | 6046 | 300 | 55.60, 13.00 |
2900081 | Warsaw | 6030 | 1600 | 52.23, 21.01 |
2900082 | Kraków | 6031 | 700 | 50.06, 19.94 |
2900083 | Łódź | 6032 | 600 | 51.76, 19.46 |
2900084 | Istanbul | 6055 | 13000 | 41.01, 28.98 |
2900085 | Dublin | 5970 | 1000 | 53.35, -6.26 |
2900091 | Dubai | 10 | 3200 | 25.20, 55.27 |
2900092 | Mumbai | 1735 | 14000 | 19.08, 72.88 |
2900093 | Tokyo | 5990 | 8500 | 35.68, 139.69 |
2900094 | Kyoto | 5992 | 900 | 35.01, 135.77 |
2900095 | Seoul | 6000 | 6500 | 37.57, 126.98 |
2900096 | Taipei | 6060 | 2300 | 25.03, 121.57 |
2900097 | Sydney | 5910 | 4300 | -33.87, 151.21 | 2000
2900098 | Singapore | SG | 4200 | 1.35, 103.82 |
2900099 | Hong Kong | HK | 5500 | 22.32, 114.17 |
3425 | Asyay-Ye Murdyan, Jowzjan | 41 | 1 | 36.60, 65.90 |
"""
# Places inside cities, or areas across them. Kind | key | name | city, region or country above | thousands of people.
OTHERS = """
geo_market | COMSCORE_MARKET:2001 | New York, NY | US | 16000
geo_market | COMSCORE_MARKET:2051 | New Orleans, LA | US | 1300
geo_market | COMSCORE_MARKET:2003 | Los Angeles, CA | US | 14000
electoral_district | US:CA02 | California's 2nd District | 3847 | 550
electoral_district | US:NY14 | New York's 14th District | 3875 | 550
place | 111745868854244 | Four Barrel Coffee | 2421836 | 20
subcity | 2910001 | Brooklyn | 2490299 | 2000
subcity | 2910002 | Islington | 814578 | 180
subcity | 2910003 | 渋谷区 (Shibuya) | 2900093 | 200
neighborhood | 2920001 | Williamsburg | 2490299 | 120
neighborhood | 2920002 | Mission District | 2421836 | 50
neighborhood | 2920003 | Ménilmontant | 2900041 | 60
neighborhood | 2920004 | 原宿 (Harajuku) | 2900093 | 30
small_geo_area | 2930001 | Île Saint-Louis | 2900041 | 5
medium_geo_area | 2940001 | Silicon Valley | 3847 | 2200
large_geo_area | 2950001 | San Francisco Bay Area | 3847 | 5500
metro_area | 2960001 | Greater Tokyo Area | JP | 24000
"""


def rows(table: str) -> list[list[str]]:
    """Return the rows of a table, cell by cell."""
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().split("\n")]
