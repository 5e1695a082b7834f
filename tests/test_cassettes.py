"""Cassettes say where they come from, hold no secret, are played, and answer only what was asked."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from pytest_recording.plugin import get_default_cassette_name
from tables import table
from vcr import VCR
from vcr.errors import CannotOverwriteExistingCassetteException

from admonster_fb import FacebookAds, Settings, testing
from admonster_fb.redaction import redact
from admonster_fb.sandbox import Sandbox, png, serve
from admonster_fb.sandbox.sample_media import mp4

TESTS = Path(__file__).parent
CASSETTES = TESTS / "cassettes"
FILES = sorted(CASSETTES.rglob("*.*"))
FIRST_LINES = {
    "sandbox": "# Recorded from the sandbox, which is not Meta. See tests/README.md.",
    "live": "# Recorded from the live API. See tests/README.md.",
}
each = table("file", FILES, ids=lambda file: str(file.relative_to(CASSETTES)))


@cache
def parsed(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


@pytest.mark.thorough
@each
def test_a_cassette_says_where_it_comes_from(file: Path) -> None:
    text = file.read_text("utf-8")
    provenance = parsed(file)["metadata"]["provenance"]
    assert provenance.keys() == {"source", "sdk", "api_version"}
    assert re.fullmatch(r"v\d+\.\d+\.\d+", provenance["sdk"])
    assert re.fullmatch(r"v\d+\.\d+", provenance["api_version"])
    assert text.splitlines()[0] == FIRST_LINES[provenance["source"]]
    marked = ["x-graph-sandbox" in recorded["response"]["headers"] for recorded in parsed(file)["interactions"]]
    assert set(marked) == {provenance["source"] == "sandbox"}


@pytest.mark.thorough
@each
def test_a_cassette_holds_no_secret_and_no_address_of_ours(file: Path) -> None:
    interactions = parsed(file)["interactions"]
    for text in texts(interactions):
        assert redact(text) == text
        for word in ("127.0.0.1", "localhost", "Bearer ", "uthorization", "sandbox-", "Cookie"):
            assert word not in text
    for recorded in interactions:
        asked = recorded["request"]
        assert asked["uri"].startswith("https://graph.facebook.com/v")
        address = asked["uri"].replace("?fields=access_token", "")  # the token of a Page is read, and masked
        assert "access_token" not in address + str(asked["body"])
        assert {name.lower() for name in asked["headers"]} <= {"content-type"}
        assert {name.lower() for name in recorded["response"]["headers"]} <= testing.RECORDED_HEADERS


def texts(value: Any) -> Iterator[str]:
    """Yield every text in it. (In the file itself, pixels in base64 may look like a token.)"""
    if isinstance(value, dict):
        yield from texts([*value.keys(), *value.values()])
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    else:
        yield value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@pytest.mark.thorough
@each
def test_a_cassette_is_small(file: Path) -> None:
    assert file.stat().st_size < 100_000
    assert 0 < len(parsed(file)["interactions"]) <= 50


def played(items: list[pytest.Item]) -> set[Path]:
    """Return the cassettes that these tests play, and fail for any other."""
    return {
        CASSETTES / item.path.stem / f"{get_default_cassette_name(getattr(item, 'cls', None), item.name)}.yaml"
        for item in items
        if item.get_closest_marker("vcr")
    }


def test_every_cassette_belongs_to_a_test(pytestconfig: pytest.Config, with_cassettes: list[pytest.Item]) -> None:
    directory, arguments = pytestconfig.invocation_params.dir, pytestconfig.args
    whole = all(TESTS.is_relative_to(Path(directory, arg).resolve()) for arg in arguments)
    if not whole or pytestconfig.getoption("lf", False):
        pytest.skip("only a whole run knows every test")
    assert set(FILES) == played(with_cassettes)


def test_there_are_cassettes() -> None:
    assert len(FILES) >= 8


INNER = """
import pytest
pytestmark = pytest.mark.vcr

def test_plays(fb):
    fb.adaccounts.get("act_1", fields=["no_such_field", "currency"])

def test_plays_nothing(fb):
    pass

def test_without_a_facade():
    pass

def test_without_a_cassette():
    pass

def test_plays_half(fb):
    fb.adaccounts.get("act_1", fields=["name"])

def test_asks_for_more(fb):
    fb.adaccounts.get("act_1", fields=["name"])
    fb.adaccounts.get("act_1", fields=["currency"])
