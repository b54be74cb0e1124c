"""One message to the broker and back at QoS 1, to see that it works."""

import queue
import ssl
import uuid
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from runtime.clock import monotonic_s

TIMEOUT_S = 5.0


def probe(url: str) -> float:
    """Seconds until a published message came back; raises OSError that says which step failed."""
    parts = urlsplit(url)
    name = f"haulwatch-doctor-{uuid.uuid4().hex[:12]}"
    topic = f"haulwatch-doctor/{name}"
    steps: queue.Queue[str] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv311)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set_context(ssl.create_default_context())
    client.on_connect = lambda _c, _u, _f, code, _p: steps.put("refused" if code.is_failure else "connected")
    client.on_subscribe = lambda *_: steps.put("subscribed")
    client.on_message = lambda *_: steps.put("returned")
    client.connect(
        parts.hostname or "", parts.port or (8883 if parts.scheme == "mqtts" else 1883), keepalive=10
    )
    client.loop_start()
    try:
        _expect(
            steps, "connected", "the broker took the connection, but not the client (user, password, rights)"
        )
        client.subscribe(topic, qos=1)
        _expect(steps, "subscribed", "the broker does not let us subscribe")
        began_s = monotonic_s()
        client.publish(topic, b"{}", qos=1)
        _expect(steps, "returned", "a message published at QoS 1 did not come back")
        return monotonic_s() - began_s
    finally:
        client.disconnect()
        client.loop_stop()


def _expect(steps: "queue.Queue[str]", wanted: str, otherwise: str) -> None:
    try:
        said = steps.get(timeout=TIMEOUT_S)
    except queue.Empty:
        raise OSError(otherwise) from None
    if said != wanted:
        raise OSError(otherwise)
