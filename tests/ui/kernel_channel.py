"""Run code in a notebook's kernel from outside the page, over the server's own websocket.

The page stays as it is: no cell is added, no output appears. A test makes a gesture in the page
and asks here what Python then knows.
"""

from __future__ import annotations

import ast
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import websocket

from tests.ui.lab_server import TOKEN

if TYPE_CHECKING:
    from tests.ui.lab_server import LabServer


class KernelError(AssertionError):
    """The code asked for raised in the kernel; the message is the kernel's traceback."""


def run(server: LabServer, kernel: str, code: str, expression: str = "", timeout: float = 60.0) -> Any:
    """Run `code`, then return the value of `expression` (anything that JSON can carry).

    Raises
    ------
    KernelError
        With the kernel's own error when either raises.
    """
    address = f"{server.url.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels?token={TOKEN}"
    channel = websocket.create_connection(address, timeout=timeout)
    try:
        return _run(channel, code, expression, timeout)
    finally:
        channel.close()


def _run(channel: Any, code: str, expression: str, timeout: float) -> Any:
    message_id = uuid.uuid4().hex
    wanted = {"value": f"__import__('json').dumps({expression})"} if expression else {}
    header = {
        "msg_id": message_id, "msg_type": "execute_request", "session": uuid.uuid4().hex,
        "username": "tests", "version": "5.3",
    }  # fmt: skip
    content = {
        "code": code, "silent": not code, "store_history": False, "user_expressions": wanted,
        "allow_stdin": False, "stop_on_error": False,
    }  # fmt: skip
    channel.send(
        json.dumps({
            "channel": "shell", "header": header, "parent_header": {}, "metadata": {},
            "content": content, "buffers": [],
        })
    )  # fmt: skip
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        frame = channel.recv()
        # Binary frames carry widget buffers; the answer to an execute request never does.
        if not isinstance(frame, str):
            continue
        message = json.loads(frame)
        ours = message.get("parent_header", {}).get("msg_id") == message_id
        if ours and message["header"]["msg_type"] == "execute_reply":
            return _value(message["content"])
    raise TimeoutError(f"The kernel did not answer within {timeout:.0f} s to: {code or expression}")


def _value(reply: dict[str, Any]) -> Any:
    if reply["status"] != "ok":
        raise KernelError(
            "\n".join(reply.get("traceback", [])) or reply.get("evalue", "the kernel was interrupted")
        )
    value = reply.get("user_expressions", {}).get("value")
    if value is None:
        return None
    if value["status"] != "ok":
        raise KernelError(f"{value['ename']}: {value['evalue']}")
    return json.loads(ast.literal_eval(value["data"]["text/plain"]))
