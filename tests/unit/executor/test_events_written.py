"""What the journal and Redis are told of a run can be stored and read by everybody, whatever stands in an event."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.utils import timezone

from core.database.compression import unpack
from core.json import loads
from core.redis import run_stream
from executor.domain.lifecycle import Status
from executor.domain.records import Batch, Ending, EventRecord
from executor.journal.publisher import Publisher
from executor.journal.rows import parameters_of

MARKED = "a\x00b"


class Pipeline:
    """Keeps what is sent, as a client's pipeline does until it is executed."""

    def __init__(self) -> None:
        self.published: dict[str, bytes] = {}

    def publish(self, channel: str, message: bytes) -> None:
        self.published[channel] = message


def batch(event: EventRecord) -> Batch:
    ending = Ending(Status.COMPLETED, event, end_reason="finished", output=[{"json": {"x": MARKED}}], at=event.at)
    return Batch(str(uuid4()), 1, 1, [], [event], ending)


def test_events_hold_no_character_that_the_database_could_not_read_again() -> None:
    event = EventRecord("node.retrying", timezone.now(), "n", data={"error": {"message": MARKED, MARKED: 1}})
    (told,) = parameters_of([batch(event)], with_waits=False)["told"]

    (stored,) = loads(unpack(told))  # refuses what cannot be stored
    assert stored["data"]["error"]["message"] == "a\ufffdb"


def test_news_of_an_end_can_be_read_whatever_the_output_holds() -> None:
    pipeline: Any = Pipeline()
    publisher = Publisher("redis://127.0.0.1:1/0", lambda execution_id: None, lambda: None)
    publisher._add(pipeline, batch(EventRecord("execution.completed", timezone.now())), is_here=False)

    news = loads(pipeline.published[run_stream.ENDED])
    assert news["output"] == [{"json": {"x": "a\ufffdb"}}]
