"""Every known Meta error as a row of data: what it means, what to do, whether waiting helps, and who must act.

Rows are grouped by what they share (class, retry, who); a row is `(code, subcode): (cause, advice)`. `ANY` in place of
the code means that the subcode says the same under every code.
Source: Meta: error reference; `api_facts.md` section 6, field notes, and answers of the live API.
"""

from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Retry = Literal["backoff", "split", "later", "no"]
"""How to repeat: soon with growing waits, in smaller parts, after hours, or never unchanged."""

Who = Literal["code", "model", "user", "admin"]
"""Who can put it right: the program, the language model (its arguments), the advertiser, the app or business admin."""


class Entry(NamedTuple):
    """Describe one error number of Meta: its class in `errors`, its cause and the way out of it.

    >>> lookup(190, 463).error
    'AuthenticationError'
    """

    code: int | None
    subcode: int | None
    error: str
    cause: str
    advice: str
    retry: Retry
    who: Who


_Key = tuple[int | None, int | None]
_Rows = dict[_Key, tuple[str, str]]

ANY: Final = None


def _group(error: str, retry: Retry, who: Who, rows: _Rows) -> tuple[Entry, ...]:
    return tuple(Entry(code, sub, error, cause, advice, retry, who) for (code, sub), (cause, advice) in rows.items())


_TRANSIENT = _group(
    "TransientError",
    "backoff",
    "code",
    {
        (-1, None): ("Meta failed without saying why.", "Retry after a short wait."),
        (1, None): (
            "Unknown error at Meta, or too much data asked for.",
            "Retry; if it persists halve limit or fields.",
        ),
        (2, None): ("Meta's service is down for the moment.", "Retry; check first whether a write happened."),
        (2, 1504043): ("Insights failed intermittently.", "Retry after a short wait."),
        (2, 1504044): ("Insights is temporarily unavailable.", "Retry; it goes away although Meta marks it permanent."),
        (-2, None): ("The asynchronous report failed.", "Submit the report again."),
        (-2, 2490547): ("The asynchronous report failed.", "Submit the report again."),
        (300, None): ("The edit failed at Meta.", "Read the object again, then retry once."),
        (1150, None): ("Unknown error at Meta.", "Retry after a short wait."),
        (5000, None): ("Unknown error at Meta.", "Retry after a short wait."),
        (ANY, 3910001): ("Meta had trouble with the request.", "Retry after a short wait."),
        (6001, None): ("The video upload broke off.", "Upload the video again."),
        (ANY, 1487833): ("Meta could not download the image just now.", "Retry in a few minutes."),
        (ANY, 1487390): ("The creative could not be made just now.", "Retry; if it persists simplify the creative."),
        (2601, None): (
            "The report cannot be loaded yet.",
            "Poll the report until it is complete, then fetch it again.",
        ),
        (ANY, 1815107): ("The report is not readable yet on every server.", "Wait a few seconds and fetch it again."),
        (ANY, 1870148): ("Part of the audience upload failed.", "Send the failed batch again in the same session."),
    },
) + _group(
    "TransientError",
    "later",
    "code",
    {
        (ANY, 1870145): (
            "The audience is busy: its people are being replaced, or the last upload is not worked through.",
            "Wait until it ends (up to 90 minutes).",
        ),
    },
)

