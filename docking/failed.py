"""An attempt to send something that came to nothing."""


class Failed(Exception):  # noqa: N818 -- says what happened
    """It was not sent: `code` for the page, and `is_passing` where another try may do."""

    def __init__(self, code: str, detail: str = "", *, is_passing: bool) -> None:
        """Say why."""
        super().__init__(detail)
        self.code = code
        self.is_passing = is_passing
