"""Download of images from public addresses, and from no others.

A URL from a model or a user is followed to public addresses only. The host name is resolved here, each of its addresses
is checked, and the connection goes to a checked address, not to the name again. No token is ever sent.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import certifi

from admonster_fb.errors import NetworkError, ParameterError, Violation
from admonster_fb.media.image import LARGEST

_PUBLIC = "an address on the public internet"
HOPS = 4  # most redirects that are followed
PORTS = {"http": 80, "https": 443}
_GLOBAL6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32"),
        *("192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "2620:4f:8000::/48"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
"""IANA's special-purpose networks, whole, and the address at which Azure serves its machines (168.63.129.16)."""
_PRIVATE_ENDINGS = frozenset(
    ["localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa", "onion"]
)
_REASONS: dict[type[BaseException], str] = {
    TimeoutError: "it took too long",
    socket.gaierror: "unknown host",
    ssl.SSLCertVerificationError: "its certificate is not trusted",
    http.client.IncompleteRead: "the answer was cut",
}
_NAME = re.compile(r"[\w-]+(\.[\w-]+)+")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BYTES = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""Content types of storage services for files without a known type."""


def is_public(address: str) -> bool:
    """Return whether an IP address is public. An address that contains another address, or has a scope, is not.

    >>> [is_public(address) for address in ("93.184.216.34", "10.0.0.1", "169.254.169.254", "::ffff:93.184.216.34")]
    [True, False, False, False]
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    # Global unicast only: no mapped, compatible, NAT64, Teredo, local or multicast addresses.
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in _GLOBAL6 or ip.scope_id is not None):
        return False
    return ip.is_global and not any(ip in network for network in _NOT_PUBLIC)


def _may_be_public(host: str, net: Net) -> bool:
    """Return whether a host is an allowed address, or a name of the public DNS. Numbers are addresses in disguise."""
    try:
        return bool(ipaddress.ip_address(host)) and net.allows(host)
    except ValueError:
        name = unicodedata.normalize("NFKC", host).replace("\u3002", ".").removesuffix(".").lower()
    last = name.rpartition(".")[2]
    numeric = last.isdigit() or last.startswith("0x")
    return _NAME.fullmatch(name) is not None and not numeric and last not in _PRIVATE_ENDINGS


def _resolve(host: str, port: int) -> list[str]:
    return list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


@dataclass(frozen=True, slots=True)
class Net:
    """How host names are resolved, and which addresses and ports are allowed. Tests replace it."""

    resolve: Callable[[str, int], list[str]] = _resolve
    allows: Callable[[str], bool] = is_public
    ports: frozenset[int] = frozenset(PORTS.values())
    tls: Callable[[], ssl.SSLContext] = field(default=lambda: ssl.create_default_context(cafile=certifi.where()))
    picture: Callable[[str], bytes] | None = None  # returns the content of a URL instead of a request, for a sandbox


INTERNET = Net()


def offline(picture: Callable[[str], bytes]) -> Net:
    """Return a net that resolves and requests nothing. It refuses the same addresses as the internet."""

    def resolve(host: str, _port: int) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            raise socket.gaierror from None

    return Net(resolve, picture=picture)


def check_url(url: str, name: str = "url", net: Net = INTERNET) -> None:
    """Raise `ParameterError` if a URL that Meta is to fetch is not public. A name unknown here is left to Meta."""
    parts = _split(url, name, net)
    try:
        addresses = net.resolve(str(parts.hostname), _port(parts))
    except (OSError, UnicodeError):
        return
    _check_addresses(addresses, parts, name, net)


def fetch(
    url: str, *, max_bytes: int = LARGEST, timeout: float = 30.0, name: str = "url", net: Net = INTERNET
) -> bytes:
    """Return the image at a URL: at most `max_bytes`, within `timeout` seconds in total, with all redirects.

    Raises `ParameterError`, with `name` as its field, if it is no public image, and `NetworkError` if another attempt
    may help. Proxies of the environment are not used: they would resolve the name again.
    """
    if net.picture is not None:
        check_url(url, name, net)
        return net.picture(url)
    ends = time.monotonic() + timeout
    for _ in range(HOPS + 1):
        parts = _split(url, name, net)
        with _request(parts, name, ends, net) as response:
            if response.status not in _REDIRECTS:
                return _content(response, parts, name, max_bytes)
            url = urljoin(url, response.headers.get("Location") or "")
        if parts.scheme == "https" and urlsplit(url).scheme == "http":
            raise _refusal(name, parts, "an address that stays on https")
    raise _refusal(name, parts, f"an address that redirects at most {HOPS} times")


