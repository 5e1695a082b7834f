"""What Meta says of a token that has ended, or whose user has to do something first, by the subcode of 190.

458, 460, 466, 467 and 490 are recorded; 459 and 464 are in the words that Meta's own pages had for them.
"""

from __future__ import annotations

from admonster_fb.sandbox.errors import GraphError

_ERROR = "Error validating access token:"
WORDS = {
    458: f"{_ERROR} The user has not authorized application {{app}}.",
    459: f"{_ERROR} You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
    460: f"{_ERROR} The session has been invalidated because the user changed their password or Facebook has changed "
    "the session for security reasons.",
    464: f"{_ERROR} Sessions for the user are not allowed because the user is not a confirmed user.",
    466: f"{_ERROR} The session was invalidated explicitly using an API call.",
    467: f"{_ERROR} The session is invalid because the user logged out.",
    490: f"{_ERROR} The user is enrolled in a blocking, logged-in checkpoint",
}
PASSING = frozenset({459, 464, 490})
"""The user can put these right, and the same token goes on."""
_FLOW = {"checkpoint_flow_id": "207799259245384", "checkpoint_content_id": "0"}


def refusal(subcode: int, app_id: str) -> GraphError:
    """Return the refusal of a token that ended so.

    >>> refusal(458, "1").message
    'Error validating access token: The user has not authorized application 1.'
    """
    data = _FLOW if subcode == 490 else None
    words = WORDS[subcode].format(app=app_id)
    return GraphError(190, subcode, words, error_data=data, error_data_as_string=True)