_RATE_LIMIT = (
    _group(
        "RateLimited",
        "backoff",
        "code",
        {
            (4, None): ("The app made too many calls.", "Wait until X-App-Usage falls."),
            (ANY, 1504022): ("Insights is overloaded.", "Wait and send fewer insights calls at once."),
            (ANY, 1504039): ("The app put too much load on insights.", "Wait and send fewer insights calls at once."),
            (17, None): ("The user or ad account made too many calls.", "Wait for the time in the usage headers."),
            (ANY, 2446079): ("The ad account made too many calls.", "Wait for the time in the usage headers."),
            (32, None): ("The Page made too many calls.", "Wait until the Page's usage falls."),
            (341, None): ("The app reached a limit on actions.", "Wait, then continue more slowly."),
            (ANY, 1487742): ("Too many calls for this ad account.", "Wait for the time in the usage headers."),
            (ANY, 5044001): ("More than 100 changes a second.", "Spread the writes over time."),
            (613, 1996): ("Meta saw an abnormal number of calls.", "Slow down and look for a loop that repeats calls."),
            (80000, None): (
                "Too many insights calls for this account.",
                "Wait for the time Meta gives to regain access.",
            ),
            (80001, None): ("Too many Page calls.", "Wait for the time Meta gives to regain access."),
            (80002, None): ("Too many Instagram calls.", "Wait for the time Meta gives to regain access."),
            (80003, None): ("Too many audience calls.", "Wait for the time Meta gives to regain access."),
            (80004, None): ("Too many ads calls for this account.", "Wait for the time Meta gives to regain access."),
            (80005, None): ("Too many lead calls.", "Wait for the time Meta gives to regain access."),
            (80006, None): ("Too many Messenger calls.", "Wait for the time Meta gives to regain access."),
            (80008, None): ("Too many WhatsApp calls.", "Wait for the time Meta gives to regain access."),
            (80009, None): ("Too many catalog calls.", "Wait for the time Meta gives to regain access."),
            (80014, None): ("Too many catalog batch calls.", "Wait for the time Meta gives to regain access."),
        },
    )
    + _group(
        "RateLimited",
        "later",
        "code",
        {
            (613, None): ("Meta throttles this kind of call.", "Pause for a long while and look for needless calls."),
            (ANY, 1487632): ("An ad set's budget changed more than 4 times in an hour.", "Change it again in an hour."),
            (ANY, 1487225): ("Too many new ads for what the account spends.", "Create the remaining ads later."),
        },
    )
    + _group(
        "RateLimited",
        "later",
        "user",
        {
            (ANY, 1885172): ("The account spend cap changed 10 times today.", "Change the spend cap again tomorrow."),
        },
    )
)

_TOO_MUCH_DATA = _group(
    "InvalidParameterError",
    "split",
    "code",
    {
        (ANY, 1504018): ("The insights query took too long.", "Ask for fewer days or objects, or use an async report."),
        (ANY, 1504038): ("The insights query took too long.", "Ask for fewer days or objects, or use an async report."),
        (ANY, 1487534): ("The report has too many rows.", "Ask for fewer days or objects, or use an async report."),
        (-3, None): ("The report is too large.", "Split by date, then by ids, then by fields."),
        (-3, 1504045): ("The report is too large.", "Split by date, then by ids, then by fields."),
    },
)

_TOKEN = (
    _group(
        "AuthenticationError",
        "no",
        "user",
        {
            (102, None): ("The login session is not valid.", "Log in again."),
            (190, None): ("The access token is not valid for this call.", "Check the token with doctor; log in again."),
            (ANY, 458): ("The user removed the app.", "Ask the user to log in to the app again."),
            (ANY, 460): ("The password changed, which ended the token.", "Log in again."),
            (ANY, 463): ("The token has expired.", "Log in again for a new token."),
            (ANY, 466): ("The session was ended through the API.", "Log in again."),
            (ANY, 467): ("The token is invalid, or the user logged out.", "Log in again for a new token."),
            (ANY, 36007): ("The login code has expired.", "Start the login again."),
            (ANY, 36009): ("The login code was used already.", "Start the login again."),
            (457, None): ("The session came from a place Meta does not accept.", "Log in again in the browser."),
        },
    )
    + _group(
        "AuthenticationError",
        "no",
        "admin",
        {
            (104, None): ("The token or appsecret_proof is missing or wrong.", "Check the app secret and the token."),
            (ANY, 36008): (
                "The redirect address differs from the one of the login.",
                "Use the same redirect_uri in both.",
            ),
            (191, None): ("The redirect_uri is missing or not allowed.", "Add the redirect_uri to the app's settings."),
        },
    )
    # The token lives: the person must first clear something in the browser.
    + _group(
        "BlockedError",
        "no",
        "user",
        {
            (ANY, 459): (
                "Meta holds the user at a checkpoint.",
                "Ask the user to log in at facebook.com and clear it.",
            ),
            (ANY, 490): (
                "Meta holds the user at a checkpoint.",
                "Ask the user to log in at facebook.com and clear it.",
            ),
            (ANY, 464): (
                "The user's Facebook account is not confirmed.",
                "Ask the user to confirm it at facebook.com.",
            ),
            (415, None): ("Two-factor authentication is required.", "Ask the user to turn it on and log in again."),
        },
    )
)

