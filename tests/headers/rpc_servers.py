"""A small JSON-RPC server of our own, and calls to a real one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

Method = Callable[..., Any]


@dataclass
class FakeNode:
    """A server whose methods raise KeyError for what they do not know; ``faults`` are HTTP statuses to answer first."""

    methods: dict[str, Method] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    login: str = ""
    port: int = 0
    calls: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        user = f"{self.login}@" if self.login else ""
        return f"http://{user}127.0.0.1:{self.port}"

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(call["method"])
        parameters = call.get("params", [])
        try:
            method = self.methods[call["method"]]
            result = method(**parameters) if isinstance(parameters, dict) else method(*parameters)
        except (KeyError, IndexError):
            return {"id": call["id"], "result": None, "error": {"code": -8, "message": "unknown"}}
        return {"id": call["id"], "result": result, "error": None}


def rpc(url: str, method: str, *parameters: Any) -> Any:  # noqa: ANN401
    """Call a method of a node."""
    answer = requests.post(url, json={"id": 0, "method": method, "params": list(parameters)}, timeout=30)
    answer.raise_for_status()
    return answer.json()["result"]
