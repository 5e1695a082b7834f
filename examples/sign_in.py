"""Sign in as a bot in the cloud does: a link for the user, what comes back, and a token that renews itself."""

import re

from admonster_fb import FacebookAds, Login, MemoryStore, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox

REDIRECT = "https://bot.example/callback"
print("This runs on the sandbox, which is not Meta.")
sandbox = Sandbox()
sandbox.app.redirect_uris.append(REDIRECT)

settings = Settings(adapter=sandbox.adapter())
# With Meta: Login(app_id, app_secret, REDIRECT), and a FileStore or the host's own store instead of memory.
login = Login(sandbox.app.id, sandbox.app.secret, REDIRECT, settings=settings, clock=sandbox)
fb = FacebookAds.from_store(MemoryStore(), "ann", login=login, account=sandbox.account)
tool = FacebookTool(fb)
print("Without a token:", tool.call({"op": "list_campaigns"}).text.split(":")[0])
link = re.findall(r"https?://\S+", tool.call({"op": "connect"}).text)[0]


def person(link: str) -> str:
    """Play the person: agree to all at the dialog, and return the address that the browser ends at."""
    session = sandbox.session()
    fields = re.findall(r'<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"', session.get(link).text)
    answer = session.post(link.split("?")[0], data=[*fields, ("decision", "continue")], allow_redirects=False)
    return str(answer.headers["location"])


print(tool.call({"op": "connect", "args": {"redirect_url": person(link)}}).text.splitlines()[0])
print("Then:", tool.call({"op": "list_campaigns", "args": {"limit": 1}}).text.splitlines()[0])

sandbox.advance(days=55)  # a token lives about 60 days, and is renewed in its last 7
fb.adaccounts.get(fb.account)
print("After 55 days:", f"{fb.token.status().expires_at:%Y-%m-%d}")
fb.token.revoke()
print("Revoked:", tool.call({"op": "list_campaigns"}).text.split(":")[0])
