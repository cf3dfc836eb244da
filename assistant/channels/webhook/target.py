"""Keeps replies from being sent into private networks by whoever sets the address."""

import ipaddress
import socket
from urllib.parse import urlsplit

from assistant.channels.contract import SendError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def check(url: str, *, allow_private: bool) -> None:
    """Raises SendError unless `url` is https and every address of its host is public.

    With `allow_private` any http or https address will do.
    """
    # The host is resolved once more when the connection is made, so that a name may by then mean another address. The
    # connection cannot be held to the one seen here, since its certificate is for the name; but for the same reason
    # a private host that is reached in this way cannot prove to be the name, and nothing is sent to it.
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port, parts = "", 0, urlsplit("")
    schemes = ("https", "http") if allow_private else ("https",)
    # Nothing that another reader of addresses could take for another host.
    odd = (
        not url.isascii()
        or not url.isprintable()
        or any(character in url for character in " \\")
        or "@" in parts.netloc
    )
    if parts.scheme not in schemes or not host or odd:
        raise SendError(f"reply_url: got something else, expected an address that begins with {' or '.join(schemes)}")
    if allow_private:
        return
    for address in _resolve(host, port):
        if not is_public(address):
            raise SendError("reply_url: got an address in a private network, expected a public one or allow_private")


def is_public(address: Address) -> bool:
    """True for an address of the public internet, also when it is written within one of another kind."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in NAT64:  # what networks without IPv4 are given for hosts with nothing else
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour is not None or address.teredo is not None:  # nobody's host any more
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise SendError("reply_url: got a host that is no name, expected one") from None
    except OSError:  # nothing was sent, and names come back
        raise SendError("reply_url: got a host that is not known, expected one", passing=True) from None
    return [ipaddress.ip_address(entry[4][0]) for entry in found]
