"""Addresses that we may send to: what an URL has to be like, and which IP addresses are refused.

A city's platforms stand in its intranet, so private addresses are allowed. Link-local ones are not, nor those at
which clouds tell a machine its credentials: nobody's receiver is there.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

LONGEST = 2000

# RFC 3927 §2.1 and RFC 4291 §2.5.6: link-local; there is the metadata service of most clouds, too.
# 100.100.100.200 and 168.63.129.16 are those of Alibaba Cloud and Azure, the last two those of AWS and Google.
_REFUSED = tuple(
    ip_network(one)
    for one in (
        "169.254.0.0/16", "fe80::/10", "100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128",
    )
)  # fmt: skip

_NAT64 = ip_network("64:ff9b::/96")
"""RFC 6052 §2.1: addresses of IPv6 that a gateway leads to one of IPv4."""


def is_refused_address(text: str) -> bool:
    """Tell whether nothing is sent to an IP address; raises ValueError for what is none."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or _behind_nat64(address) or address
    return (
        address.is_multicast
        or address.is_unspecified
        or any(address.version == net.version and address in net for net in _REFUSED)
    )


def _behind_nat64(address: IPv6Address) -> IPv4Address | None:
    return IPv4Address(address.packed[12:]) if address in _NAT64 else None


def why_unfit(url: str) -> str | None:
    """Why nothing can be sent to an URL, as a code; None where it can."""
    if len(url) > LONGEST or any(one <= " " or one == "\x7f" for one in url):
        return "unreadable"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "unreadable"
    if parts.scheme not in ("http", "https"):
        return "scheme"
    if not parts.hostname or port == 0:
        return "host"
    if parts.username is not None or parts.password is not None:
        return "credentials"
    if parts.fragment:
        return "fragment"
    return _why_unfit_host(parts.hostname)


def _why_unfit_host(host: str) -> str | None:
    try:
        return "address" if is_refused_address(host) else None
    except ValueError:  # a name, which is looked at when it is looked up
        return None
