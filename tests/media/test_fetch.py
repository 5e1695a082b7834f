"""Pictures fetched from URLs: which addresses are refused, how redirects, sizes and time are bounded."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tables import table

from admonster_fb import NetworkError, ParameterError
from admonster_fb.media import check_url, fetch, web
from admonster_fb.media.web import Net, is_public
from admonster_fb.sandbox import png

Act = Callable[[socket.socket], None]
PICTURE = png(2, 2)
NAME = "pictures.example"


def answer(body: bytes = PICTURE, status: str = "200 OK", kind: str = "image/png", **headers: str) -> bytes:
    named = {"Content_Type": kind, "Content_Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, Location=to)


@dataclass
class Host:
    """A server on loopback: answers what the path has in `pages`, and keeps what it was asked."""

    pages: dict[str, bytes | Act] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str = "/a.png", name: str = NAME, scheme: str = "http") -> str:
        return f"{scheme}://{name}:{self.port}{path}"

    def net(self, resolve: Callable[[str, int], list[str]] | None = None) -> Net:
        """The internet, but for this server: its address passes for public, and its port for the usual one."""
        return Net(
            resolve or (lambda _host, _port: ["127.0.0.1"]),
            lambda address: address == "127.0.0.1" or is_public(address),
            frozenset({80, 443, self.port}),
        )


@contextmanager
def served(address: str = "127.0.0.1", port: int = 0, context: ssl.SSLContext | None = None) -> Iterator[Host]:
    listener = socket.create_server((address, port))
    host = Host(port=listener.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        try:
            with connection, context.wrap_socket(connection, server_side=True) if context else connection as line:
                head = line.recv(65536).decode()
                host.asked.append(head)
                page = host.pages.get(head.split(" ")[1], answer(b"", "404 Not Found"))
                page(line) if callable(page) else line.sendall(page)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.fixture
def host() -> Iterator[Host]:
    with served() as host:
        yield host


def test_a_picture_comes_back_whole(host: Host) -> None:
    host.pages["/a%20b.png?size=1&sig=x%2Fy"] = answer()
    assert fetch(host.url("/a%20b.png?size=1&sig=x%2Fy"), net=host.net()) == PICTURE
    assert f"Host: {NAME}:{host.port}\r\n" in host.asked[0]
    assert "authorization" not in host.asked[0].lower()
    assert "cookie" not in host.asked[0].lower()


def test_paths_may_hold_more_than_ascii(host: Host) -> None:
    host.pages["/f%C3%BC%C3%9Fe%F0%9F%91%9F.png"] = answer()
    assert fetch(host.url("/füße👟.png"), net=host.net()) == PICTURE


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.88.99.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.175.48.1",
    "2620:4f:8000::1",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:93.184.216.34",
    "64:ff9b::7f00:1",
    "64:ff9b::5db8:d822",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "2606:4700::1%eth0",
    "2606:4700::1%25",
    "2001:1::1",
    "2001:20::1",
    "3fff::1",
    "fd00::",
    "fd20:ce::254",
    "5f00::1",
    "64:ff9b:1::1",
    "::a9fe:a9fe",
    "no address",
    "",
    "ff02::1",
    "100::1",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:2800:220:1:248:1893:25c8:1946"]


CALLS: list[Callable[..., object]] = [fetch, check_url]


def refused(call: Callable[..., object], url: str, reason: str, **options: object) -> bool:
    """Whether a call refuses a URL for a reason."""
    try:
        call(url, **options)
    except ParameterError as error:
        return reason in str(error) and "hunter2" not in str(error)
    return False


@pytest.mark.thorough
def test_fetch_private_address_is_refused_before_any_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("connected"))
    url, reason = "https://pictures.example/a.png", "address on the public internet"
    assert [address for address in PRIVATE if is_public(address)] == []
    accepted = [
        (call.__name__, address)
        for call in CALLS
        for address in PRIVATE
        if not refused(call, url, reason, net=Net(lambda _host, _port, address=address: [address]))  # type: ignore[misc]
    ]
    assert accepted == []


@table("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)
    check_url("https://pictures.example/a.png", net=Net(lambda _host, _port: [address]))


def test_one_private_address_among_others_is_enough() -> None:
    net = Net(lambda _host, _port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(ParameterError, match="public internet"):
        fetch("https://pictures.example/a.png", net=net)


NOTATIONS = [
    "localhost",
    "LOCALHOST",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "127.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "LOCALHOST.",
    "localhost.localdomain",
    "127.0.0.1.",
    "2130706433.",
    "0177.0.0.1",
    "127.0.0.0x1",
    "0x7f000001.",
    "127.0.0.1.127",
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "127\u30020\u30020\u30021",
    "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
    "intranet",
    "metadata.google.internal",
    "printer.local",
    "1.0.0.127.in-addr.arpa",
    "0.0.0.0",
    "192.0.0.192",
    "168.63.129.16",
    "100.64.0.1",
    "[fe80::1%eth0]",
    "[fe80::1%25eth0]",
    "[2606:4700::1%eth0]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fd00::]",
]


def test_fetch_private_address_in_another_notation_is_refused() -> None:
    """By the machine's own resolver, as in use."""
    rows = [(call, f"http://{host}/latest/meta-data/") for call in CALLS for host in NOTATIONS]
    assert [row for row in rows if not refused(*row, "public internet")] == []