_BLOCKED = _group(
    "BlockedError",
    "no",
    "user",
    {
        (31, None): ("Meta wants a person to act before more changes.", "Ask the user to open Ads Manager."),
        (ANY, 3858385): ("Meta wants the user's identity verified.", "Ask the user to verify it in Ads Manager."),
        (368, None): ("Meta blocked this action for a while.", "Stop all writes for hours; check Account Quality."),
        (ANY, 1404078): ("Meta blocked this action for a while.", "Stop all writes for hours; check Account Quality."),
        (ANY, 2859015): ("Meta blocked this action for a while.", "Stop all writes for hours; check Account Quality."),
        (ANY, 1404163): ("The user or account may not advertise.", "Ask the user to appeal in Account Quality."),
        (3980, None): ("The account is not in good standing.", "Ask the user to open Account Quality."),
        (ANY, 1359101): ("The ad account has no payment method.", "Ask the user to add one in Billing."),
        (ANY, 1359188): ("The ad account has no payment method.", "Ask the user to add one in Billing."),
        (ANY, 1713228): ("The audience is flagged and cannot be edited.", "Appeal, or make a new audience."),
        (ANY, 1713230): ("The audience is flagged and takes no uploads.", "Appeal, or make a new audience."),
        (ANY, 1713231): ("The audience is flagged until fields change.", "Change the fields named, or appeal."),
        (ANY, 1713232): ("The seed audience is flagged.", "Choose another seed audience, or appeal."),
        (ANY, 246003): ("A flagged audience or conversion is in use.", "Remove the ids in error_data, or appeal."),
        (ANY, 246004): ("A flagged audience or conversion is in use.", "Remove the ids in error_data, or appeal."),
    },
)

_PERMISSION = _group(
    "PermissionDeniedError",
    "no",
    "user",
    {
        (10, None): ("The user did not grant the permission needed.", "Ask the user to log in and grant the scope."),
        (ANY, 2332002): ("The Ad Library needs a confirmed identity.", "Follow facebook.com/ads/library/api."),
        (ANY, 492): ("The user lost the role on the Page.", "Ask a Page admin to give the role back."),
        (283, None): ("Page permissions are missing.", "Ask the user to log in and grant the Page scopes."),
        (294, None): ("ads_management is missing, or the app is not allowed.", "Grant ads_management; check the app."),
        (ANY, 3191001): ("No permission to read insights.", "Grant ads_read and a role on the ad account."),
        (ANY, 1870034): ("The custom audience terms are not accepted.", "Accept the terms in Ads Manager."),
        (ANY, 1870090): ("The custom audience terms are not accepted.", "Accept the terms in Ads Manager."),
        (ANY, 1870092): ("The Business Tools terms are not accepted.", "Accept the terms in Business settings."),
        (2655, None): ("The terms of service are not accepted.", "Accept the terms in Ads Manager."),
        (2663, None): ("The custom audience terms are not accepted.", "Open the link in the message and accept."),
        (ANY, 1815089): ("The lead ads terms are not accepted for the Page.", "Accept the lead terms for the Page."),
        (ANY, 2708008): ("The user may not run political ads here.", "Finish Meta's authorisation for political ads."),
        (ANY, 2446880): ("The Page has no connected WhatsApp number.", "Connect a WhatsApp number to the Page."),
        (ANY, 2853001): ("The profile is not linked to its Page.", "Link the profile and the Page in settings."),
    },
) + _group(
    "PermissionDeniedError",
    "no",
    "admin",
    {
        (3, None): ("The app lacks the capability.", "Add the Marketing API use case to the app."),
        (15, None): ("The method is open to other kinds of apps only.", "Use an app of the right type."),
        (200, None): ("The permission or the role is missing.", "Grant the scope and a role on the object."),
        (210, None): ("The call needs a Page access token.", "Use the Page's token, from me/accounts."),
        (ANY, 2069032): ("The call needs a Page access token.", "Use the Page's token, from me/accounts."),
        (270, None): ("An app in development tier called a foreign account.", "Pass app review for advanced access."),
        (900, None): ("The app does not exist.", "Check the app id."),
        (ANY, 1870050): ("The ad account is not linked to a business.", "Link the ad account to a business."),
        (ANY, 1815199): ("The ad account may not use this Instagram account.", "Connect the two in the business."),
        (ANY, 1885183): ("The app is in development mode.", "Switch the app to Live mode."),
        (ANY, 1487301): ("The audience is not shared with this ad account.", "Share the audience with the account."),
        (2654, None): ("The audience could not be made: no write access.", "Give the user an advertiser role."),
        (ANY, 1713092): ("The audience could not be made: no write access.", "Give the user an advertiser role."),
        (3944, None): ("The asset belongs to another owner already.", "Ask that owner to share it."),
    },
)

