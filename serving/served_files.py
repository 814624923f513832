"""Where the pages' files lie, and the headers that their pages are sent with."""

from pathlib import Path

STATIC = Path(__file__).with_name("static")

# Content security policy: nothing is loaded from other sites, and no inline script runs.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"content-security-policy": _POLICY, "referrer-policy": "no-referrer"}
# The page that others may show in a frame: nothing can be changed in it.
EMBEDDED = {**HEADERS, "content-security-policy": _POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")}
