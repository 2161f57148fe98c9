"""The end_call tool for LiveKit Agents in Python: `onhook tool-def --format livekit` is a raw schema.

    onhook tool-def --format livekit | python livekit_agent.py nats://127.0.0.1:4222 room-17-AJ_4fK room-17

In your entrypoint: `Agent(tools=[end_call])`. The last lines stand in for the model.
"""

import asyncio
import json
import sys

from livekit.agents import Agent, RunContext, function_tool
from onhook_call import OnhookCall, connect

schema = json.load(sys.stdin)["tool"]


async def main(servers, call_id, room):
    connection = await connect(servers)
    closed = asyncio.Event()

    async def mark(body):
        # In your agent: after `await session.current_speech.wait_for_playout()`.
        call.publish("mark.echoed", name=body["name"])

    async def close(_body):
        # In your agent: `session.shutdown()`, then `get_job_context().shutdown()`.
        closed.set()

    call = await OnhookCall.open(connection, "livekit", call_id, {"mark": mark, "close": close})
    call.publish("call.started", provider="livekit", legs={"room": {"name": room}})

    @function_tool(raw_schema={key: schema[key] for key in ("name", "description", "parameters")})
    async def end_call(raw_arguments: dict[str, object], context: RunContext):
        answer = await call.request_end(reason=str(raw_arguments.get("reason", "")), farewell="spoken")
        verb, body = answer or ("end-accepted", {})
        if verb == "end-refused":
            return f"The call was not ended: {body['reason']}"
        return "The call is ending. Say nothing more."

    agent = Agent(instructions="You help callers.", tools=[end_call])
    print("tool:", agent.tools[0].info.name)
    print("model reads:", await end_call(raw_arguments={}, context=None))
    await asyncio.wait_for(closed.wait(), 20)
    await call.close()
    await connection.drain()


asyncio.run(main(*sys.argv[1:]))