_NOT_FOUND = _group(
    "NotFoundError",
    "no",
    "model",
    {
        (100, 33): ("The object does not exist or this token cannot see it.", "Check the id, then the asset's access."),
        (803, None): ("No object has this id or alias.", "Check the id."),
        (ANY, 1487366): ("The custom audience was deleted.", "Choose another audience."),
        (ANY, 2207013): ("The Instagram account was not found.", "Check the account's name or id."),
    },
)

_REQUEST = _group(
    "InvalidParameterError",
    "no",
    "model",
    {
        (100, None): ("A parameter is invalid.", "Correct the fields blamed and send again."),
        (1, 99): ("The insights level does not fit.", "Use a level that exists for this node."),
        (ANY, 1504041): ("These breakdowns do not go together.", "Use a documented combination of breakdowns."),
        (ANY, 1504042): ("The custom metric or breakdown is invalid.", "Remove the metric or breakdown named."),
        (3001, None): ("The query is invalid.", "Correct the query."),
        (ANY, 1504028): ("No metric was asked for.", "Name one or more metrics."),
        (3018, None): ("The start lies more than 37 months back.", "Start within the last 37 months."),
        (105, None): ("Too many parameters.", "Send fewer parameters."),
        (ANY, 1815630): ("The call to action carries too many values.", "Remove values from call_to_action."),
        (194, None): ("A required parameter is missing.", "Add the parameter named."),
        (ANY, 1892112): ("A value for conditional questions is missing.", "Give both fields of each choice."),
        (ANY, 1892085): ("A lead form field is missing.", "Add the field named, such as follow_up_action_url."),
        (ANY, 1892058): ("The form has a test lead already.", "Delete the old test lead first."),
        (ANY, 1965014): ("The end date is too far away.", "Choose an earlier end date."),
        (110, None): ("The user id is invalid.", "Check the id."),
        (192, None): ("The phone number is invalid.", "Write the number with its country code."),
        (801, None): ("The operation is not valid here.", "Use another call for this object."),
        (1500, None): ("The URL is invalid.", "Correct the URL."),
        (2500, None): ("The query or the field list cannot be parsed.", "Check fields for syntax and spelling."),
        (ANY, 1752129): ("These tasks cannot be combined.", "Correct the list of tasks."),
        (500, None): ("The text holds banned content.", "Edit the text."),
        (506, None): ("The post repeats the last one.", "Change the text."),
        (ANY, 1455006): ("The post repeats the last one.", "Change the text."),
        (2606, None): ("The preview could not be made.", "Check the creative and the ad_format."),
        (2607, None): ("The currency is invalid.", "Use a currency that Meta lists."),
        (2615, None): ("The ad account update is invalid.", "Correct the account's fields."),
        (2620, None): ("The permissions update is invalid.", "Correct the user and the permissions."),
        (2641, None): ("A location is restricted.", "Remove the restricted location."),
        (2695, None): ("The app has too many iOS 14 ad sets.", "Merge ad sets or delete old ones."),
    },
)

