"""Write docs/meta-rules.md from the facts in src/admonster_fb/facts.

Run `python docs/build_meta_rules.py` after a change of a JSON file, and `--check` to see whether the page is current.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from admonster_fb import facts
from admonster_fb.rules import RULES
from admonster_fb.transport.sdk_adapter import REFUSED

VERDICTS, REASONS = "Rules by verdict", "Parameters refused for a reason"
PAGE = Path(__file__).with_name("meta-rules.md")
ORDER = (
    *("versions", "changes_by_version", "protocol", "batch", "error_envelope", "error_numbers", "rate_limits"),
    *("campaigns", "ad_sets", "budgets_and_bids", "ads", "advantage_audience", "status", "copies", "field_limits"),
    *("typed_parameters", "known_values", "goal_matrix", "goals_by_objective", "goal_notes", "billing_events"),
    *("attribution_windows", "promoted_object", "targeting", "targeting_limits", "geo_limits", "placements"),
    *("special_ad_categories", "regional_rules", "targeting_search_and_estimates", "currencies", "money_fields"),
    *("minimum_budgets", "insights", "breakdowns", "insights_retention", "asynchronous_reports", "audiences"),
    *("audience_users", "audience_keys", "login_and_tokens", "creatives", "images_and_videos", "previews"),
    *("pixels_and_server_events", "ad_rules", "leads", "posts", "delivery", "webhooks", "businesses", "catalogs"),
    *("rules_audit", "other_checks", "missing_checks", "accepted_requests", "open_questions"),
)
SOURCE = ("source", "tier", "date", "stay_open")
TITLES = {"applies_to": "Applies to", "marketing_until": "Marketing API until", "graph_until": "Graph API until"}
EMPTY = {"code": "any", "subcode": "", "graph_until": "open", "marketing_until": "open", "offset": "not documented"}
PLAIN = ("statement", "note", "meaning", "action", "evidence", "change", "outcome", "numbers", "value", "applies_to")
NAME = r"(?<![\w`.*])(?=[\w.*]*_)[\w*]+(?:\.[\w*]+)*"
INTRODUCTION = """\
<!-- Written by docs/build_meta_rules.py from src/admonster_fb/facts/*.json. Do not edit. -->
# Meta's rules

What this library knows of Meta's Graph API and Marketing API, with the source of each fact. The newest fact is of
{newest}. The same rows are data in `admonster_fb.facts`.

**Tier** says how far to trust a row:

| Tier | Source |
|---|---|
| D | Meta's documentation. The date is that of the copy that was read, or the last of several. |
| R | A recorded or quoted answer of the live API. |
| S | Meta's SDK, facebook-business 26.0.3. |
| X | Other people's public code, tests, issues and reports. |
| M | Memory: no source was found. |

A row with several sources has the tier of the one that it rests on. **open** marks a contradiction or a gap: accept
both readings, and never raise an error because of it. Pages are named by their titles. Meta moves its pages, and the
links here were not opened when this page was written: if one fails, search for the title.

"""


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _title(name: str) -> str:
    return TITLES.get(name, name.replace("_", " ").capitalize())


def _text(name: str, value: Any) -> str:
    if value is None or value == "":
        return EMPTY.get(name, "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        text = json.dumps(value)
        return f"`{text if len(text) < 500 else text[:500] + '…'}`"
    if isinstance(value, tuple):
        return _list(name, value)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if name in PLAIN:
        return _escape(text)
    return f"`{text}`" if re.fullmatch(r"[A-Z][A-Z0-9_]+|[a-z]+(_[a-z0-9]+)+", text) else _escape(text)


def _escape(text: str) -> str:
    """Write names as code, and keep Markdown from reading the rest as emphasis, columns or HTML."""
    outside = r"(?=[^`]*(?:`[^`]*`[^`]*)*$)"
    parts = re.split(r"(`[^`]*`)", re.sub(NAME + outside, r"`\g<0>`", text))
    return "".join(
        part.replace("|", "\\|") if part[:1] == "`" else re.sub(r"[|*_<\[]", r"\\\g<0>", part) for part in parts
    )


def _list(name: str, values: tuple[Any, ...]) -> str:
    if name == "promoted_object":
        return " or ".join(f"`{{{', '.join(each)}}}`" for each in values) or "none"
    return ", ".join("left out" if each is None else f"`{each}`" for each in values)


def _source(text: str, urls: dict[str, str]) -> str:
    return "; ".join(_linked(part, urls) for part in text.split("; "))


def _linked(part: str, urls: dict[str, str]) -> str:
    """Return a source as a link; addresses of pages stand at the end of the page."""
    name = part if part in urls else re.sub(r" \(.*\)$", "", part)
    rest = _escape(part.removeprefix(name))
    if found := re.fullmatch(r"([\w.-]+/[\w.-]+)(?:#(\d+))?", name):
        return f"[{name}]({_github(*found.groups())}){rest}"
    return (f"[{name}]" if urls[name] else name) + rest


def _github(repository: str, number: str | None) -> str:
    return f"https://github.com/{repository}" + (f"/issues/{number}" if number else "")


def _table(rows: Iterable[facts.Row], urls: dict[str, str]) -> Iterator[str]:
    rows = [*rows]
    names = [name for name in vars(rows[0]) if name not in SOURCE]
    names = [name for name in names if any(getattr(row, name) not in ("", (), None) for row in rows)]
    heads = [*map(_title, names), "Tier", "Source", "Date"]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        cells = [_text(name, getattr(row, name)) for name in names]
        tier = f"{row.tier}, **open**" if row.stay_open else row.tier
        yield f"| {' | '.join([*cells, tier, _source(row.source, urls), row.date.isoformat()])} |"


def _verdicts() -> Iterator[str]:
    """Yield how many checks of each verdict were errors before the audit, and what they are now."""
    now = defaultdict[str, set[str]](set)
    for rule in RULES:
        now[rule.slug].add(rule.severity)
    yield from (f"## {VERDICTS}", "", "Every check of the audit was an error before it. One that is corrected can")
    yield from ("remain an error for what Meta does refuse. Rules that the audit does not name are counted last.", "")
    yield from ("| Verdict | Checks | Errors before | Errors now | Warnings now | Gone |", "|---|---|---|---|---|---|")
    audit = {row.rule: row.verdict for row in facts.rows("rules_audit")}
    verdicts = {name: audit.get(name, "not in the audit") for name in {*audit, *now}}
    for verdict in ("keep", "doubtful", "remove", "not in the audit"):
        names = [name for name, each in verdicts.items() if each == verdict]
        errors = sum("error" in now[name] for name in names)
        gone = sum(not now[name] for name in names)
        before = 0 if verdict.startswith("not") else len(names)
        yield f"| {verdict} | {len(names)} | {before} | {errors} | {len(names) - errors - gone} | {gone} |"


def _reasons() -> Iterator[str]:
    """Yield the parameters that Meta's SDK lists and that are refused here."""
    yield from (f"## {REASONS}", "", "What else the SDK or these facts know is typed, or passes with a note.", "")
    yield from ("| Parameter | Reason |", "|---|---|")
    yield from (f"| `{name}` | {_escape(why)} |" for name, why in sorted(REFUSED.items()))


def page() -> str:
    """Return the text of the page."""
    urls = {source.name: source.url for source in facts.rows("sources")}
    newest = max(row.date for name in ORDER for row in facts.rows(name))
    lines = [INTRODUCTION.format(newest=newest.isoformat())]
    headings = [facts.heading(name)[0] for name in ORDER]
    headings += [VERDICTS, REASONS]
    lines += [f"- [{heading}](#{anchor(heading)})" for heading in headings]
    for name in ORDER:
        heading, about = facts.heading(name)
        lines += ["", f"## {heading}", "", _escape(about), "", *_table(facts.rows(name), urls)]
    lines += ["", *_verdicts(), "", *_reasons()]
    lines += ["", *(f"[{name}]: {url}" for name, url in urls.items() if url)]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` tell whether it is current."""
    text = page()
    if arguments == ["--check"]:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        state = "current" if current else "stale: run docs/build_meta_rules.py"
        sys.stdout.write(f"docs/meta-rules.md is {state}.\n")
        return 0 if current else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