"""
GET = """
- request: {{body: null, headers: {{}}, method: GET, uri: 'https://graph.facebook.com/v26.0/act_1?fields={fields}'}}
  response: {{body: {{string: '{{"id": "act_1"}}'}}, headers: {{}}, status: {{code: 200, message: OK}}}}"""


@pytest.mark.slow
def test_a_test_that_does_not_play_its_cassette_fails(tmp_path: Path) -> None:
    folder = tmp_path / "cassettes" / "test_inner"
    folder.mkdir(parents=True)
    asked = {
        "test_plays": ["no_such_field%2Ccurrency"],
        "test_plays_nothing": ["name"],
        "test_without_a_facade": ["name"],
        "test_plays_half": ["name", "currency"],
        "test_asks_for_more": ["name"],
    }
    for name, fields in asked.items():
        text = "interactions:" + "".join(GET.format(fields=each) for each in fields) + "\nversion: 1\n"
        (folder / f"{name}.yaml").write_text(text)
    (tmp_path / "test_inner.py").write_text(INNER)
    shutil.copy(TESTS / "conftest.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--block-network"]
    paths = os.pathsep.join([str(TESTS / "helpers"), *sys.path])
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": paths}
    )
    summary = run.stdout[run.stdout.index("short test summary") :]
    assert "PASSED test_inner.py::test_plays\n" in summary
    for name in ("test_plays_nothing", "test_without_a_facade", "test_without_a_cassette", "test_plays_half"):
        assert f"ERROR test_inner.py::{name} - " in summary
    assert "FAILED test_inner.py::test_asks_for_more - " in summary
    assert "plays nothing" in run.stdout
    assert "holds more than" in run.stdout


def recorder(mode: str = "once", replace: dict[str, str] | None = None) -> VCR:
    vcr = VCR(**{**testing.vcr_config(replace), "record_mode": mode})
    testing.configure(vcr, source="sandbox")
    return vcr


def create(fb: FacebookAds, **changes: Any) -> Any:
    params: Any = {"name": "N", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": 1000}
    return fb.campaigns.create("act_1", **{**params, **changes})


def record(cassette: Path, work: Any, replace: dict[str, str] | None = None, **options: Any) -> Any:
    sandbox = Sandbox(history=0)
    with serve(sandbox) as server, recorder(replace=replace).use_cassette(str(cassette)), testing.one_at_a_time():
        settings = Settings(endpoint=server.url, **options.pop("settings", {}))
        with FacebookAds(sandbox.token, settings=settings, **options) as fb:
            return work(fb)


def replay(cassette: Path, work: Any) -> Any:
    with recorder("none").use_cassette(str(cassette)), testing.one_at_a_time(), FacebookAds("EAAreplay") as fb:
        return work(fb)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "changes",
    [{"daily_budget": 9999}, {"name": "M"}, {"special_ad_categories": ["CREDIT"]}, {"pacing_type": ["standard"]}],
)
def test_a_different_body_is_not_answered(changes: dict[str, Any], tmp_path: Path) -> None:
    cassette = tmp_path / "c.yaml"
    made = record(cassette, create)
    assert replay(cassette, create) == made
    with pytest.raises(CannotOverwriteExistingCassetteException):
        replay(cassette, lambda fb: create(fb, **changes))


@pytest.mark.thorough
def test_blank_values_count(tmp_path: Path) -> None:
    cassette = tmp_path / "c.yaml"

    def call(method: str, **params: str) -> Any:
        return lambda fb: fb.api.call(method, ["act_1", "campaigns"], {"limit": "1", **params}).json()

    record(cassette, call("GET", after=""))
    assert replay(cassette, call("GET", after="")) == {"data": []}
    for other in ({}, {"before": ""}, {"after": "", "before": ""}):
        with pytest.raises(CannotOverwriteExistingCassetteException):
            replay(cassette, call("GET", **other))


@pytest.mark.thorough
@pytest.mark.parametrize("blank", [{}, {"url_tags": ""}, {"url_tags": "", "title": ""}])
def test_blank_values_count_in_bodies(blank: dict[str, str], tmp_path: Path) -> None:
    cassette = tmp_path / "c.yaml"

    def update(params: dict[str, str]) -> Any:
        return lambda fb: fb.api.call("POST", ["act_1"], {"name": "N", **params}).json()

    record(cassette, update({"title": ""}))
    replay(cassette, update({"title": ""}))
    with pytest.raises(CannotOverwriteExistingCassetteException):
        replay(cassette, update(blank))


@pytest.mark.thorough
def test_an_upload_is_answered_whatever_its_boundary(tmp_path: Path) -> None:
    cassette, picture = tmp_path / "c.yaml", tmp_path / "p.png"
    picture.write_bytes(png())
    made = record(cassette, lambda fb: fb.adimages.create("act_1", filename=picture))
    assert replay(cassette, lambda fb: fb.adimages.create("act_1", filename=picture)) == made
    # Another picture is another upload, also where it differs only in what is no text.
    picture.write_bytes(png().replace(b"\x89PNG", b"\x88PNG", 1))
    with pytest.raises(CannotOverwriteExistingCassetteException):
        replay(cassette, lambda fb: fb.adimages.create("act_1", filename=picture))


@pytest.mark.thorough
def test_a_video_is_answered_though_it_is_read_as_it_is_sent(tmp_path: Path) -> None:
    cassette, video = tmp_path / "c.yaml", tmp_path / "v.mp4"
    video.write_bytes(mp4(size=3000))
    made = record(cassette, lambda fb: fb.advideos.create("act_1", filename=video))
    assert replay(cassette, lambda fb: fb.advideos.create("act_1", filename=video)) == made
    video.write_bytes(mp4(size=3000)[:-1] + b"x")
    with pytest.raises(CannotOverwriteExistingCassetteException):
        replay(cassette, lambda fb: fb.advideos.create("act_1", filename=video))


@pytest.mark.slow
def test_eight_threads_on_one_cassette_are_all_served(tmp_path: Path) -> None:
    cassette = tmp_path / "c.yaml"

    def work(fb: FacebookAds) -> list[str]:
        def one(number: int) -> str:
            made = create(fb, name=f"N{number}")
            return f"{made.id} {fb.campaigns.get(made.id).name} {fb.adaccounts.get('act_1').currency}"

        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(one, range(16)))

    made = record(cassette, work)
    assert len(yaml.safe_load(cassette.read_text())["interactions"]) == 48 + 1, "and the account's least budget, once"
    assert replay(cassette, work) == made
    assert [text.split()[1:] for text in made] == [[f"N{number}", "USD"] for number in range(16)]


def test_the_lock_is_gone_afterwards() -> None:
    send = requests.adapters.HTTPAdapter.send
    with testing.one_at_a_time():
        assert requests.adapters.HTTPAdapter.send is not send
    assert requests.adapters.HTTPAdapter.send is send


@pytest.mark.thorough
def test_a_recording_holds_no_secret_wherever_it_was_sent(tmp_path: Path) -> None:
    cassette = tmp_path / "c.yaml"

    picture = tmp_path / "p.png"
    picture.write_bytes(png())

    def work(fb: FacebookAds) -> Any:
        fb.adimages.create("act_1", filename=picture)
        for number in range(2):
            create(fb, name=f"N{number}")
        return [campaign.name for campaign in fb.campaigns.iter("act_1", limit=1)]

    names = record(cassette, work, app_secret="5ecret" * 4, settings={"token_in": "body"})
    assert all(redact(text) == text for text in texts(yaml.safe_load(cassette.read_text())))
    text = cassette.read_text()
    assert "sandbox-" not in text
    assert "appsecret_proof=" not in text.replace("appsecret_proof=[redacted]", "")
    assert "access_token=[redacted]" in text  # in `next`, where Meta puts it
    assert replay(cassette, work) == names  # without a secret, and the token in the header


@pytest.mark.thorough
def test_what_is_real_is_replaced_however_it_is_written(tmp_path: Path) -> None:
    cassette = tmp_path / "c.yaml"
    real = 'Müller & "Söhne"/Co'

    def work(name: str) -> Any:
        return lambda fb: (create(fb, name=name).name, fb.adaccounts.get("act_1").name)

    replace = {real: "Shop", "Sandbox Coffee US": "Account 1"}
    assert record(cassette, work(real), replace) == (real, "Sandbox Coffee US")
    text = cassette.read_text()
    assert "ller" not in text
    assert "Coffee US" not in text
    assert replay(cassette, work("Shop")) == ("Shop", "Account 1")


def test_what_stands_for_one_name_is_not_replaced_again() -> None:
    replace = {"Shop": "Account 1", "Shop Two": "Account 2", "Account": "Account 3", "123": "1", "1": "2"}
    text = "Shop, Shop Two, Account, act_123, act_1"
    assert testing.clean(text, replace) == "Account 1, Account 2, Account 3, act_1, act_2"


def test_the_address_of_a_preview_is_not_kept() -> None:
    body = (
        r'{"body":"<iframe src=\"https:\/\/business.facebook.com\/ads\/api\/preview_iframe.php?d=AQx-1&amp;t=AQK\" >"}'
    )
    assert testing.clean(body, {}) == body.replace("?d=AQx-1&amp;t=AQK", "")


def test_the_network_is_blocked_but_for_loopback() -> None:
    for host in ("192.0.2.1", "127.0.0.10.example"):
        with pytest.raises((RuntimeError, socket.gaierror)), socket.socket() as probe:
            probe.connect((host, 9))
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as probe:
        probe.connect(listener.getsockname())


PERSON = {"full_name": "Wilhelmina Özil", "email": "w.oezil@example.com", "phone_number": "+4915112345678"}


@pytest.mark.thorough
def test_what_people_answered_in_lead_forms_is_not_recorded(tmp_path: Path) -> None:
    def work(fb: FacebookAds) -> Any:
        form = fb.leadgen_forms.create(
            page := fb.pages.list()[0].id,
            name="F",
            questions=["full name", "email", "phone"],
            privacy_policy="https://example.com/p",
        ).id
        rows: Any = [{"name": name, "values": [value]} for name, value in PERSON.items()]
        fb.leads.create_test(form, page_id=page, field_data=rows)
        found = [*fb.leads.iter(form)]
        with fb.batch() as batch:
            item = batch.add(fb.leads.get, found[0].id)
        return [[*each.answers] for each in (*found, item.result(), fb.leads.get(found[0].id))]

    cassette = tmp_path / "c.yaml"
    assert record(cassette, work) == [[*PERSON]] * 3
    content = "".join(part.strip("\\ ") for part in cassette.read_text().split("\n"))
    for value in (*PERSON.values(), "Wilhelmina", "oezil", "15112345678"):
        assert value not in content
    assert replay(cassette, work) == [[*PERSON]] * 3