_BUDGET = _group(
    "InvalidParameterError",
    "no",
    "model",
    {
        (ANY, 1885272): ("The budget is too low.", "Raise it to the account's minimum for this goal."),
        (ANY, 1487901): ("The budget is too low.", "Raise it to the account's minimum for this goal."),
        (ANY, 1885650): ("The new budget is below what may be set now.", "Set at least 110 % of the spend so far."),
        (ANY, 1885621): ("Campaign and ad set both have a budget.", "Set the budget on one of them only."),
        (ANY, 1885204): ("The bid strategy does not fit.", "Use the automatic strategy, LOWEST_COST_WITHOUT_CAP."),
        (ANY, 2446307): ("The spend cap is too low.", "Raise it to min_campaign_group_spend_cap of the account."),
        (ANY, 2238055): (
            "The campaign budget is below what its ad sets need, or two Instagram ids were given.",
            "Raise the campaign budget; with Instagram keep instagram_user_id only.",
        ),
        (ANY, 2490487): ("The bid strategy needs a bid.", "Add bid_amount or bid_constraints."),
        (ANY, 1815857): ("The bid strategy needs a bid cap.", "Add bid_amount or use LOWEST_COST_WITHOUT_CAP."),
        (ANY, 4834002): ("Budget sharing excludes a campaign budget.", "Turn sharing off or drop the budget."),
        (ANY, 4834005): ("Budget sharing needs a bid strategy.", "Set bid_strategy on the campaign."),
        (ANY, 4834006): ("Budget sharing freezes the bid strategy.", "Leave bid_strategy as it is."),
        (ANY, 4834009): ("Ad sets that share must be alike.", "Give them the same bid strategy and daily budgets."),
        (ANY, 4834011): ("The budget sharing flag is missing.", "Set is_adset_budget_sharing_enabled true or false."),
        (ANY, 3858418): ("Budget sharing cannot start on a running campaign.", "Make a new campaign for it."),
    },
)

_LIFECYCLE = _group(
    "InvalidParameterError",
    "no",
    "model",
    {
        (ANY, 1487564): ("A new campaign must be active or paused.", "Use status ACTIVE or PAUSED."),
        (ANY, 1487007): ("The ad set has ended.", "Move end_time first, or make a new ad set."),
        (ANY, 1487033): ("The end date is past.", "Choose an end_time in the future."),
        (ANY, 1487056): ("The ad set is deleted.", "Use another ad set."),
        (ANY, 1487566): ("The campaign is deleted.", "Use another campaign."),
        (ANY, 1487990): ("The archive is full.", "Delete archived objects first."),
        (ANY, 1885088): ("The ad is archived.", "Only rename or delete it; make a new ad."),
        (ANY, 1340029): ("A dynamic ad goes only with its ad set.", "Delete the parent ad set instead."),
        (ANY, 2490427): ("The ad was rejected.", "Edit the creative and submit it again."),
        (ANY, 2490468): ("The ad was rejected.", "Edit the creative and submit it again."),
        (ANY, 1487989): ("Targeting and bidding belong to the ad set.", "Move them from the ad to its ad set."),
        (ANY, 1885194): ("The copy request is too large.", "Copy fewer objects at once, or use an async batch."),
        (ANY, 2446867): ("The account has too many Advantage+ campaigns.", "Delete or end one first."),
        (ANY, 2446811): ("The Advantage+ campaign has too many ads.", "Remove ads; 150 are allowed."),
        (3979, None): ("The business reached its quota of ad accounts.", "Use an existing account."),
        (6200, None): ("The ad account has a pixel already.", "Use the existing pixel."),
    },
)

_GOAL = _group(
    "InvalidParameterError",
    "no",
    "model",
    {
        (ANY, 2490408): ("The goal does not fit the objective.", "Choose an optimization_goal of this objective."),
        (ANY, 3858327): ("The impressions goal is gone.", "Use optimization_goal REACH."),
        (ANY, 1487810): ("An app store URL is under the wrong objective.", "Use OUTCOME_APP_PROMOTION."),
        (ANY, 1815430): ("An app URL is under the wrong objective.", "Use OUTCOME_APP_PROMOTION or a website."),
        (ANY, 1359187): ("An app store URL is missing.", "Add object_store_urls to promoted_object."),
        (ANY, 1885392): ("The objective does not accept this creative.", "Use a creative for this objective."),
        (ANY, 2446509): ("The destination_type does not fit.", "Match destination_type of ad set and creative."),
        (ANY, 2446712): ("Store visits are not open to this account.", "Choose another goal."),
    },
)

