"""The one exception of this protocol's decoding."""


class Hj212Error(ValueError):
    """A segment that cannot be used; `reason` is a short code, the text says what is wrong."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the code beside the text."""
        super().__init__(detail)
        self.reason = reason
