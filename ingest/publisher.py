"""An MQTT connection of its own to publish alerts by: the sessions that receive go from worker to worker."""

import contextlib

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from ingest.broker_url import address, authenticate

PUBLISH_TIMEOUT_S = 5.0


class Publisher:
    """Publishes at QoS 1, connecting again by itself. Whoever connects next with its id takes its place."""

    def __init__(self, broker_url: str, client_id: str) -> None:
        """Connect with `start`."""
        self._address = address(broker_url)
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311
        )
        authenticate(self._client, broker_url)

    def start(self) -> None:
        """Connect, and keep connecting, in a thread of its own."""
        self._client.connect_async(*self._address)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands at this moment."""
        return self._client.is_connected()

    def publish(self, topic: str, payload: bytes) -> bool:
        """Publish and wait for the acknowledgement; False if it does not come."""
        if not self._client.is_connected():
            return False
        info = self._client.publish(topic, payload, qos=1)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        with contextlib.suppress(RuntimeError):
            info.wait_for_publish(PUBLISH_TIMEOUT_S)
        return info.is_published()
