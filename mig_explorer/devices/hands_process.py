"""The process that calls NVML for `mig_explorer.devices.apply`; it ends when its caller is gone."""

from __future__ import annotations

import json
import os
import sys

from mig_explorer.devices.deadline import requests_from
from mig_explorer.devices.hands import Answer, serve


def main(uuid: str) -> None:
    """Answer requests on the standard input, one JSON object a line, on what was the standard output.

    Parameters
    ----------
    uuid : str
        The GPU.
    """
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever the driver's library prints must not be taken for an answer

    def answer(reply: Answer) -> None:
        replies.write(json.dumps(reply).encode() + b"\n")

    serve(None, uuid, requests_from(sys.stdin.buffer), answer)


if __name__ == "__main__":
    main(sys.argv[1])
