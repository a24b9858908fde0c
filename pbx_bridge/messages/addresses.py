"""Where a web hook may lead: to the internet, and not to the machines beside us.

Whoever may write a web hook could otherwise have us ask the PBX, a router or a cloud's own
services in his name. It is the address that is connected to that is looked at, not the name in
the URL: a name can be pointed elsewhere at any time.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

_NAT64: Final = IPv6Network("64:ff9b::/96")

Connect = Callable[[Any], socket.socket]
"""From what ``getaddrinfo`` says of one address to a socket for it."""


class ForbiddenAddress(OSError):  # noqa: N818 - a property of the address
    """The address is none of the internet's."""


def public_socket(address: Any) -> socket.socket:
    """A socket for this address; ForbiddenAddress unless it is one of the internet."""
    host = address[4][0]
    if not is_public(host):
        raise ForbiddenAddress(
            errno.EACCES,
            f"{host} is a private address; [web_hooks] allow_private = true would allow it",
        )
    return any_socket(address)


def any_socket(address: Any) -> socket.socket:
    """A socket for this address."""
    family, kind, protocol, _, _ = address
    return socket.socket(family=family, type=kind, proto=protocol)


def is_public(host: str) -> bool:
    """Whether an address in numbers is the internet's: not private, link-local, loopback, …

    An IPv4 address inside an IPv6 one is looked at too.
    """
    address = ip_address(host.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in _and_inner(address))


def _and_inner(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFF_FFFF)]
    if address.sixtofour is not None:
        return [address, address.sixtofour]
    if address.teredo is not None:
        return [address, *address.teredo]
    return [address]