_CREATIVE = _group(
    "InvalidParameterError",
    "no",
    "model",
    {
        (ANY, 1885316): ("The creative is invalid.", "Correct the creative's fields."),
        (ANY, 1373054): ("The call to action cannot be parsed.", "Send call_to_action as {type, value}."),
        (ANY, 1443226): ("The video has no thumbnail.", "Add image_hash or image_url to video_data."),
        (ANY, 1487197): ("The image could not be processed.", "Upload the image again as jpg or png."),
        (ANY, 1487212): ("The ad has no image.", "Add image_hash or picture."),
        (ANY, 1487242): ("The image bytes are wrong.", "Send base64 in bytes, or the file itself."),
        (ANY, 1487411): ("The file type is not supported.", "Upload jpg or png."),
        (ANY, 2446386): ("The image is not available.", "Upload the image to this ad account."),
        (ANY, 3858258): ("Meta cannot fetch the image's URL.", "Upload the file, or let Meta's crawler in."),
        (ANY, 1487472): ("The post cannot be promoted.", "Choose another post."),
        (ANY, 1487678): ("Targeted system and app differ.", "Match user_os with the app store URL."),
        (ANY, 1487748): ("The creative cannot run in this placement.", "Change the placement or the creative."),
        (ANY, 1885876): ("The creative cannot take more placements.", "Use fewer placements."),
        (ANY, 1487831): ("The product set is invalid.", "Check product_set_id and its catalog."),
        (ANY, 1487929): ("More than one content source was given.", "Keep one, such as object_story_spec."),
        (ANY, 1772103): ("No identity for Instagram was given.", "Add instagram_user_id or page_id."),
        (ANY, 1815279): ("The Instagram video must be on Facebook first.", "Upload the video to the ad account."),
        (ANY, 1815573): ("A creative's content cannot be changed.", "Make a new creative and put it on the ad."),
        (ANY, 1815629): ("The asset feed repeats a value.", "Remove the duplicate value."),
        (ANY, 1885029): ("The Pages of creative and post differ.", "Use the same Page in both."),
        (ANY, 1885557): ("The post is not available.", "Check the post's id, its Page and its privacy."),
        (ANY, 2446289): ("The post is not available.", "Check the post's id, its Page and its privacy."),
        (ANY, 2490155): ("The post is not available.", "Check the post's id, its Page and its privacy."),
        (ANY, 1885878): ("These texts cannot be combined.", "Give one title."),
        (ANY, 1885998): ("The ad set takes no dynamic creative.", "Set is_dynamic_creative on a new ad set."),
        (ANY, 2061015): ("The link is missing.", "Add link to the creative."),
        (ANY, 2446383): ("The URL is missing.", "Add link to the creative."),
        (ANY, 2446149): ("Two Instagram ids were given.", "Keep instagram_user_id only."),
        (ANY, 2446173): ("A rule names an unknown label.", "Define the label on an asset of the feed."),
        (ANY, 2446347): ("use_existing_post does not fit.", "Remove use_existing_post or give a post id."),
        (ANY, 2446455): ("applink_treatment is missing.", "Add applink_treatment to the creative."),
        (ANY, 2446461): ("omnichannel_link_spec is misplaced.", "Put it inside asset_feed_spec."),
        (ANY, 2446580): ("Components and cards exclude each other.", "Keep one of the two."),
        (ANY, 2490085): ("The 191x100 crop is invalid.", "Remove or correct the crop."),
        (ANY, 2490589): ("The Instagram explore position is gone.", "Use explore_home or leave positions out."),
        (ANY, 3858082): ("enroll_status is missing.", "Set OPT_IN or OPT_OUT for each creative feature."),
        (ANY, 3858504): ("standard_enhancements is gone.", "Remove it and opt in feature by feature."),
        (ANY, 3858355): ("The creative cannot replace the one on this ad.", "Make a new ad for it."),
        (ANY, 3867105): ("The partnership content may not be used.", "Ask the partner for permission, or drop it."),
        (ANY, 3390001): ("The lead form is missing.", "Add lead_gen_form_id to the call to action."),
        (ANY, 2108006): ("The media is older than the business account.", "Choose newer media."),
        (ANY, 2875030): ("The reel's music is copyrighted.", "Choose another reel."),
        (ANY, 2875039): ("The reel has tappable elements.", "Choose another reel."),
        (ANY, 2207052): ("Meta could not fetch the media.", "Give a public URL of a photo or a video."),
        (9004, None): ("Meta could not fetch the media.", "Give a public URL of a photo or a video."),
        (351, None): ("The video file is bad.", "Encode the video again."),
        (352, None): ("The video format is not supported.", "Encode the video as mp4."),
        (382, None): ("The video file is too small.", "Upload a complete video."),
        (389, None): ("Meta cannot fetch the video's URL.", "Upload the file instead."),
        (6000, None): ("The video could not be uploaded.", "Encode the video again and upload it."),
    },
)

