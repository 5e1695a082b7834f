"""Record the cassettes again.

python tests/record.py          from the sandbox: gives the same bytes each time
python tests/record.py --live   from the live API, with the token and account in .env; what the tests create is
                                paused, and deleted before they end
"""

import os
import sys

import pytest

if __name__ == "__main__":
    os.environ["ADMONSTER_RECORD_FROM"] = "live" if "--live" in sys.argv[1:] else "sandbox"
    sys.exit(pytest.main(["-m", "vcr", "--record-mode=rewrite", "-p", "no:cacheprovider", "-n0", "-q"]))