def test_private_address_is_refused_where_nothing_can_be_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver without an answer leaves a public name to Meta, and nothing else."""

    def fails(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    rows = [(call, f"http://{host}/latest/meta-data/") for call in CALLS for host in NOTATIONS]
    assert [row for row in rows if not refused(*row, "public internet")] == []
    for name in ("pictures.example", "pictures.example.", "xn--bcher-kva.example", "bücher.example", "a_b.c-d.example"):
        check_url(f"https://{name}/a.png")


REFUSED = [
    ("ftp://pictures.example/a.png", "https://"),
    ("file:///etc/passwd", "https://"),
    ("gopher://127.0.0.1:6379/_x", "https://"),
    ("data:image/png;base64,AAAA", "https://"),
    ("//pictures.example/a.png", "https://"),
    ("pictures.example/a.png", "https://"),
    ("https://", "https://"),
    ("https:///a.png", "https://"),
    ("", "https://"),
    ("https://pictures.example:port/", "https://"),
    ("https://[::1/", "https://"),
    ("https://pictures.example/a.png\r\nX: y", "https://"),
    ("https://pictures.example/a b.png", "https://"),
    ("https://user:hunter2@pictures.example/a.png", "without a user name"),
    ("https://user@pictures.example/a.png", "without a user name"),
    ("https://pictures.example\\@127.0.0.1/a.png", "without a user name"),
    ("https://pictures.example:8443/a.png", "usual port"),
    ("http://pictures.example:22/a.png", "usual port"),
]


def test_fetch_url_of_another_kind_is_refused_before_resolution() -> None:
    net = Net(lambda _host, _port: pytest.fail("resolved"))
    rows = [(call, url, reason) for call in CALLS for url, reason in REFUSED]
    assert [row for row in rows if not refused(*row, name="image_url", net=net)] == []
    with pytest.raises(ParameterError) as caught:
        fetch(REFUSED[0][0], name="image_url", net=net)
    assert [violation.field for violation in caught.value.violations] == ["image_url"]


@table("given", [None, 5, b"https://pictures.example/a.png", ["https://pictures.example"]])
def test_what_is_no_text(given: object) -> None:
    with pytest.raises(ParameterError, match="https://"):
        fetch(given)  # type: ignore[arg-type]


def test_a_password_in_a_url_that_is_refused_is_not_told() -> None:
    with pytest.raises(ParameterError) as caught:
        fetch("ftp://user:hunter2@pictures.example/a.png?sig=5ec12e7")
    assert "hunter2" not in str(caught.value)
    assert "5ec12e7" not in str(caught.value)


@pytest.mark.thorough
@table("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"], fresh=True)
def test_redirects_are_followed(host: Host, status: str) -> None:
    host.pages = {"/a.png": redirect("/b/c.png", status), "/b/c.png": redirect(host.url("/d.png"), status)}
    host.pages["/d.png"] = answer()
    assert fetch(host.url(), net=host.net()) == PICTURE
    assert len(host.asked) == 3


@table(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "//192.168.0.1/a.png",
        "file:///etc/passwd",
        "ftp://pictures.example/a.png",
        "http://user:pw@pictures.example/a.png",
        "http://pictures.example:6379/",
    ],
    fresh=True,
)
def test_redirects_to_what_is_refused(host: Host, to: str) -> None:
    def resolve(name: str, port: int) -> list[str]:
        own = (
            [address.replace("127.0.0.1", "127.0.0.2") for address in web._resolve(name, port)] if name != NAME else []
        )
        return own or ["127.0.0.1"]

    host.pages["/a.png"] = redirect(to)
    with pytest.raises(ParameterError):
        fetch(host.url(), net=host.net(resolve))
    assert len(host.asked) == 1


def test_redirects_end(host: Host) -> None:
    host.pages["/a.png"] = redirect("/a.png")
    with pytest.raises(ParameterError, match="redirects at most 4 times"):
        fetch(host.url(), net=host.net())
    assert len(host.asked) == 5


def test_a_redirect_without_an_address_goes_round_in_circles(host: Host) -> None:
    host.pages["/a.png"] = answer(b"", "302 Found")
    with pytest.raises(ParameterError, match="redirects at most 4 times"):
        fetch(host.url(), net=host.net())


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked(host: Host) -> None:
    """DNS rebinding: the second answer would lead elsewhere, where another server waits."""
    with served("127.0.0.2", host.port) as other:
        host.pages["/a.png"], other.pages["/a.png"] = answer(), answer(b"secret")
        answers = iter([["127.0.0.1"], ["127.0.0.2"]])
        assert fetch(host.url(), net=host.net(lambda _host, _port: next(answers))) == PICTURE
        assert other.asked == []
        assert next(answers) == ["127.0.0.2"], "the name was resolved once"


def test_each_hop_is_resolved_and_checked_anew(host: Host) -> None:
    host.pages["/a.png"] = redirect("/b.png")
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    with pytest.raises(ParameterError, match="public internet"):
        fetch(host.url(), net=host.net(lambda _host, _port: next(answers)))
    assert len(host.asked) == 1


def test_addresses_are_tried_in_order(host: Host) -> None:
    host.pages["/a.png"] = answer()
    net = Net(lambda _host, _port: ["127.0.0.3", "127.0.0.1"], lambda _address: True, frozenset({host.port}))
    real = socket.create_connection
    with pytest.MonkeyPatch.context() as patch:
        # Nobody listens at .3; the tests' own guard would not let us try.
        patch.setattr(socket, "create_connection", lambda to, wait: real(to, wait) if to[0][-1] == "1" else refuse())
        assert fetch(host.url(), net=net) == PICTURE


def refuse() -> socket.socket:
    raise ConnectionRefusedError(111, "Connection refused")


def test_too_large_by_its_own_word(host: Host) -> None:
    host.pages["/a.png"] = answer(b"", Content_Length=str(31 * 1024**2))
    with pytest.raises(ParameterError, match="at most 30 MB"):
        fetch(host.url(), net=host.net())


@pytest.mark.parametrize("headers", [{"Content_Length": ""}, {"Content_Length": "", "Transfer_Encoding": "chunked"}])
def test_too_large_without_saying_so(host: Host, headers: dict[str, str]) -> None:
    def endless(line: socket.socket) -> None:
        line.sendall(answer(b"", **headers))
        block = b"10000\r\n" + bytes(65536) + b"\r\n" if "Transfer_Encoding" in headers else bytes(65536)
        while True:
            line.sendall(block)
            sent.append(len(block))

    sent: list[int] = []
    host.pages["/a.png"] = endless
    with pytest.raises(ParameterError, match="at most 1 MB"):
        fetch(host.url(), max_bytes=1024**2, net=host.net())
    assert sum(sent) < 16 * 1024**2


def test_exactly_as_large_as_may_be(host: Host) -> None:
    host.pages["/a.png"] = answer(bytes(1000))
    assert len(fetch(host.url(), max_bytes=1000, net=host.net())) == 1000
    with pytest.raises(ParameterError):
        fetch(host.url(), max_bytes=999, net=host.net())


@table(
    ("page", "told"),
    [
        (answer(b"<html>", kind="text/html; charset=utf-8"), "the server sent text/html"),
        (answer(b"{}", kind="application/json"), "the server sent application/json"),
        (answer(b"", "404 Not Found"), "the server answered 404"),
        (answer(b"", "403 Forbidden"), "the server answered 403"),
        (answer(b"", "500 Oops"), "the server answered 500"),
        (answer(b"", "204 No Content"), "the server answered 204"),
        (answer(b"x", Content_Encoding="gzip"), "not compressed"),
    ],
    fresh=True,
)
def test_what_is_no_picture(host: Host, page: bytes, told: str) -> None:
    host.pages["/a.png?sig=5ec12e7"] = page
    with pytest.raises(ParameterError, match=told) as caught:
        fetch(host.url("/a.png?sig=5ec12e7"), net=host.net())
    assert "5ec12e7" not in str(caught.value)


@table("kind", ["image/jpeg", "IMAGE/PNG", "application/octet-stream", "binary/octet-stream", ""], fresh=True)
def test_types_that_pictures_come_as(host: Host, kind: str) -> None:
    host.pages["/a.png"] = answer(kind=kind)
    assert fetch(host.url(), net=host.net()) == PICTURE


def drip(before: bytes) -> Act:
    """Send a beginning, and then a byte now and again: no single wait is long."""

    def act(line: socket.socket) -> None:
        line.sendall(before)
        while True:
            line.sendall(b"x")
            time.sleep(0.02)

    return act


@pytest.mark.thorough
@table(
    "page",
    [
        drip(answer(b"", Content_Length="100000")),
        drip(answer(b"", Content_Length="")),
        drip(b"HTTP/1.1 200 OK\r\nX-Long: "),
        drip(b""),
        lambda line: line.recv(1),
    ],
    ids=["body", "body without an end", "headers", "status", "silence"],
    fresh=True,
)
def test_time_is_bounded_as_a_whole(host: Host, page: Act) -> None:
    host.pages["/a.png"] = page
    began = time.monotonic()
    with pytest.raises(NetworkError, match="it took too long"):
        fetch(host.url(), timeout=0.3, net=host.net())
    assert time.monotonic() - began < 2


def test_redirects_share_the_time(host: Host) -> None:
    def slow(line: socket.socket) -> None:
        time.sleep(0.2)
        line.sendall(redirect("/a.png"))

    host.pages["/a.png"] = slow
    with pytest.raises(NetworkError, match="it took too long"):
        fetch(host.url(), timeout=0.5, net=host.net())
    assert len(host.asked) <= 3


def test_a_resolver_that_does_not_answer(host: Host) -> None:
    waiting = threading.Event()
    net = host.net(lambda _host, _port: ["127.0.0.1"] if waiting.wait(5) else [])
    began = time.monotonic()
    with pytest.raises(NetworkError, match="it took too long"):
        fetch(host.url(), timeout=0.2, net=net)
    assert time.monotonic() - began < 2
    waiting.set()


def unknown(_host: str, _port: int) -> list[str]:
    raise socket.gaierror(-2, "Name or service not known")


def test_an_unknown_name(host: Host) -> None:
    with pytest.raises(NetworkError, match="unknown host"):
        fetch(host.url(), net=host.net(unknown))
    check_url(host.url(), net=host.net(unknown))  # Meta may know it


@table(
    "page",
    [answer(PICTURE, Content_Length="5000"), b"", b"nonsense\r\n\r\n", answer(b""), b"HTTP/1.1 200 OK\r\nContent-Le"],
    ids=["cut", "closed", "nonsense", "empty", "half a header"],
    fresh=True,
)
def test_connections_that_break(host: Host, page: bytes) -> None:
    host.pages["/a.png"] = page
    with pytest.raises(NetworkError, match="GET http://pictures"):
        fetch(host.url("/a.png"), net=host.net())


def test_the_environment_s_proxy_is_not_used(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.pages["/a.png"] = answer()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.9:1")
    assert fetch(host.url(), net=host.net()) == PICTURE


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for pictures.example, which is its own authority."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    file = tmp_path_factory.mktemp("tls") / "cert.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={NAME} -addext subjectAltName=DNS:{NAME}"
    made = ["-keyout", file, "-out", file.with_suffix(".crt")]
    subprocess.run(["openssl", *words.split(), *made], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + file.with_suffix(".crt").read_bytes())
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[Host, Net]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with served(context=context) as host:
        net = host.net()
        trusting = Net(net.resolve, net.allows, net.ports, lambda: ssl.create_default_context(cafile=certificate))
        yield host, trusting


@pytest.mark.thorough
def test_https_goes_by_the_name_and_to_the_address(secure: tuple[Host, Net]) -> None:
    host, net = secure
    host.pages["/a.png"] = answer()
    assert fetch(host.url(scheme="https"), net=net) == PICTURE
    assert f"Host: {NAME}:{host.port}" in host.asked[0]
    with pytest.raises(NetworkError, match="certificate is not trusted"):
        fetch(host.url(scheme="https", name="other.example"), net=net)
    with pytest.raises(NetworkError, match="certificate is not trusted"):
        fetch(host.url(scheme="https"), net=host.net())
    assert len(host.asked) == 1


def test_https_is_not_left(secure: tuple[Host, Net]) -> None:
    host, net = secure
    host.pages["/a.png"] = redirect("http://other.example/a.png")
    with pytest.raises(ParameterError, match="stays on https"):
        fetch(host.url(scheme="https"), net=net)


def test_a_handshake_that_never_ends(host: Host) -> None:
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        net = Net(lambda _host, _port: ["127.0.0.1"], lambda _address: True, frozenset({port}))
        with pytest.raises(NetworkError, match="it took too long"):
            fetch(f"https://{NAME}:{port}/a.png", timeout=0.3, net=net)
    assert time.monotonic() - began < 2


def test_nothing_is_left_behind(host: Host) -> None:
    host.pages["/a.png"] = answer()
    before = threading.active_count()
    for _ in range(20):
        fetch(host.url(), net=host.net())
    time.sleep(0.05)
    assert threading.active_count() <= before + 2
