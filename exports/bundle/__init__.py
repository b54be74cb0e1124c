"""The evidence bundle of an alert: making one, checking one, and judging again what it holds. Pure: bytes in, bytes out."""