_TARGETING = _group(
    "InvalidParameterError",
    "no",
    "model",
    {
        (ANY, 1487694): ("A targeting category is retired.", "Search targeting again for a current id."),
        (ANY, 1487079): ("An interest id is invalid.", "Check the ids with adinterestvalid."),
        (ANY, 1487756): ("Locations overlap.", "Remove one of them."),
        (ANY, 1815946): ("A radius with several locations is invalid.", "Drop the radius."),
        (ANY, 1885364): ("A location is missing.", "Add geo_locations or a custom audience."),
        (ANY, 1870065): ("The audience is disabled.", "Choose another audience."),
        (ANY, 1870088): ("Connections are gone from targeting.", "Remove connections."),
        (ANY, 1870165): ("Minors take age and location only.", "Raise age_min or drop other targeting."),
        (ANY, 3858064): ("Minors take age and location only.", "Raise age_min or drop other targeting."),
        (ANY, 1870188): ("Advantage+ audience limits age_min to 25.", "Use age_range, or set advantage_audience 0."),
        (ANY, 1870189): ("Advantage+ audience needs age_max 65.", "Use age_range, or set advantage_audience 0."),
        (ANY, 1870227): ("The Advantage+ audience flag is missing.", "Set advantage_audience to 0 or 1."),
        (ANY, 1870199): ("location_types is restricted.", 'Use ["home","recent"] or leave it out.'),
        (ANY, 1870219): ("Employers cannot be excluded.", "Remove the excluded employers."),
        (ANY, 1870220): ("Employers cannot be excluded.", "Remove the excluded employers."),
        (ANY, 2446394): ("A targeting option was removed.", "Search targeting again for a current option."),
        (ANY, 2909034): ("The special ad category forbids this targeting.", "Remove age, gender and narrow places."),
        (ANY, 3858079): ("The EU needs a beneficiary and a payer.", "Set dsa_beneficiary and dsa_payor."),
        (ANY, 3858081): ("The EU needs a beneficiary and a payer.", "Set dsa_beneficiary and dsa_payor."),
        (ANY, 3858152): ("The EU needs a beneficiary and a payer.", "Set dsa_beneficiary and dsa_payor."),
    },
)

_AUDIENCE = _group(
    "InvalidParameterError",
    "no",
    "model",
    {
        (ANY, 1713098): ("The audience rule cannot be parsed.", "Correct the rule's JSON."),
        (ANY, 1870047): ("The removal would shrink the audience too far.", "Remove fewer people."),
        (2650, None): ("The audience was not updated.", "Check the session and the audience, then start again."),
    },
) + _group(
    "InvalidParameterError",
    "no",
    "code",
    {
        (ANY, 1870158): ("The replacement ran longer than 90 minutes.", "Start a new replacement session."),
        (ANY, 1870147): ("The batch with batch_seq 1 is missing.", "Send batch_seq 1 first."),
        (ANY, 1870159): ("The replacement has finished already.", "Start a new replacement session."),
        (ANY, 1870144): ("The audience has 100 million people or more.", "Add and remove people instead."),
        (ANY, 2804003): ("The event is too old.", "Send events within seven days."),
        (ANY, 2804050): ("The event has too little customer information.", "Add more user_data keys."),
    },
)

_VERSION = _group(
    "InvalidParameterError",
    "no",
    "code",
    {
        (2635, None): ("The API version is dead.", "Upgrade to the version named in the message."),
    },
)

