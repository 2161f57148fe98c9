"""One call, told to onhook over NATS: facts go out in order, commands come in.

All that a gateway in Python needs; copy it into yours. Needs nats-py.
"""

import asyncio
import json
import uuid

import nats
from nats.errors import Error as NatsError

PREFIX = "onhook.v1"
PLAYBACK = {"mark", "clear", "say", "farewell"}


class OnhookCall:
    """Publishes what happens on one call, and obeys what onhook asks of it.

    `handlers` maps a verb to an async function of the command's body. It runs once per command,
    however often the command is repeated.
    """

    def __init__(self, connection, gateway, call_id, handlers):
        self.connection = connection
        self.stream = connection.jetstream()
        self.gateway = gateway
        self.call_id = call_id
        self.handlers = handlers
        self.effects = {}
        self.newest = (-1, -1)
        self.sequence = 0
        self.queue = asyncio.Queue()
        self.sender = asyncio.create_task(self._send_in_order())
        self.subscription = None
        self.answered = None

    @classmethod
    async def open(cls, connection, gateway, call_id, handlers):
        call = cls(connection, gateway, call_id, handlers)
        subject = f"{PREFIX}.cmd.{gateway}.{call_id}.*"
        call.subscription = await connection.subscribe(subject, cb=call._obey)
        return call

    def publish(self, event, **data):
        """Returns at once; the fact is sent until it is acknowledged, and never twice into the log."""
        self.sequence += 1
        self.queue.put_nowait((event, data, str(uuid.uuid4()), self.sequence))

    async def request_end(self, timeout=2.0, **data):
        """Asks onhook to end the call. Its answer as (verb, body), or None when it does not answer in time."""
        self.answered = asyncio.get_running_loop().create_future()
        self.publish("end.requested", **data)
        try:
            return await asyncio.wait_for(self.answered, timeout)
        except asyncio.TimeoutError:
            return None

    async def close(self):
        await self.queue.join()
        self.sender.cancel()
        await self.subscription.unsubscribe()

    async def _send_in_order(self):
        while True:
            event, data, event_id, sequence = await self.queue.get()
            headers = {
                "Nats-Msg-Id": f"{self.gateway}/{self.call_id}/{event_id}",
                "ce-id": event_id,
                "ce-sequence": str(sequence),
            }
            subject = f"{PREFIX}.evt.{self.gateway}.{self.call_id}.{event}"
            while True:
                try:
                    await self.stream.publish(subject, json.dumps(data).encode(), timeout=3, headers=headers)
                    break
                except (NatsError, asyncio.TimeoutError):
                    # A time-out means unknown: the same id again, which the stream takes once.
                    await asyncio.sleep(0.5)
            self.queue.task_done()

    async def _obey(self, message):
        verb = message.subject.rsplit(".", 1)[1]
        body = json.loads(message.data or b"{}")
        await message.respond(json.dumps(await self._answer(verb, body)).encode())

    async def _answer(self, verb, body):
        effect = body.get("effectId")
        if effect in self.effects:
            return {"ok": True, "acted": False, "why": "duplicate"}
        if verb in PLAYBACK:
            order = (body.get("era", 0), body.get("seq", 0))
            if order < self.newest:
                return {"ok": True, "acted": False, "why": "superseded"}
            self.newest = order
        self.effects[effect] = True
        if verb in ("end-accepted", "end-refused") and self.answered and not self.answered.done():
            self.answered.set_result((verb, body))
        handler = self.handlers.get(verb)
        return {"ok": True, **((await handler(body)) or {})} if handler else {"ok": True}


async def connect(servers):
    """Reconnects for ever: an outage of NATS costs time, no facts."""
    return await nats.connect(servers, max_reconnect_attempts=-1, reconnect_time_wait=0.5)
