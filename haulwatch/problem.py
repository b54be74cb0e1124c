"""What a command says when it cannot go on: one line, and what to do about it."""

USAGE = 2
FAILED = 1


class CommandError(Exception):
    """An expected failure of a command; printed as one line without a traceback."""

    def __init__(self, message: str, *, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code
