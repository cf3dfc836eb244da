"""The same handler as a bare Starlette application: reads the update, sends the echo, answers. Nothing is durable."""

import os

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

client = httpx.AsyncClient(base_url=os.environ.get("PROVIDER", ""), limits=httpx.Limits(max_connections=64))


async def echo(request: Request) -> Response:
    """POST /telegram."""
    message = (await request.json())["message"]
    reply = {"chat_id": message["chat"]["id"], "text": f"echo: {message['text']}"}
    await client.post("/botbare/sendMessage", json=reply)
    return Response()


async def live(request: Request) -> Response:
    """GET /live."""
    return Response()


app = Starlette(routes=[Route("/telegram", echo, methods=["POST"]), Route("/live", live)])
