"""Those who write in a soak: two hundred conversations, each sending its messages in order, some of them twice."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from dataclasses import dataclass
from typing import Any

import httpx

DEADLINE_SECONDS = 300.0
SECRET = base64.b64encode(b"soak-soak-soak-soak-soak").decode()


@dataclass(frozen=True)
class Plan:
    """Who writes what. The same seed gives the same plan."""

    conversations: int
    messages: int
    repeats: float
    seed: int

    def texts(self, conversation: int) -> list[str]:
        """The texts of one conversation, in order."""
        return [f"c{conversation} m{number}" for number in range(self.messages)]


async def write(url: str, plan: Plan) -> int:
    """Every conversation sends its messages, the next when the one before is acknowledged; returns requests sent."""
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=url, timeout=10, limits=limits) as client:
        counts = await asyncio.gather(*(_conversation(client, plan, number) for number in range(plan.conversations)))
    return sum(counts)


async def _conversation(client: httpx.AsyncClient, plan: Plan, number: int) -> int:
    chance, sent = random.Random(f"{plan.seed}-{number}"), 0
    for index, text in enumerate(plan.texts(number)):
        deadline = time.monotonic() + DEADLINE_SECONDS
        repeats = 1 + (chance.random() < plan.repeats) + (chance.random() < plan.repeats / 4)
        while repeats:
            sent += 1
            if await _post(client, f"msg-{number}-{index}", {"conversation": f"c{number}", "text": text, "user": "u"}):
                repeats -= 1
            else:
                assert time.monotonic() < deadline, f"{text}: not accepted in {DEADLINE_SECONDS} s"
                await asyncio.sleep(chance.uniform(0.05, 0.3))  # the server is being restarted
    return sent


async def _post(client: httpx.AsyncClient, message_id: str, body: dict[str, Any]) -> bool:
    content, at = json.dumps(body).encode(), str(int(time.time()))
    signed = f"{message_id}.{at}.".encode() + content
    signature = base64.b64encode(hmac.new(base64.b64decode(SECRET), signed, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
    try:
        answer = await client.post("/webhook", content=content, headers=headers)
    except httpx.TransportError:
        return False
    assert answer.status_code < 300 or answer.status_code == 503, answer.text
    return answer.status_code < 300
