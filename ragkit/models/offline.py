"""The promise to stay on this machine: no socket beyond loopback."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

from ragkit.errors import OfflineError

_HUB_SWITCHES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_METHODS = ("connect", "connect_ex", "sendto", "sendmsg")
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
_LOOPBACK_NAMES = ("", "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
_MARK = "_ragkit_guard"

_Function = Callable[..., Any]


def is_offline() -> bool:
    """Whether `RAGKIT_OFFLINE` is set (to anything but 0, false, no, off) or `forbid_network` was called."""
    setting = os.environ.get("RAGKIT_OFFLINE", "").strip().lower()
    return setting not in ("", "0", "false", "no", "off") or hasattr(socket.socket.connect, _MARK)


def forbid_network() -> None:
    """From now on every socket of this process beyond loopback raises `OfflineError`.

    Unix sockets, listening, and connections to this machine stay allowed; a second call changes nothing.
    Libraries that open sockets in native code are told by `HF_HUB_OFFLINE` and `TRANSFORMERS_OFFLINE`.
    """
    for switch in _HUB_SWITCHES:
        os.environ[switch] = "1"
    for name in _METHODS:
        _guard(socket.socket, name, _guarded_method)
    for name in _LOOKUPS:
        _guard(socket, name, _guarded_lookup)


def allow_network() -> None:
    """Undoes `forbid_network`; harmless where it was not called."""
    for owner, names in ((socket.socket, _METHODS), (socket, _LOOKUPS)):
        for name in names:
            function = getattr(owner, name)
            if hasattr(function, _MARK):
                setattr(owner, name, function.__wrapped__)
    for switch in _HUB_SWITCHES:
        os.environ.pop(switch, None)


@contextlib.contextmanager
def network_forbidden() -> Iterator[None]:
    """`forbid_network` for the length of a `with` block; nested blocks are harmless."""
    already = hasattr(socket.socket.connect, _MARK)
    before = {switch: os.environ.get(switch) for switch in _HUB_SWITCHES}
    forbid_network()
    try:
        yield
    finally:
        if not already:
            allow_network()
            os.environ.update({switch: value for switch, value in before.items() if value is not None})


def _guard(owner: object, name: str, make: Callable[[_Function], _Function]) -> None:
    function = getattr(owner, name)
    if not hasattr(function, _MARK):
        guarded = make(function)
        setattr(guarded, _MARK, True)
        setattr(owner, name, guarded)


def _guarded_method(function: _Function) -> _Function:
    """`connect(address)`, `sendto(data, [flags,] address)`, `sendmsg(.., address)`: the address is last."""

    @functools.wraps(function)
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1] if arguments else None
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            require_loopback(address[0])
        return function(self, *arguments)

    return guarded


def _guarded_lookup(function: _Function) -> _Function:
    @functools.wraps(function)
    def guarded(host: str | bytes | None, *arguments: Any, **options: Any) -> Any:
        if host is not None and _address(_decoded(host)) is None:
            require_loopback(host)
        return function(host, *arguments, **options)

    return guarded


def require_loopback(host: object) -> None:
    """Raises `OfflineError` for a host that is not this machine."""
    name = _decoded(host)
    if not is_loopback(name):
        raise OfflineError(
            f"ragkit is offline and refused a connection to {name!r}. Use a model or server on this machine, "
            "or go online: leave out --offline and unset RAGKIT_OFFLINE."
        )


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine."""
    address = _address(host)
    if address is None:
        return host.rstrip(".").lower() in _LOOPBACK_NAMES or host.lower().endswith(".localhost")
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _decoded(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
