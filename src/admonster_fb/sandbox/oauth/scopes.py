"""The scopes that the dialog knows, and in what words it asks for them. The words are the sandbox's own."""

from __future__ import annotations

WORDS = {
    "public_profile": "See your name",
    "email": "See your email address",
    "ads_management": "Create and change ads of the ad accounts you work in",
    "ads_read": "See the figures of your ads",
    "business_management": "See and manage your businesses and their assets",
    "read_insights": "See the figures of your Pages and apps",
    "pages_show_list": "See a list of your Pages",
    "pages_read_engagement": "Read posts and followers of your Pages",
    "pages_manage_ads": "Manage ads of your Pages",
    "pages_manage_metadata": "Manage settings of your Pages",
    "pages_manage_posts": "Create and change posts of your Pages",
    "pages_manage_engagement": "Manage comments on your Pages",
    "pages_read_user_content": "Read what people write on your Pages",
    "pages_messaging": "Manage conversations of your Pages",
    "instagram_basic": "See your Instagram account's profile and posts",
    "instagram_manage_insights": "See the figures of your Instagram account",
    "leads_retrieval": "Read the leads of your Pages' forms",
    "catalog_management": "Manage your product catalogs",
    "whatsapp_business_management": "Manage your WhatsApp Business accounts",
}


def read(text: str) -> list[str]:
    """Return the scopes of a parameter, each once: commas or spaces between them.

    >>> read("ads_read, email,ads_read")
    ['ads_read', 'email']
    """
    return list(dict.fromkeys(text.replace(",", " ").split()))