ENTRIES: tuple[Entry, ...] = (
    *_TRANSIENT,
    *_RATE_LIMIT,
    *_TOO_MUCH_DATA,
    *_TOKEN,
    *_BLOCKED,
    *_PERMISSION,
    *_NOT_FOUND,
    *_REQUEST,
    *_BUDGET,
    *_LIFECYCLE,
    *_GOAL,
    *_CREATIVE,
    *_TARGETING,
    *_AUDIENCE,
    *_VERSION,
)
"""All known numbers, each once."""

_READ = "Read Meta's message and correct the request."

DEFAULTS = MappingProxyType(
    {
        entry.error: entry
        for entry in (
            Entry(None, None, "APIError", "Meta refused for a reason this library does not know.", _READ, "no", "code"),
            Entry(None, None, "InvalidParameterError", "A parameter is invalid.", _READ, "no", "model"),
            Entry(None, None, "AuthenticationError", "The token is not accepted.", "Log in again.", "no", "user"),
            Entry(
                None,
                None,
                "PermissionDeniedError",
                "The permission is missing.",
                "Grant the scope or role.",
                "no",
                "admin",
            ),
            Entry(None, None, "RateLimited", "Too many calls.", "Wait, then continue more slowly.", "backoff", "code"),
            Entry(None, None, "TransientError", "Meta had a fault.", "Retry after a short wait.", "backoff", "code"),
            Entry(None, None, "NotFoundError", "The object was not found.", "Check the id.", "no", "model"),
            Entry(None, None, "BlockedError", "Meta blocks the action.", "Ask the user to act.", "no", "user"),
        )
    }
)
"""What to say for each class when no number says more."""

UNKNOWN: Final = DEFAULTS["APIError"]

# Whole blocks of codes that Meta reserves for one meaning, for the codes in them that have no row.
_RANGES: tuple[tuple[range, Entry], ...] = (
    (range(200, 300), DEFAULTS["PermissionDeniedError"]),
    (range(80000, 80015), DEFAULTS["RateLimited"]),
)

# Long subcodes mean the same everywhere; short ones such as 33 or 99 only under their own code.
_LONG = 10_000

_EXACT: dict[_Key, Entry] = {(e.code, e.subcode): e for e in ENTRIES if e.code is not None}
_BY_SUBCODE: dict[int | None, Entry] = {
    e.subcode: e for e in ENTRIES if e.subcode is not None and (e.code is ANY or e.subcode >= _LONG)
}


def lookup(code: int | None, subcode: int | None = None) -> Entry:
    """Find what is known about a code and subcode of Meta; an unknown pair gives a general entry, never an error.

    Tries the exact pair, the subcode under any code, the code alone, the subcode in the code's place (seen live), the
    reserved blocks, and last `UNKNOWN`. Source: Meta: error reference; `api_facts.md` section 6.

    >>> lookup(100, 33).error, lookup(17, 2446079).retry, lookup(299).error
    ('NotFoundError', 'backoff', 'PermissionDeniedError')
    """
    return (
        (_EXACT.get((code, subcode)) if code is not None else None)
        or _BY_SUBCODE.get(subcode)
        or _EXACT.get((code, None))
        or _BY_SUBCODE.get(code)
        or next((entry for block, entry in _RANGES if code in block), UNKNOWN)
    )


def classify(code: int | None, subcode: int | None, *, is_transient: bool | None, http_status: int | None) -> Entry:
    """Find the entry for an answer; where the numbers say nothing, believe `is_transient` and the HTTP status.

    Only `is_transient: true` is believed, and only about unknown numbers: the live API marks errors `false` that go
    away by themselves. Source: answers of the live API.

    >>> classify(100, 9999999, is_transient=True, http_status=400).error
    'TransientError'
    """
    entry = lookup(code, subcode)
    vague = entry is UNKNOWN or (entry.code == 100 and entry.subcode is None and subcode is not None)
    if vague and is_transient:
        return DEFAULTS["TransientError"]
    if entry is UNKNOWN and http_status is not None:
        return DEFAULTS[_by_status(http_status)]
    return entry


def _by_status(http_status: int) -> str:
    if http_status == 429:
        return "RateLimited"
    return "TransientError" if http_status >= 500 else "APIError"
