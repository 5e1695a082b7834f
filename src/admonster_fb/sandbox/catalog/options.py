"""Behaviours, demographics, schools, employers and devices.

Ids published by Meta or recorded in live/ where there are any; ids beginning 60039 and 19 are made up, sizes guessed.
"""

from __future__ import annotations

# "# kind > path" names the rows below. Row: id | name | people.
OPTIONS = """
# behaviors > Travel
6002714895372 | Frequent Travelers | 290000000
6003900001001 | Frequent international travelers | 190000000
6003900001002 | Commuters | 610000000
6003900001003 | Returned from travels 1 week ago | 120000000
# behaviors > Purchase behavior
6071631541183 | Engaged Shoppers | 390000000
# behaviors > Digital activities
6003900001011 | Small business owners | 220000000
6003900001012 | Facebook Page admins | 260000000
6003900001013 | Early technology adopters | 150000000
6003900001014 | Console gamers | 98000000
6003900001015 | Facebook access (browser): Chrome | 240000000
# behaviors > Mobile Device User
6003900001021 | Owns: iPhone 15 | 84000000
6003900001022 | Uses a mobile device (less than 1 year) | 410000000
6003900001023 | Network connection: 5G | 640000000
# behaviors > Expats
6003900001031 | Lived in Brazil (formerly Expats - Brazil) | 6200000
6003900001032 | Lived in Côte d'Ivoire | 900000
# behaviors > Consumer Classification
6003900001041 | People who prefer high-value goods in México | 34000000
# life_events > Life Events
6002714398172 | Newlywed (1 year) | 24000000
6003054185372 | Recently moved | 28000000
6003900001101 | New job | 62000000
6003900001102 | Newly engaged (6 months) | 11000000
6003900001103 | Birthday in November | 190000000
6003900001104 | Anniversary within 30 days | 31000000
6003900001105 | Away from hometown | 530000000
6003900001106 | Long-distance relationship | 13000000
# family_statuses > Parents
6003900001201 | Parents (All) | 270000000
6003900001202 | New parents (0-12 months) | 18000000
6003900001203 | Parents with toddlers (01-02 years) | 24000000
6003900001204 | Parents with preschoolers (03-05 years) | 47000000
6003900001205 | Parents with teenagers (13-17 years) | 72000000
6003900001206 | Parents with adult children (18-26 years) | 95000000
# income > Financial
6107813079183 | Household income: top 5% of ZIP codes (US) | 11000000
6107813551783 | Household income: top 10% of ZIP codes (US) | 22000000
6003900001301 | Household income: top 10%-25% of ZIP codes (US) | 34000000
6003900001302 | Household income: top 25%-50% of ZIP codes (US) | 56000000
# industries > Work
6003900001401 | Administrative Services | 43000000
6003900001402 | Architecture and Engineering | 22000000
6003900001403 | Business and Finance | 51000000
6003900001404 | Computation and Mathematics | 19000000
6003900001405 | Education and Libraries | 46000000
6003900001406 | Food and Restaurants | 37000000
6003900001407 | Healthcare and Medical Services | 33000000
6003900001408 | IT and Technical Services | 41000000
6003900001409 | Legal Services | 9000000
6003900001410 | Management | 58000000
6003900001411 | Sales | 75000000
6003900001412 | Transportation and Moving | 28000000
# education_schools > Saarbrücken
120807804649363 | Saarland University | 43261
# education_schools > Cambridge, Massachusetts
105930651606 | Harvard University | 390000
# education_schools > Zürich
1900000000001 | ETH Zürich | 120000
# education_schools > 東京
1900000000002 | 東京大学 (The University of Tokyo) | 150000
# education_majors > Field of study
1900000000011 | Computer Science | 9800000
1900000000012 | Économie | 310000
# work_employers > Employer
50431654 | Microsoft | 1200000
1900000000021 | Nestlé | 180000
1900000000022 | Self-Employed | 42000000
# work_positions > Job title
105763692790962 | Business Analyst | 1100000
1900000000031 | Software Engineer | 4300000
1900000000032 | Café Owner | 52000
"""
# Kind | id | name | status | what is planned: date and status. Known, and no longer for new ad sets.
RETIRED = """
interests | 6003220883649 | List of Disney Channel Original Movies | NON-DELIVERABLE |
interests | 6003315098934 | Property | DEPRECATING | 2027-01-15T00:00:00+0000 NON-DELIVERABLE
behaviors | 6004854404172 | Technology late adopters | NON-DELIVERABLE |
"""
# Platform: devices, with millions of people.
DEVICES = {
    "iOS": (("iPhone 13", 90), ("iPhone 14", 92), ("iPhone 15", 84), ("iPhone 16 Pro", 70), ("iPad Pro", 40)),
    "Android": (("Android_Smartphone", 2000), ("Android_Tablet", 110), ("Galaxy S24", 60), ("Pixel 8", 12)),
}
SYSTEMS = {"iOS": 900, "Android": 2100}
