"""Triggers that another service calls, once it was told to: what is said to it, and what it says of that.

A deploy asks for `register`, all that ends it for `remove`; both are done in the background, again and again until they
succeed, and may be lost at any moment and done anew.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from nodes.base import Armed, NodeParams, Reach
from nodes.calling import CalledType, Door

P = TypeVar("P", bound=NodeParams)


@dataclass(frozen=True, slots=True, repr=False)
class Hook:
    """What the other service is to call: `url`, signing with `secret`. `known` is what `register` returned last."""

    url: str
    secret: str
    known: Mapping[str, Any] | None = None


class PushType(CalledType[P]):
    """A trigger that registers itself with another service. Who calls has to sign with the hook's secret."""

    armed: ClassVar[Armed | None] = "push"
    starts_as: ClassVar[str] = "event"

    @abstractmethod
    async def register(self, params: P, hook: Hook, ctx: Reach) -> Mapping[str, Any]:
        """Let the other service call the hook, with these params; returns what to know of it, as JSON.

        It may have been done before without our knowing: find what is there by the hook's URL, and change that.
        Raises: NodeFailed; `retryable` and `retry_after_s` say when it is tried again.
        """

    @abstractmethod
    async def remove(self, params: P, hook: Hook, ctx: Reach) -> None:
        """Let it be called no more. What is not there is removed. Raises: NodeFailed, as `register` does."""

    def identity(self, params: P) -> Mapping[str, Any]:
        """Return what of the params says where it is registered: with others, the old one is removed."""
        return params.model_dump(mode="json")

    def door(self, params: P) -> Door:
        return Door("", self.methods)  # its path is given to it
