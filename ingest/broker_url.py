"""What a broker's URL says to an MQTT client: where it is, who we are, and whether to use TLS."""

from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client


def address(broker_url: str) -> tuple[str, int]:
    """Host and port."""
    parts = urlsplit(broker_url)
    return parts.hostname or "127.0.0.1", parts.port or (8883 if parts.scheme == "mqtts" else 1883)


def authenticate(client: Client, broker_url: str) -> None:
    """Set user, password and TLS."""
    parts = urlsplit(broker_url)
    if parts.username is not None:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set()
