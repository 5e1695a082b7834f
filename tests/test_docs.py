"""What is written about the code is there, and true."""

from __future__ import annotations

import asyncio
import doctest
import importlib
import inspect
import json
import pkgutil
import re
import shlex
import tempfile
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import pytest

import admonster_fb
from admonster_fb import FacebookAds
from admonster_fb.bot.registry import registry
from admonster_fb.error_atlas import entries
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.services import by_attribute, methods
from admonster_fb.services._methods import ServiceMethod
from admonster_fb.webhooks import Receiver
from admonster_fb.workflows.launch import expand, launch
from admonster_fb.workflows.launch.journal import LaunchJournal
from admonster_fb.workflows.launch.parse import load
from admonster_fb.workflows.launch.validate import validate_launch

pytestmark = pytest.mark.thorough  # it imports every module of the library

ROOT = Path(__file__).parents[1]
OWN = ("__main__.", "bot.flexus.", "integrations.", "sandbox.")
"""Not looked at here: a program, and what has tests of its own or needs a runtime."""
INNER = (
    "services._",
    "services.insights.columns.",
    "services.insights.export.",
    "services.insights.jobs.",
    "services.insights.query.",
    "services.insights.rows.is_not_readable_yet",
    "services.insights.rows.resumable",
    "services.insights.sync.",
    "services.leads.sync.",
)
"""What users reach only through methods of services, which have examples."""
EXAMPLES_DUE = (
    "client",
    "errors",
    "money",
    "services.",
    "testing",
    "bot.plans.policy.SpendPolicy",
    "bot.plans.policy.HostPolicy",
)
"""Here every public function and method has an example."""
NOT_IMPERATIVE = re.compile(r"(The|An?|This|It|[A-Z]\w*[^s]s|[A-Z]\w*ing)\b")


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(admonster_fb.__path__, "admonster_fb."):
        name = found.name.removeprefix("admonster_fb.")
        if not f"{name}.".startswith(OWN):
            yield importlib.import_module(found.name)


def _function(item: Any) -> tuple[FunctionType | None, bool]:
    """Return the function behind a member of a class, and whether it is read like an attribute."""
    if isinstance(item, property | cached_property):
        return getattr(item, "fget", None) or getattr(item, "func", None), True
    if isinstance(item, staticmethod | classmethod):
        item = item.__func__
    if isinstance(item, ServiceMethod):
        item = inspect.unwrap(item)
    return (item if isinstance(item, FunctionType) else None), False


def _public() -> Iterator[tuple[str, Any, bool]]:
    """Yield the name of each public thing, the thing, and whether it is a function that is called."""
    for module in MODULES:
        for name, item in [*vars(module).items()]:
            if name.startswith("_") or getattr(item, "__module__", None) != module.__name__:
                continue
            where = f"{module.__name__.removeprefix('admonster_fb.')}.{name}"
            if inspect.isfunction(item) or inspect.isclass(item):
                yield where, item, not inspect.isclass(item)
            if inspect.isclass(item):
                for member, value in [*vars(item).items()]:
                    function, attribute = _function(value)
                    if function and not member.startswith("_") and function.__module__ == module.__name__:
                        yield f"{where}.{member}", function, not attribute


MODULES = [*_modules()]
PUBLIC = [*_public()]


def test_everything_public_says_what_it_is() -> None:
    assert [name for name, item, _ in PUBLIC if not inspect.getdoc(item)] == []


def test_functions_are_described_in_the_imperative() -> None:
    told = {name: (item.__doc__ or "").strip() for name, item, called in PUBLIC if called}
    assert {name: text[:40] for name, text in told.items() if NOT_IMPERATIVE.match(text)} == {}


def test_first_lines_are_whole_sentences() -> None:
    told = {name: (item.__doc__ or "").strip().split("\n\n")[0] for name, item, _ in PUBLIC}
    assert [name for name, text in told.items() if text and text[-1] not in ".:?!"] == []


def test_what_users_call_has_an_example() -> None:
    due = [(name, item) for name, item, called in PUBLIC if called and name.startswith(EXAMPLES_DUE)]
    due = [(name, item) for name, item in due if not name.startswith(INNER)]
    assert [name for name, item in due if ">>>" not in (item.__doc__ or "")] == []


