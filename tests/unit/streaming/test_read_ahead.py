"""What is read ahead for clients: so many bytes for each and for all, and whoever took nothing for longest loses his."""

from __future__ import annotations

from streaming.read_ahead import ONE_BYTES, ReadAhead, Room, WrittenEvent, fitting


def events(*numbers: int, size: int = 10) -> list[WrittenEvent]:
    return [WrittenEvent(number, "progress", b"x" * size) for number in numbers]


def test_events_are_handed_on_in_order_and_take_room_until_then() -> None:
    room = Room(1000)
    ahead = ReadAhead(room)
    ahead.fill(events(1, 2, 3))
    assert room.bytes == 30
    taken = ahead.taken()
    assert next(taken).seq == 1
    assert room.bytes == 20
    assert [event.seq for event in taken] == [2, 3]
    assert (room.bytes, ahead.was_forgotten) == (0, False)


def test_who_took_nothing_for_longest_makes_room() -> None:
    room = Room(60)
    first, second, third = (ReadAhead(room) for _ in range(3))
    first.fill(events(1, 2, 3))
    second.fill(events(1, 2, 3))
    next(first.taken())
    third.fill(events(1, 2))
    assert room.bytes == 40
    assert [ahead.was_forgotten for ahead in (first, second, third)] == [False, True, False]
    assert list(second.taken()) == []
    second.fill(events(4))
    assert not second.was_forgotten


def test_one_who_is_alone_keeps_what_is_larger_than_all_room() -> None:
    ahead = ReadAhead(Room(5))
    ahead.fill(events(1))
    assert [event.seq for event in ahead.taken()] == [1]


def test_all_that_clients_hold_stays_within_the_room() -> None:
    room = Room(1000)
    clients = [ReadAhead(room) for _ in range(50)]
    for turn in range(5):
        for client in clients:
            client.fill(events(turn, size=90))
            assert room.bytes <= 1000
    for client in clients:
        client.forget()
    assert room.bytes == 0


def test_a_page_ends_with_the_event_that_fills_it() -> None:
    large = events(1, 2, 3, size=ONE_BYTES // 2)
    assert [event.seq for event in fitting(large)] == [1, 2]
    huge = events(1, 2, size=10 * ONE_BYTES)
    assert [event.seq for event in fitting(huge)] == [1]
    assert fitting([]) == []
