"""How an event is signed: the symmetric scheme of the Standard Webhooks specification 1.0.0, "Signature scheme".

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence


def signed_headers(event_id: str, body: bytes, *, at_s: int, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers of an attempt at `at_s` (s since 1970 UTC), with one signature for each secret."""
    content = f"{event_id}.{at_s}.".encode() + body
    signatures = (hmac.new(secret, content, hashlib.sha256).digest() for secret in secrets)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
