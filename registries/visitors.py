"""Who asks, as far as an address and a browser say."""

import re

from django.conf import settings

# What a browser calls itself, the most particular first (they all say Chrome and Safari as well).
_PROGRAMS = [
    ("微信", r"MicroMessenger/(\d{1,4})"),
    ("钉钉", r"DingTalk/(\d{1,4})"),
    ("360浏览器", r"360SE|360EE|QihooBrowser(?:/(\d{1,4}))?"),
    ("QQ浏览器", r"M?QQBrowser/(\d{1,4})"),
    ("UC浏览器", r"UC?Browser/(\d{1,4})"),
    ("Edge", r"Edge?A?/(\d{1,4})"),
    ("Firefox", r"Firefox/(\d{1,4})"),
    ("Chrome", r"(?:Headless)?Chrom(?:e|ium)/(\d{1,4})"),
    ("Safari", r"Version/(\d{1,4}).*Safari"),
]
_SYSTEMS = [
    ("鸿蒙", "HarmonyOS|OpenHarmony"),
    ("Android", "Android"),
    ("iOS", "iPhone|iPad"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X"),
    ("统信或麒麟", "UOS|Kylin"),
    ("Linux", "Linux"),
]

_MOST = 60  # letters: what a browser says of itself goes into the journal


def address_of(request):
    """The address a request came from: what the front server saw where there is one, never
    what a client says of itself.

    Each front server adds at the end whom it saw; where one more gateway of ours stands before it (PROXIES =
    2), the last but one is the client.
    """
    came = request.META.get("REMOTE_ADDR", "")
    if settings.PROXIES:
        told = [each.strip() for each in request.headers.get("X-Forwarded-For", came).split(",")]
        came = told[-settings.PROXIES] if len(told) >= settings.PROXIES else told[0]
    return came[:45]


def device_of(request):
    """The browser and the system in a few words ("Chrome 118 · Windows"),
    "未知设备" where it does not say."""
    told = request.headers.get("User-Agent", "")[:400]
    parts = []
    for title, pattern in _PROGRAMS:
        if found := re.search(pattern, told):
            parts.append(f"{title} {found[1]}" if found.groups() and found[1] else title)
            break
    parts += [title for title, pattern in _SYSTEMS if re.search(pattern, told)][:1]
    return " · ".join(parts)[:_MOST] or "未知设备"
