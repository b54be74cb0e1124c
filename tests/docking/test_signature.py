"""The signature, against the scheme of the specification and as the integrator's guide checks it."""

import base64
import hashlib
import hmac
import re
import time
from pathlib import Path

import pytest

from docking.signature import signed_headers
from storage.webhooks import Webhooks, new_secret, secret_text
from tests.docking.delivering import add_target, delivering, raise_states
from tests.docking.receiver import receiving

GUIDE = Path(__file__).parents[2] / "docs" / "DOCKING.md"


def guides_check():
    """The function of the guide, as it stands there."""
    (snippet,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    known: dict = {}
    exec(compile(snippet, "DOCKING.md", "exec"), known)
    assert len(snippet.splitlines()) <= 24
    return known["is_genuine"]


def test_a_signature_is_the_hmac_of_id_timestamp_and_body_for_each_secret():
    headers = signed_headers("alert-1-2", b'{"a":1}', at_s=1_795_000_000, secrets=[b"new", b"old"])
    assert headers["webhook-id"] == "alert-1-2"
    assert headers["webhook-timestamp"] == "1795000000"
    content = b'alert-1-2.1795000000.{"a":1}'
    expected = [
        base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in (b"new", b"old")
    ]
    assert headers["webhook-signature"] == " ".join(f"v1,{one}" for one in expected)


def test_the_published_example_comes_out():
    """Of the specification's own library for Python (libraries/python/tests): secret, id, time and signature."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at_s=1_614_265_330, secrets=[secret]
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("change", "is_so"),
    [
        pytest.param({}, True, id="as it was sent"),
        pytest.param({"body": b'{"a":2}'}, False, id="another body"),
        pytest.param({"webhook-id": "alert-1-3"}, False, id="another id"),
        pytest.param({"webhook-signature": "v1,AAAA"}, False, id="another signature"),
        pytest.param({"webhook-signature": "v2,AAAA nothing"}, False, id="no signature"),
        pytest.param({"late_s": 299}, True, id="almost five minutes late"),
        pytest.param({"late_s": 301}, False, id="more than five minutes late"),
        pytest.param({"secrets": [b"x" * 32, b"s" * 32]}, True, id="signed by two"),
        pytest.param({"secrets": [b"x" * 32]}, False, id="signed by another"),
    ],
)
def test_the_guides_receiver_tells_a_genuine_event_from_others(change, is_so):
    at_s = int(time.time()) - change.pop("late_s", 0)
    body = b'{"a":1}'
    headers = signed_headers("alert-1-2", body, at_s=at_s, secrets=change.pop("secrets", [b"s" * 32]))
    body = change.pop("body", body)
    assert guides_check()(secret_text(b"s" * 32), headers | change, body) is is_so


async def test_what_is_delivered_is_genuine_by_either_secret_while_one_is_replaced(store):
    is_genuine, old, new = guides_check(), new_secret(), new_secret()
    async with receiving() as receiver, delivering(store):
        target_id = await add_target(store, receiver.url, secret=old)
        await raise_states(store, 1, 1)
        await receiver.until(lambda: len(receiver.accepted) == 1)
        await Webhooks(store).rotate(target_id, new, now_ms=round(time.time() * 1000))
        await raise_states(store, 2, 1)
        await receiver.until(lambda: len(receiver.ids()) == 2)
    first, second = receiver.accepted[0], receiver.accepted[-1]
    told = [
        is_genuine(secret_text(key), one.headers, one.body) for one in (first, second) for key in (old, new)
    ]
    assert told == [True, False, True, True]
