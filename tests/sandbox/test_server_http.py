"""The sandbox over HTTP."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from admonster_fb.sandbox import Sandbox, png, serve
from admonster_fb.sandbox.__main__ import RealTime


def test_the_same_answers_over_http(client: Any) -> None:
    sandbox = client.sandbox
    with serve(sandbox) as server:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {sandbox.token}"
        for _ in range(2):
            made = session.post(f"{server.url}/v26.0/act_1/campaigns", data=client.form(client.CAMPAIGN))
            assert made.status_code == 200
        page = session.get(f"{server.url}/v26.0/act_1/campaigns?limit=1").json()
        assert page["paging"]["next"].startswith(f"{server.url}/v26.0/act_1/campaigns?")
        assert len(requests.get(page["paging"]["next"], timeout=5).json()["data"]) == 1
        image = session.post(f"{server.url}/v26.0/act_1/adimages", files={"f": ("x.png", png())})
        assert image.json()["images"]["x.png"]["height"] == 628
        assert session.delete(f"{server.url}/v26.0/{made.json()['id']}").json() == {"success": True}


def test_chunked_bodies_and_keep_alive() -> None:
    sandbox = Sandbox(history=0)
    with serve(sandbox) as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        headers = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/x-www-form-urlencoded"}
        for body in (iter([b"name=Chun", b"ked"]), iter([])):
            connection.request("POST", "/v26.0/act_1", body=body, headers=headers, encode_chunked=True)
            answer = connection.getresponse()
            assert answer.read() == b'{"success":true}'
        connection.close()
    assert sandbox.object("act_1")["name"] == "Chunked"


@pytest.mark.thorough
def test_many_threads(client: Any) -> None:
    sandbox = Sandbox(history=0)
    with serve(sandbox) as server:

        def create(number: int) -> str:
            url = f"{server.url}/v26.0/act_1/campaigns?access_token={sandbox.token}"
            return str(
                requests.post(url, data=client.form({**client.CAMPAIGN, "name": str(number)}), timeout=10).json()["id"]
            )

        with ThreadPoolExecutor(8) as pool:
            ids = set(pool.map(create, range(40)))
    assert len(ids) == 40


@pytest.mark.thorough
def test_command_line(tmp_path: object) -> None:
    command = [sys.executable, "-m", "admonster_fb.sandbox", "--history", "0", "--snapshot", f"{tmp_path}/s.json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(4)]
            url, token = lines[1].split()[1], lines[2].split()[1]
            assert "not Meta" in lines[0]
            answer = requests.get(f"{url}/v26.0/act_1?access_token={token}", timeout=5)
            assert answer.json() == {"account_id": "1", "id": "act_1"}
        finally:
            process.terminate()


def test_the_served_sandbox_lives_in_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
    sandbox = Sandbox()
    sandbox.hooks.append(RealTime(sandbox))
    session, spent = sandbox.session(), []
    for _ in range(2):
        url = f"https://graph.facebook.com/{sandbox.account}/insights?fields=spend&date_preset=today"
        spent.append(float(session.get(url).json()["data"][0]["spend"]))
        seconds[0] += 7200.5
    session.get(f"https://graph.facebook.com/{sandbox.account}")
    assert spent[1] > spent[0]
    assert sandbox.now() - Sandbox(history=0).now() == timedelta(seconds=14401)


FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "127.0.0.1:1"},
    {"Host": ""},
    {"Host": "[::1"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost:1"},
    {"Origin": "http://127.0.0.1@evil.example"},
]
CALLS = [
    ("POST", "/_sandbox/token"),
    ("POST", "/_sandbox/populate"),
    ("GET", "/_sandbox/journal"),
    ("GET", "/_sandbox/preview"),
    ("POST", "/v26.0/dialog/oauth"),
    ("GET", "/v26.0/act_1"),
    ("DELETE", "/_sandbox/chaos"),
]


def test_other_sites_are_refused_by_every_endpoint() -> None:
    """A page in the user's browser can name this port, also under a name of its own (DNS rebinding)."""
    with serve(Sandbox(history=0)) as server:
        wrong = [
            (call, headers, status)
            for call in CALLS
            for headers in FOREIGN
            if (status := requests.request(call[0], server.url + call[1], headers=headers, timeout=5).status_code)
            != 403
        ]
        assert wrong == []
        assert not server.sandbox.journal


def test_this_machine_is_served_under_its_names() -> None:
    with serve(Sandbox(history=0)) as server:
        port = urlsplit(server.url).port
        for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
            headers = {"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}"}
            answer = requests.get(f"{server.url}/_sandbox/journal", headers=headers, timeout=5)
            assert answer.status_code == 200, name
