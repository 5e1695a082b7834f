"""Connect to Meta if there is a token in `.env`, else to the sandbox, and say which."""

from admonster_fb import FacebookAds, ParameterError


def connect() -> FacebookAds:
    """Return a facade with a default account."""
    try:
        fb = FacebookAds.from_env()
    except ParameterError as error:
        if [violation.field for violation in error.violations] != ["access_token"]:
            raise
        print("No FACEBOOK_ACCESS_TOKEN: this runs on the sandbox, which is not Meta.")
        return FacebookAds.sandbox()
    print(f"Connected to Meta, account {fb.account}.")
    return fb
