"""Connect to Meta if there is a token in `.env`, else to the sandbox, and say which."""

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.errors import MISSING


def connect() -> FacebookAds:
    """Return a facade with a default account."""
    try:
        fb = FacebookAds.from_env()
    except ParameterError as error:
        if error.violations[0].given is not MISSING:
            raise
        print("No FACEBOOK_ACCESS_TOKEN: this runs on the sandbox, which is not Meta.")
        return FacebookAds.sandbox()
    print(f"Connected: {fb.api}, {fb}.")
    return fb