def _split(url: object, name: str, net: Net) -> SplitResult:
    """Return the parts of a URL. Raises `ParameterError` for one that is not followed."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), 0
    if parts.scheme not in PORTS or not parts.hostname or not str(url).isprintable() or " " in str(url):
        shown = str(url).rpartition("@")[2].partition("?")[0]  # without a password and a signature
        raise ParameterError([Violation(name, shown, "an https:// address")])
    if parts.username is not None or parts.password is not None:
        raise _refusal(name, parts, "an address without a user name or password")
    if port not in net.ports:
        raise _refusal(name, parts, "an address on the usual port")
    if not _may_be_public(str(parts.hostname), net):
        raise _refusal(name, parts, _PUBLIC)
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _shown(parts: SplitResult) -> str:
    """Return a URL for messages. Its query may be a signature and is left out."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _refusal(name: str, parts: SplitResult, allowed: str) -> ParameterError:
    return ParameterError([Violation(name, _shown(parts), allowed)])


def _check_addresses(addresses: list[str], parts: SplitResult, name: str, net: Net) -> None:
    """Raise `ParameterError` if any address of a name is private: a connection may take any of them."""
    if not addresses or not all(net.allows(address) for address in addresses):
        raise _refusal(name, parts, _PUBLIC)


@contextmanager
def _request(parts: SplitResult, name: str, ends: float, net: Net) -> Iterator[http.client.HTTPResponse]:
    """Request a URL at a checked address. The connection ends when time is up, whatever it is doing."""
    request = f"GET {_shown(parts)}"
    watch = _Deadline(ends)
    connection = http.client.HTTPConnection(str(parts.hostname), _port(parts))
    connection.default_port = PORTS[parts.scheme]  # so that the Host header does not name a usual port
    try:
        addresses = _in_time(lambda: net.resolve(str(parts.hostname), _port(parts)), ends)
        _check_addresses(addresses, parts, name, net)
        connection.sock = watch.connect(addresses, parts, net)
        query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{query}" if query else "")
        connection.request("GET", target, headers={"Accept": "image/*", "User-Agent": "admonster-fb"})
        with connection.getresponse() as response:
            yield response
        watch.check()
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        failure = TimeoutError() if watch.is_over else error
        text = next((text for kind, text in _REASONS.items() if isinstance(failure, kind)), "no answer")
        reason = f"{type(failure).__name__}: {text}"
    else:
        return
    finally:
        watch.stop()
        connection.close()
    raise NetworkError(reason, request=request)


def _content(response: http.client.HTTPResponse, parts: SplitResult, name: str, max_bytes: int) -> bytes:
    """Return the body of a response that is an image by its headers."""
    if response.status != 200:
        raise _refusal(name, parts, f"a picture; the server answered {response.status}")
    kind = response.headers.get_content_type() if "Content-Type" in response.headers else ""
    if not kind.startswith("image/") and kind not in _BYTES:
        raise _refusal(name, parts, f"a picture; the server sent {kind}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _refusal(name, parts, "a picture that is not compressed once more")
    expected = response.length or 0
    content = b"" if expected > max_bytes else response.read(max_bytes + 1)
    if max(expected, len(content)) > max_bytes:
        raise _refusal(name, parts, f"a picture of at most {max_bytes // 1024**2} MB")
    if not content or len(content) < expected:
        raise http.client.IncompleteRead(content)
    return content


class _Deadline:
    """Ends a connection when time is up: a server that sends one byte at a time could keep it open without end."""

    def __init__(self, ends: float) -> None:
        self._ends = ends
        self._has_cut = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(0.0, ends - time.monotonic()), self._cut)
        self._timer.daemon = True
        self._timer.start()

    @property
    def is_over(self) -> bool:
        """Whether time is up."""
        return self._has_cut or time.monotonic() >= self._ends

    def check(self) -> None:
        """Raise `TimeoutError` if time is up: what was read until then may look whole."""
        if self.is_over:
            raise TimeoutError

    def connect(self, addresses: list[str], parts: SplitResult, net: Net) -> socket.socket:
        """Connect to the first address that accepts."""
        for number, address in enumerate(addresses, 1):
            self.check()
            try:
                plain = socket.create_connection((address, _port(parts)), self._ends - time.monotonic())
                break
            except OSError:
                if number == len(addresses):
                    raise
        self._socket = plain
        if parts.scheme == "https":
            secured = net.tls().wrap_socket(plain, server_hostname=parts.hostname, do_handshake_on_connect=False)
            self._socket = secured
            secured.do_handshake()
        return self._socket

    def _cut(self) -> None:
        self._has_cut = True
        if self._socket is not None:
            with suppress(OSError):  # closed in the meantime
                # Of the plain socket: a shutdown of TLS would remove the state that the reading thread uses.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def stop(self) -> None:
        """Close the connection."""
        self._timer.cancel()
        if self._socket is not None:
            self._socket.close()


def _in_time(work: Callable[[], list[str]], ends: float) -> list[str]:
    """Return the result of `work`. Raises `TimeoutError` when time is up: a resolver has a longer timeout."""
    found: Future[list[str]] = Future()

    def run() -> None:
        try:
            found.set_result(work())
        except Exception as error:  # noqa: BLE001 - raised by the thread that waits
            found.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return found.result(max(0.0, ends - time.monotonic()))