FINDER = doctest.DocTestFinder(exclude_empty=True)
WITH_EXAMPLES = {
    module.__name__.removeprefix("admonster_fb."): module
    for module in MODULES
    if ">>> " in Path(str(module.__file__)).read_text("utf-8")
}
NEEDS_FUNNEL = re.compile(r"\b(fb|\w+_id|image_hash|png|other_png|journal|launched|receiver)\b")


@pytest.mark.parametrize("package", sorted({name.split(".")[0] for name in WITH_EXAMPLES}))
def test_examples_of_a_package_run(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = []
    modules = [module for name, module in WITH_EXAMPLES.items() if name.split(".")[0] == package]
    for number, test in enumerate(test for module in modules for test in FINDER.find(module)):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("XDG_STATE_HOME", str(folder))
        failures += _failures(test, folder)
    assert failures == [], "\n".join(failures)


def _failures(test: doctest.DocTest, folder: Path) -> list[str]:
    if any(NEEDS_FUNNEL.search(example.source) for example in test.examples):
        test.globs.update({name: value for name, value in _funnel().items() if name not in test.globs})
    if test.name.startswith("admonster_fb.workflows.launch.") and "fb" in test.globs:
        test.globs.update(_launched(test.globs["fb"], folder))
    output: list[str] = []
    doctest.DocTestRunner().run(test, out=output.append, clear_globs=False)
    if isinstance(journal := test.globs.get("journal"), LaunchJournal):
        journal.__exit__()
    return output


def _funnel() -> dict[str, Any]:
    """Return what examples may name: a facade on a sandbox of their own and the ids of a funnel in it."""
    snapshot, names = _saved_funnel()
    sandbox = Sandbox(history=0)
    sandbox.load(snapshot)
    return {**names, "fb": FacebookAds.sandbox(sandbox), "receiver": Receiver("secret", "mine", {})}


@cache
def _saved_funnel() -> tuple[Path, dict[str, Any]]:
    """Make the funnel, once: it takes two dozen requests."""
    sandbox = Sandbox()
    fb = FacebookAds.sandbox(sandbox)
    image_hash = str(fb.adimages.create("act_1", bytes=png()).hash)
    ids = [
        fb.campaigns.create("act_1", name=name, objective="OUTCOME_TRAFFIC", special_ad_categories=[]).id
        for name in ("Other", "Old picture", "New picture")
    ]
    campaign = fb.campaigns.create("act_1", name="Autumn sale", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    adset = fb.adsets.create(
        "act_1",
        name="US 25-45",
        campaign_id=campaign.id,
        daily_budget=2000,
        bid_strategy="LOWEST_COST_WITHOUT_CAP",
        optimization_goal="LINK_CLICKS",
        billing_event="IMPRESSIONS",
        targeting={"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
    )
    link_data: Any = {"link": "https://example.com/", "message": "Warm feet", "image_hash": image_hash}
    creative = fb.adcreatives.create("act_1", object_story_spec={"page_id": "1", "link_data": link_data})
    ad = fb.ads.create("act_1", name="Autumn ad", adset_id=adset.id, creative={"creative_id": creative.id})
    link_data = {**link_data, "message": "Not used yet"}
    unused = fb.adcreatives.create("act_1", object_story_spec={"page_id": "1", "link_data": link_data})
    business: Any = fb.adaccounts.get("act_1").business
    rule = fb.adrules.create(
        "act_1",
        name="Stop weak ads",
        evaluation_spec={
            "evaluation_type": "SCHEDULE",
            "filters": [
                {"field": "entity_type", "operator": "EQUAL", "value": "AD"},
                {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
                {"field": "ctr", "operator": "LESS_THAN", "value": 0.5},
            ],
        },
        execution_spec={"execution_type": "PAUSE"},
        schedule_spec={"schedule_type": "DAILY"},
    )
    study = fb.adstudies.create(
        business.id,
        name="Which picture",
        start_time="2026-11-10T00:00:00-0800",
        end_time="2026-11-24T00:00:00-0800",
        cells=[{"name": each, "treatment_percentage": 50, "campaigns": [each]} for each in ids[1:]],
    )
    audience = fb.customaudiences.create(
        "act_1", name="Customers", subtype="CUSTOM", customer_file_source="USER_PROVIDED_ONLY"
    )
    sandbox.audience_status(audience.id, 200)
    seed = next(each for each in fb.customaudiences.list("act_1") if each.size and each.size[0] >= 100)
    pixel = fb.adspixels.list("act_1")[0]
    conversion = fb.customconversions.create(
        "act_1",
        name="Thank-you page",
        event_source_id=pixel.id,
        custom_event_type="PURCHASE",
        rule={"and": [{"url": {"i_contains": "thankyou"}}]},
    )
    page_id = fb.pages.list()[0].id
    forms = [sandbox.add_form(page_id) for _ in range(3)]
    names = {
        "page_id": page_id,
        "form_id": forms[0],
        "other_form_id": forms[1],
        "third_form_id": forms[2],
        "lead_id": fb.leads.create_test(forms[0]).id,
        "audience_id": audience.id,
        "seed_audience_id": seed.id,
        "saved_audience_id": fb.saved_audiences.list("act_1")[0].id,
        "pixel_id": pixel.id,
        "conversion_id": conversion.id,
        "rule_id": rule.id,
        "study_id": study.id,
        "other_campaign_id": ids[0],
        "campaign_id": campaign.id,
        "adset_id": adset.id,
        "creative_id": creative.id,
        "unused_creative_id": unused.id,
        "business_id": business.id,
        "user_id": fb.assigned_users.list("act_1", business_id=business.id)[-1].id,
        "ad_id": ad.id,
        "image_hash": image_hash,
        "png": png(),
        "other_png": png(300, 300),
    }
    snapshot = Path(tempfile.mkdtemp(prefix="admonster-docs-"), "funnel.json")
    sandbox.save(snapshot)
    return snapshot, names


def _launched(fb: FacebookAds, folder: Path) -> dict[str, Any]:
    """Return what examples may name of launches: one that is complete, and the open journal of one just begun."""
    spec = {"preset": "traffic", "campaign": {"name": "Launched", "special_ad_categories": []}}
    journal = LaunchJournal.create(folder / "begun.jsonl", "act_1", expand(spec), fb.now())
    return {"launched": launch(fb, "act_1", spec), "journal": journal.__enter__()}


def _blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
TOP_LEVEL_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks((ROOT / page).read_text())])
def test_python_in_the_pages_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    if page != "README.md":  # its reader may stand in an empty folder
        (tmp_path / "shoes.png").write_bytes(png())
    names: dict[str, Any] = GIVEN.get(page, dict)()
    given = {*names}
    for number, block in enumerate(_blocks((ROOT / page).read_text())):
        if "from_env" in block:
            _env(tmp_path)
        code = compile(block, f"{page}, block {number}", "exec", TOP_LEVEL_AWAIT)
        if asyncio.iscoroutine(running := eval(code, names)):
            asyncio.run(running)
    assert {*names} - {"__builtins__"} - given, "no block ran"


def test_launches_in_the_pages_are_accepted(tmp_path: Path) -> None:
    found = re.findall(r"^```yaml\n(.*?)^```", "".join((ROOT / page).read_text() for page in PAGES), re.S | re.M)
    launches = [block for block in found if "adsets:" in block]
    assert len(launches) > 1
    for number, block in enumerate(launches):
        file = tmp_path / f"{number}.yaml"
        file.write_text(block)
        for picture in re.findall(r"[\w-]+\.png", block):
            (tmp_path / picture).write_bytes(png())
        validate_launch(FacebookAds.sandbox(), "act_1", load(file))


def _flexus() -> dict[str, Any]:
    """Return what the runtime gives to a bot, in a test scenario."""
    robot = SimpleNamespace(external_auth={}, running_test_scenario=True, workdir=None)
    policy = json.dumps({"facebook_ad_account_id": "act_1"})
    read = SimpleNamespace(pdoc_content=json.loads(policy))

    async def pdoc_cat(*_: Any, **__: Any) -> Any:
        return read

    return {"fclient": None, "rcx": robot, "toolcall": None, "pdoc": SimpleNamespace(pdoc_cat=pdoc_cat)}


def _reliable() -> dict[str, Any]:
    return {"fb": FacebookAds.sandbox()}


GIVEN: dict[str, Any] = {"docs/flexus.md": _flexus, "docs/reliability.md": _reliable}
"""What a page may name that its reader has already."""


def _commands() -> Iterator[tuple[str, str]]:
    """Yield each command of ours in the pages, with its page."""
    for page in PAGES:
        for block in re.findall(
            r"^```(?:sh|text|json)?\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE
        ):
            for line in block.splitlines():
                if line.startswith("admonster-fb "):
                    yield page, line.partition("  #")[0].strip()
        for line in re.findall(r"`(admonster-fb [^`]+)`", (ROOT / page).read_text()):
            yield page, line


def _understood(words: list[str]) -> str:
    """Return what the command line does not understand of a command, without running it."""
    from typer.main import get_command

    from admonster_fb.cli.app import app

    command, name = get_command(app), "admonster-fb"
    while words and (commands := getattr(command, "commands", None)):
        name = words.pop(0)
        if name.startswith("--"):
            return ""
        if name not in commands:
            return f"no command {name}"
        command = commands[name]
    try:
        command.make_context(name, [word for word in words if word != "…"])
    except Exception as error:  # noqa: BLE001 - typer brings a click of its own
        return "" if type(error).__name__ == "Exit" else f"{type(error).__name__}: {error}"
    if name == "call" and words[0] not in registry():
        return f"no op {words[0]}"
    return ""


def test_commands_in_the_pages_exist() -> None:
    found = [(page, line, _understood(shlex.split(line)[1:])) for page, line in _commands()]
    assert len(found) > 40
    assert [each for each in found if each[2]] == []


def test_numbers_of_errors_in_the_pages_are_in_the_atlas() -> None:
    known = {str(number) for row in entries() for number in (row.code, row.subcode)}
    rows = re.findall(r"^\| [^|]*\(([0-9/, –]+)\)", (ROOT / "docs/common-issues.md").read_text(), re.MULTILINE)
    numbers = [number for row in rows for number in re.findall(r"\d+", row)]
    assert len(numbers) > 30
    assert [number for number in numbers if number not in known] == []


def _env(folder: Path) -> None:
    (folder / ".env").write_text("FACEBOOK_ACCESS_TOKEN=EAAtest\nFACEBOOK_AD_ACCOUNT_ID=act_1\n")


def test_links_in_the_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("**/*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())]
    broken = [link for page, link in links if not link.startswith("http") and not (page.parent / link).exists()]
    assert links
    assert broken == []


def test_the_readme_is_a_page_that_is_read() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_every_page_is_in_the_menu_of_the_site() -> None:
    menu = {*re.findall(r"- ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)}
    assert menu == {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").glob("**/*.md")}


def test_the_common_issues_tell_of_every_error_class() -> None:
    classes = (ROOT / "docs/common-issues.md").read_text().partition("## Error classes")[2]
    told = {*re.findall(r"^\| `(\w+)`", classes, re.MULTILINE)}
    ours = {name for name in admonster_fb.__all__ if isinstance(getattr(admonster_fb, name), type)}
    errors = {name for name in ours if issubclass(getattr(admonster_fb, name), admonster_fb.FacebookAdsError)}
    assert told == errors - {"FacebookAdsError", "APIError"}


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert re.search(r"^## \[Unreleased\]$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def _methods() -> Iterator[str]:
    for attribute, kind in by_attribute().items():
        for name, _ in methods(kind):
            yield f"{attribute}.{name}"


def test_every_method_of_every_service_is_tested() -> None:
    texts = "".join(path.read_text() for path in (ROOT / "tests" / "services").glob("test_*.py"))
    assert [method for method in _methods() if not re.search(rf"\bfb\.{re.escape(method)}\(", texts)] == []


def test_examples_are_short_and_documented() -> None:
    for file in (ROOT / "examples").glob("[!a_]*.py"):  # admonster_bot is a whole bot, _… is what they share
        text = file.read_text()
        assert len(text.splitlines()) < 40, file.name
        assert text.startswith('"""'), file.name
