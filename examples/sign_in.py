"""Sign in as a bot in the cloud does: a link for the user, what comes back, and a token that renews itself."""

import re
import urllib.request

from admonster_fb import FacebookAds
from admonster_fb.auth.login import Login
from admonster_fb.auth.stores import MemoryStore
from admonster_fb.bot import FacebookTool
