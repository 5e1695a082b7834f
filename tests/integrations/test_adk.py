"""Google's Agent Development Kit with a scripted model. Skipped where it is not installed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("google.adk")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize("agreed", [True, False, None])
def test_a_confirmation_is_a_persons_to_give(bot: Any, agreed: bool | None) -> None:
    from google.adk.agents import LlmAgent
    from google.adk.apps import App, ResumabilityConfig
    from google.adk.models import BaseLlm, LlmResponse
    from google.adk.runners import InMemoryRunner
    from google.genai.types import Content, FunctionCall, FunctionResponse, Part

    from admonster_fb.integrations import adk

    class Model(BaseLlm):  # type: ignore[misc,unused-ignore]
        async def generate_content_async(self, llm_request: Any, stream: bool = False) -> AsyncIterator[LlmResponse]:
            parts = [part for content in llm_request.contents for part in content.parts or []]
            answers = [part.function_response.response for part in parts if part.function_response]
            calls = bot.turn([str(answer.get("result", answer)) for answer in answers][-2:])
            made = [Part(function_call=FunctionCall(name="facebook", args=call)) for call in calls]
            yield LlmResponse(content=Content(role="model", parts=made or [Part(text="done")]))

    async def run() -> tuple[str, str]:
        agent = LlmAgent(name="ad_monster", model=Model(model="script"), tools=[adk.tool(bot.tool)])
        app = App(name="ads", root_agent=agent, resumability_config=ResumabilityConfig(is_resumable=True))
        runner = InMemoryRunner(app=app)
        session = await runner.session_service.create_session(app_name="ads", user_id="ann")

        async def say(part: Part, **more: Any) -> list[Any]:
            content = Content(role="user", parts=[part])
            running = runner.run_async(user_id="ann", session_id=session.id, new_message=content, **more)
            return [event async for event in running]

        events = await say(Part(text="Give the sales campaign 72 dollars a day"))
        calls = [(event, call) for event in events for call in event.get_function_calls()]
        if agreed is None:
            return next(part.text for event in events[::-1] if event.content for part in event.content.parts), ""
        [(event, asked)] = [pair for pair in calls if pair[1].name == "adk_request_confirmation"]
        bot.check_shown(asked.args["toolConfirmation"]["hint"])
        answer = FunctionResponse(id=asked.id, name=asked.name, response={"confirmed": agreed})
        events = await say(Part(function_response=answer), invocation_id=event.invocation_id)
        texts = [part.text for event in events if event.content for part in event.content.parts if part.text]
        assert texts == ["done"]
        return (
            f"{asked.name} {json.dumps(asked.args, default=str)}",
            f"{type(answer).__name__} {json.dumps(answer.response)}",
        )

    waits, yes = asyncio.run(run())
    if agreed is None:
        bot.check_nobody_was_asked(waits)
        return
    bot.check_end(agreed, "Google ADK", waits, yes)
