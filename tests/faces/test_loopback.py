"""The listener of a sign-in: both addresses of localhost, one request with our state, a time-out, no code anywhere."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from tables import table

from admonster_fb.auth.callback_server import Listener, NoAnswer, listen
from admonster_fb.errors import AuthenticationError, FacebookAdsError

CODE = "AQDsecretcode0123456789"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


ADDRESSES = ["127.0.0.1", *(["::1"] if has_ipv6() else [])]


def asked(port: int, path: str, host: str | None = None, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, headers={"Host": host or f"localhost:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def port_of(listener: Listener[str]) -> int:
    return urlsplit(listener.redirect_uri).port or 0


@contextmanager
def listening(finish: Callable[[str], str] = str) -> Iterator[Listener[str]]:
    """Listen for the redirect of a login whose state is `s`."""
    with listen(finish) as listener:
        listener.expect("https://www.facebook.com/v26.0/dialog/oauth?client_id=1&state=s")
        yield listener


@contextmanager
def waiting(finish: Callable[[str], str] = str) -> Iterator[tuple[int, list[object]]]:
    """Wait for an answer as the command does; yields the port and what came of it."""
    came: list[object] = []

    def wait() -> None:
        try:
            came.append(listener.wait(5))
        except Exception as error:  # noqa: BLE001 - looked at by the test
            came.append(error)

    with listening(finish) as listener:
        thread = threading.Thread(target=wait)
        thread.start()
        yield port_of(listener), came
        thread.join(5)


def test_it_gives_the_address_to_who_waits_and_a_page_to_the_browser() -> None:
    with waiting() as (port, came):
        status, page = asked(port, f"/callback?code={CODE}&state=s")
    assert came == [f"http://localhost:{port}/callback?code={CODE}&state=s"]
    assert status == 200
    assert "Signed in" in page
    assert "go back to the terminal" in page
    assert CODE not in page


@pytest.mark.block_network(allowed_hosts=[r"127\.0\.0\.\d$", "::1$"])
def test_it_is_bound_to_both_addresses_of_localhost_and_nothing_else() -> None:
    with listening() as listener:
        port = port_of(listener)
        for ours in ADDRESSES:
            socket.create_connection((ours, port), timeout=2).close()
            with socket.socket(socket.AF_INET6 if ":" in ours else socket.AF_INET) as stranger, pytest.raises(OSError):  # noqa: PT011
                stranger.bind((ours, port))
        with pytest.raises(OSError):  # noqa: PT011 - refused, or no such address, as the system has it
            socket.create_connection(("127.0.0.2", port), timeout=2)


@pytest.mark.block_network(allowed_hosts=[r"127\.0\.0\.1$", "::1$"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_answer_may_come_to_each_address(address: str) -> None:
    with waiting() as (port, came):
        connection = http.client.HTTPConnection(address, port, timeout=5)
        connection.request("GET", "/callback?state=s&code=1", headers={"Host": f"localhost:{port}"})
        assert connection.getresponse().status == 200
        connection.close()
    assert came == [f"http://localhost:{port}/callback?state=s&code=1"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_port_that_a_stranger_has_on_one_address_is_refused(address: str) -> None:
    with socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(FacebookAdsError, match=rf"port {port} .* not free.*--port"), listen(str, port):
            pass


FOREIGN = [
    "",
    "code=1",
    "code=1&state=",
    "code=1&state=x",
    "code=1&state=s&state=x",
    "code=1&state=x&state=s",
    "code=1&STATE=s",
]
ERRORS = ["error=access_denied", "error=x&error_description=Call+0900+now", "error=x&error_message=Call&state=x"]


@table("query", [*FOREIGN, *ERRORS], fresh=True)
def test_a_request_without_our_state_is_not_the_end_of_the_login(
    query: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with waiting() as (port, came):
        status, page = asked(port, f"/callback?{query}")
        assert (status, came) == (404, [])
        assert "Call" not in page
        assert asked(port, "/callback?state=s&error=access_denied")[0] == 200
    assert came == [f"http://localhost:{port}/callback?state=s&error=access_denied"]
    assert "Call" not in "".join(capsys.readouterr())


def test_before_there_is_a_link_nothing_is_accepted() -> None:
    with listen(str) as listener:
        for query in ("", "state=", "code=1&state=s"):
            assert asked(port_of(listener), f"/callback?{query}")[0] == 404


def test_only_the_first_answer_counts() -> None:
    heard: list[str] = []

    def finish(url: str) -> str:
        heard.append(url)
        time.sleep(0.2)  # the others come while this one is worked on
        return url

    with listening(finish) as listener:
        port = port_of(listener)
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda n=n: answers.append(asked(port, f"/callback?state=s&code={n}")[0]))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        won = listener.wait(5)
        for thread in threads:
            thread.join()
    assert heard == [won]
    assert sorted(answers) == [200] + [404] * 7


def test_after_the_answer_the_door_is_shut() -> None:
    with waiting() as (port, _):
        asked(port, "/callback?state=s&code=1")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=2)


@pytest.mark.thorough
@table(
    ("path", "host"),
    [
        ("/favicon.ico", None),
        ("/", None),
        ("/callback/../x", None),
        ("/callback?state=s&code=1", "evil.example:80"),
        ("/callback?state=s&code=1", "localhost"),
    ],
    fresh=True,
)
def test_other_requests_are_turned_away_and_the_wait_goes_on(path: str, host: str | None) -> None:
    with waiting() as (port, came):
        assert asked(port, path, host)[0] == 404
        assert asked(port, "/callback?state=s&code=1", method="POST")[0] == 501
        assert came == []
        assert asked(port, "/callback?state=s&code=2", f"127.0.0.1:{port}")[0] == 200
    assert came == [f"http://localhost:{port}/callback?state=s&code=2"]


def test_a_connection_that_says_nothing_does_not_keep_the_answer_out() -> None:
    with waiting() as (port, came), socket.create_connection(("127.0.0.1", port)):
        assert asked(port, "/callback?state=s&code=1")[0] == 200
    assert len(came) == 1


def test_an_error_is_raised_where_one_waits_and_told_to_the_browser() -> None:
    refused = AuthenticationError(message=f"the state <b>is</b> not ours, access_token={CODE}")

    def finish(_url: str) -> str:
        raise refused

    with waiting(finish) as (port, came):
        status, page = asked(port, f"/callback?code={CODE}&state=s")
    assert came == [refused]
    assert status == 400
    assert "Not signed in" in page
    assert "the state &lt;b&gt;is&lt;/b&gt; not ours" in page
    assert CODE not in page


def test_what_fails_otherwise_is_raised_too_and_told_to_nobody_else() -> None:
    def finish(_url: str) -> str:
        raise RuntimeError(CODE)

    with waiting(finish) as (port, came):
        status, page = asked(port, "/callback?state=s&code=1")
    assert isinstance(came[0], RuntimeError)
    assert status == 500
    assert CODE not in page


def test_it_times_out() -> None:
    began = time.perf_counter()
    with listening() as listener, pytest.raises(NoAnswer, match=r"within 0 s.*Start the login again"):
        listener.wait(0.1)
    assert time.perf_counter() - began < 2


def test_an_answer_that_is_being_worked_on_is_waited_for() -> None:
    started = threading.Event()

    def finish(url: str) -> str:
        started.set()
        time.sleep(0.3)
        return url

    with listening(finish) as listener:
        port = port_of(listener)
        thread = threading.Thread(target=asked, args=(port, "/callback?state=s&code=1"))
        thread.start()
        started.wait(5)
        assert listener.wait(0.2).endswith("code=1")
        thread.join()


def test_an_answer_that_comes_after_the_time_is_not_taken() -> None:
    heard: list[str] = []
    with listening(lambda url: heard.append(url) or url) as listener:
        with pytest.raises(NoAnswer):
            listener.wait(0.05)
        assert asked(urlsplit(listener.redirect_uri).port or 0, "/callback?state=s&code=1")[0] == 404
    assert heard == []


def test_a_port_that_is_taken_is_an_error_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(FacebookAdsError, match=rf"port {port} .* not free.*--port"), listen(str, port):
            pass


def test_the_page_loads_nothing_and_is_kept_nowhere() -> None:
    with waiting() as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/callback?state=s&code=1", headers={"Host": f"localhost:{port}"})
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Server" not in answer.headers
    assert "src=" not in page
    assert "href=" not in page
