"""Upload a list of customers, and grow an audience like them: `upload_audience.py [customers.csv] [COUNTRY]`."""

import sys
import tempfile
from pathlib import Path

from _connect import confirm, connect

from admonster_fb import FacebookAdsError
from admonster_fb.workflows.audiences import create_custom_audience, create_lookalike_audience

country = sys.argv[2] if len(sys.argv) > 2 else "US"
if len(sys.argv) > 1:
    path = Path(sys.argv[1])
else:  # invented people
    path = Path(tempfile.mkdtemp(), "customers.csv")
    rows = (f"person{number}@example.com,Ann{number},+1 555 {1000000 + number}" for number in range(5_000))
    path.write_text("\n".join(["E-mail,First name,Phone", *rows]))

with connect() as fb:
    confirm(fb, f"upload the people in {path}, hashed, to a new audience", f"create a lookalike of it in {country}")
    audience = create_custom_audience(fb, fb.account, name="Customers", customer_file_source="USER_PROVIDED_ONLY")
    done = fb.audience_users.add(
        audience.id, path, default_region=country, journal=path.with_suffix(".journal"), progress=print
    )
    columns = ", ".join(f"{column} as {key}" for column, key in done.understood.columns.items())
    print(f"{done.received:,} people received, {done.invalid:,} refused; columns: {columns}")
    print(f"Left out: {done.report['skipped'] or 'nobody'}")  # reasons and row numbers, never a value
    try:
        like = create_lookalike_audience(
            fb, fb.account, name="Like customers", origin_audience_id=audience.id, country=country
        )
        print(f"Lookalike {like.id}: {like.status}")
    except FacebookAdsError as error:  # a list is matched for a while before it can be a seed
        print(f"No lookalike yet: {error}")
