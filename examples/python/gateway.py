"""A gateway in Python: it says its goodbye, asks onhook for the end, and echoes the mark when it has played.

    python gateway.py nats://127.0.0.1:4222 CA0123
"""

import asyncio
import sys

from onhook_call import OnhookCall, connect

GOODBYE_SECONDS = 0.5


async def main(servers, call_sid):
    connection = await connect(servers)
    closed = asyncio.Event()
    played = asyncio.Event()

    async def mark(body):
        async def echo():
            await played.wait()
            call.publish("mark.echoed", name=body["name"])

        asyncio.create_task(echo())

    async def close(body):
        print(f"onhook closes the session: {body.get('reason')}")
        closed.set()

    call = await OnhookCall.open(connection, "python", call_sid, {"mark": mark, "close": close})
    call.publish("call.started", provider="twilio", legs={"carrier": {"callSid": call_sid}})

    print("the agent says goodbye, and its model calls end_call")
    asyncio.get_running_loop().call_later(GOODBYE_SECONDS, played.set)
    verb, _ = await call.request_end(reason="conversation_complete", farewell="spoken", timeout=10)
    print(f"onhook answers: {verb}")

    await asyncio.wait_for(closed.wait(), 20)
    await call.close()
    await connection.drain()


asyncio.run(main(*sys.argv[1:]))
