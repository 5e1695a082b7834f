"""Record the cassettes again.

python tests/record.py          from the sandbox: gives the same bytes each time
python tests/record.py --live   from the live API, with the token and account in .env (and FACEBOOK_PAGE_ID); what the
                                tests create is paused, and deleted before they end
"""

import os
import sys
from pathlib import Path

import pytest
from dotenv import load_dotenv

if __name__ == "__main__":
    live = "--live" in sys.argv[1:]
    os.environ["ADMONSTER_RECORD_FROM"] = "live" if live else "sandbox"
    if live:
        load_dotenv(".env")
        for name in ("FACEBOOK_ACCESS_TOKEN", "FACEBOOK_AD_ACCOUNT_ID", "FACEBOOK_PAGE_ID"):
            if not os.environ.get(name):
                sys.exit(f"{name} is missing in .env")
    tests = [str(path) for path in Path(__file__).parent.rglob("test_*.py") if "pytest.mark.vcr" in path.read_text()]
    sys.exit(pytest.main(["-m", "vcr", "--record-mode=rewrite", "-p", "no:cacheprovider", "-n0", "-q", *sorted(tests)]))
