"""Words and limits of pixels and conversions."""

from __future__ import annotations

from datetime import timedelta

PIXEL, CONVERSION = "AdsPixel", "CustomConversion"
ACCOUNTS = "accounts"
"""Where a pixel keeps the accounts that use it; the first one owns it."""
MOST_EVENTS = 1_000
MOST_CONVERSIONS = 100
# How old events may be (Meta's pages "Using the API" and "Server Event Parameters").
OLDEST, OLDEST_IN_STORES = timedelta(days=7), timedelta(days=62)
STORE, SITE, APP = "physical_store", "website", "app"
ACTION_SOURCES = (
    *("email", SITE, APP, "phone_call", "chat", STORE, "system_generated", "business_messaging", "other"),
)
# Two events of one name and id are the same within this time.
SAME_WITHIN = timedelta(hours=48)
HASHED = ("em", "ph", "ge", "db", "ln", "fn", "ct", "st", "zp", "country")
CODE = """<!-- Meta Pixel Code -->
<script>
!function(f,b,e,v,n,t,s)
{{if(f.fbq)return;n=f.fbq=function(){{n.callMethod?
n.callMethod.apply(n,arguments):n.queue.push(arguments)}};
if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;n.version='2.0';
n.queue=[];t=b.createElement(e);t.async=!0;
t.src=v;s=b.getElementsByTagName(e)[0];
s.parentNode.insertBefore(t,s)}}(window, document,'script',
'https://connect.facebook.net/en_US/fbevents.js');
fbq('init', '{id}');
fbq('track', 'PageView');
</script>
<noscript><img height="1" width="1" style="display:none"
src="https://www.facebook.com/tr?id={id}&ev=PageView&noscript=1"
/></noscript>
<!-- End Meta Pixel Code -->"""
