"""The end_call tool for Pipecat: `onhook tool-def --format pipecat` is a FunctionSchema as it stands.

    onhook tool-def --format pipecat | python pipecat_agent.py nats://127.0.0.1:4222 CA0123

In your bot: `llm.register_function("end_call", end_call)` and `LLMContext(tools=tools)`. The last lines
stand in for the model, which is not there in an example.
"""

import asyncio
import json
import sys

from onhook_call import OnhookCall, connect
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.services.llm_service import FunctionCallParams

tools = ToolsSchema(standard_tools=[FunctionSchema(**json.load(sys.stdin)["tool"])])


async def main(servers, call_sid):
    connection = await connect(servers)
    closed = asyncio.Event()

    async def mark(body):
        # In your bot: after the last TTS frame was played, for example on BotStoppedSpeakingFrame.
        call.publish("mark.echoed", name=body["name"])

    async def close(_body):
        # In your bot: `await task.cancel()`.
        closed.set()

    call = await OnhookCall.open(connection, "pipecat", call_sid, {"mark": mark, "close": close})
    call.publish("call.started", provider="twilio", legs={"carrier": {"callSid": call_sid}})

    async def end_call(params: FunctionCallParams):
        answer = await call.request_end(
            reason=params.arguments.get("reason", ""), farewell="spoken", toolCallId=params.tool_call_id
        )
        verb, body = answer or ("end-accepted", {})
        if verb == "end-refused":
            await params.result_callback({"result": f"The call was not ended: {body['reason']}"})
        else:
            await params.result_callback({"result": "The call is ending. Say nothing more."})

    async def model_reads(result, **_):
        print("model reads:", result["result"])

    print("tool:", tools.standard_tools[0].name, sorted(tools.standard_tools[0].properties))
    await end_call(
        FunctionCallParams(
            function_name="end_call",
            tool_call_id="call_1",
            arguments={},
            llm=None,
            pipeline_worker=None,
            context=None,
            result_callback=model_reads,
        )
    )
    await asyncio.wait_for(closed.wait(), 20)
    await call.close()
    await connection.drain()


asyncio.run(main(*sys.argv[1:]))
