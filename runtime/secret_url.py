"""A URL that may hold a password, and never prints it.

Printing, logging and tracebacks show the masked form; only `reveal` gives the whole.
"""

from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

MASK = "***"
SECRET_PARAMETERS = frozenset({"password", "sslpassword"})


class SecretUrl:
    """A URL whose text form hides the password."""

    def __init__(self, url: str) -> None:
        """Keep `url`; raises ValueError if it is no URL."""
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for a port that is none
        self._url = url
        self._parts = parts

    def reveal(self) -> str:
        """The URL with its password, for the one place that connects."""
        return self._url

    @property
    def scheme(self) -> str:
        return self._parts.scheme

    @property
    def host(self) -> str | None:
        return self._parts.hostname

    @property
    def port(self) -> int | None:
        return self._parts.port

    @property
    def credentials(self) -> tuple[str, str]:
        """User and password as they are, each empty where there is none."""
        return unquote(self._parts.username or ""), unquote(self._parts.password or "")

    def __bool__(self) -> bool:
        return bool(self._url)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretUrl) and other._url == self._url

    def __hash__(self) -> int:
        return hash(self._url)

    def __str__(self) -> str:
        return _masked(self._parts)

    def __repr__(self) -> str:
        return f"SecretUrl({str(self)!r})"


def _masked(parts: SplitResult) -> str:
    netloc = parts.netloc
    if parts.password is not None:
        credentials, _, place = netloc.rpartition("@")
        netloc = f"{credentials.partition(':')[0]}:{MASK}@{place}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(k, MASK if k in SECRET_PARAMETERS else v) for k, v in pairs], safe="*/")
    return urlunsplit(parts._replace(netloc=netloc, query=query))
