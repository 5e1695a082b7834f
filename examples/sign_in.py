"""Sign in as a bot in the cloud does: a link for the user, what comes back, and a token that renews itself."""

import re
from datetime import timedelta

from admonster_fb import FacebookAds, Login, Settings
from admonster_fb.auth.stores import MemoryStore
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox

REDIRECT = "https://bot.example/callback"
print("This runs on the sandbox, which is not Meta.")
sandbox = Sandbox()
sandbox.app.redirect_uris.append(REDIRECT)

# With Meta: Login(app_id, app_secret, REDIRECT), and a FileStore or the host's own store instead of memory.
settings = Settings(adapter=sandbox.adapter())
login = Login(sandbox.app.id, sandbox.app.secret, REDIRECT, settings=settings, clock=sandbox)
fb = FacebookAds.from_store(MemoryStore(), "ann", login=login, account=sandbox.account)
tool = FacebookTool(fb)

refused = tool.call({"op": "list_campaigns"})
print("Without a token:", refused.text.splitlines()[0].split(":")[0])
link = re.findall(r"https?://\S+", tool.call({"op": "connect"}).text)[0]


def person(link: str) -> str:
    """Play the person at the dialog: agree to all, and return the address that the browser ends at."""
    session = sandbox.session()
    fields = re.findall(r'<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"', session.get(link).text)
    form = [*fields, ("decision", "continue")]
    return str(session.post(link.split("?")[0], data=form, allow_redirects=False).headers["location"])


done = tool.call({"op": "connect", "args": {"redirect_url": person(link)}})
print(done.text.splitlines()[0])
print("Then:", tool.call({"op": "list_campaigns", "args": {"limit": 1}}).text.splitlines()[0])

sandbox.sleep(timedelta(days=55).total_seconds())  # a token lives about 60 days, and is renewed in its last 7
fb.adaccounts.get(fb.account)
print("After 55 days:", f"{fb.token.status().expires_at:%Y-%m-%d}")
fb.token.revoke()
print("Revoked:", tool.call({"op": "list_campaigns"}).text.splitlines()[0].split(":")[0])
