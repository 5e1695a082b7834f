"""The OpenAI Agents SDK with a scripted model. Skipped where it is not installed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

agents = pytest.importorskip("agents")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize("agreed", [True, False, None])
def test_an_interruption_is_a_persons_to_approve(bot: Any, agreed: bool | None) -> None:
    from agents.testing import ScriptedModel, assistant_message, function_call

    from admonster_fb.integrations import openai_agents

    class Model(ScriptedModel):
        async def get_response(self, *args: Any, **kwargs: Any) -> Any:
            items = kwargs.get("input", args[1] if len(args) > 1 else [])
            texts = [each["output"] for each in items if isinstance(each, dict) and "output" in each]
            calls = bot.turn([str(text) for text in texts][-2:])
            made = [function_call("facebook", call, call_id=f"{bot.turns}-{n}") for n, call in enumerate(calls)]
            self._steps.append(self._coerce_step(made or [assistant_message("done")], 0))
            return await super().get_response(*args, **kwargs)

    async def run() -> str:
        agents.set_tracing_disabled(True)
        agent = agents.Agent(name="Ad Monster", model=Model(), tools=[openai_agents.tool(bot.tool)])
        result = await agents.Runner.run(agent, "Give the sales campaign 72 dollars a day")
        if agreed is None:
            assert result.interruptions == []
            return str(result.final_output)
        [asked] = result.interruptions
        bot.check_shown(openai_agents.shown(bot.tool, asked))
        state = result.to_state()
        (state.approve if agreed else state.reject)(asked)
        result = await agents.Runner.run(agent, state)
        assert (result.final_output, result.interruptions) == ("done", [])
        return f"{type(asked).__name__} {asked.raw_item.name} {asked.raw_item.arguments}"

    waits = asyncio.run(run())
    if agreed is None:
        bot.check_nobody_was_asked(waits)
        return
    bot.check_end(agreed, "OpenAI Agents", waits, "state.approve(asked)")


def test_a_strict_schema_fails_aloud(bot: Any) -> None:
    from agents.exceptions import UserError

    with pytest.raises(UserError):
        agents.function_tool(bot.tool.as_function())
    assert agents.function_tool(bot.tool.as_function(), strict_mode=False).name == "facebook"
    with pytest.raises(UserError):
        agents.FunctionTool("facebook", "", bot.tool.parameters, on_invoke_tool=lambda *_: None)
