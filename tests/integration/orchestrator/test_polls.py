"""Polling triggers: feeds, mailboxes and folders are asked when due; what is new starts one run, and only one."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from executor.models import Execution
from orchestrator.models import Poll
from orchestrator.triggers import polls
from tests.builders import edge, node
from tests.conftest import Peer
from tests.polling import BASE, Clock, deployed

pytestmark = pytest.mark.django_db(transaction=True)


def rss(*entries: str) -> bytes:
    items = "".join(
        f"<item><title>{entry}</title><guid>{entry}</guid><link>https://example.org/{entry}</link>"
        "<pubDate>Sun, 01 Mar 2026 09:30:00 GMT</pubDate><category>news</category></item>"
        for entry in entries
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'.encode()


# -- feeds -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def local(peer: Peer, settings: Any) -> Peer:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    return peer


def test_new_entries_of_a_feed_start_a_run_oldest_first(api: APIClient, local: Peer) -> None:
    local.answer("/feed", (200, {"ETag": '"1"'}, rss("b", "a")), (304, {}, b""), (200, {}, rss("d", "c", "b", "a")))
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{local.url}/feed"}))

    assert clock.ask() is None, "what is there already is known"
    assert clock.ask() is None
    assert local.calls[-1].headers["if-none-match"] == '"1"'
    items = clock.ask()
    assert items is not None
    assert [item["title"] for item in items] == ["c", "d"]
    assert (items[0]["published_at"], items[0]["categories"], items[0]["feed"]["title"]) == (
        "2026-03-01T09:30:00.000Z", ["news"], "Feed",
    )  # fmt: skip
    assert clock.ask() is None
    run: Any = Execution.objects.get()
    assert (run.trigger, run.mode) == ("event", "production")


def test_a_trigger_that_fails_says_so_and_is_asked_less_often(api: APIClient, local: Peer) -> None:
    local.answer("/feed", (500, {}, b"no"), (200, {}, b"<html>"), (200, {}, rss("a")))
    poll = deployed(api, "rss_trigger", {"url": f"{local.url}/feed", "every_s": 60})
    now = timezone.now()
    pauses: list[timedelta] = []
    for _ in range(2):
        now = max(now, poll.next_poll_at or now)
        assert polls.ask(poll.pk, now) is None
        poll.refresh_from_db()
        assert poll.next_poll_at is not None
        pauses.append(poll.next_poll_at - now)
    assert pauses == [timedelta(seconds=60), timedelta(seconds=120)]
    (shown,) = api.get(f"{BASE}{poll.workflow_id}/triggers/").json()["results"]
    assert "neither RSS nor Atom" in shown["error"]
    assert poll.next_poll_at is not None
    assert polls.ask(poll.pk, poll.next_poll_at) is None
    poll.refresh_from_db()
    assert (poll.failures, poll.last_error, poll.cursor) == (0, None, {"known": ["a"], "by": 2})


def test_two_workers_ask_once_and_a_redeploy_keeps_its_place(api: APIClient, local: Peer) -> None:
    local.answer("/feed", (200, {}, rss("a")), (200, {}, rss("b", "a")))
    poll = deployed(api, "rss_trigger", {"url": f"{local.url}/feed"})
    clock = Clock(poll)
    clock.ask()
    api.post(f"{BASE}{poll.workflow_id}/undeploy/", {}, format="json")
    assert clock.ask() is None
    assert len(local.calls) == 1, "out of service nobody asks"
    api.post(f"{BASE}{poll.workflow_id}/deploy/", {}, format="json")
    Poll.objects.update(locked_until=clock.now + timedelta(hours=3))
    assert clock.ask() is None, "somebody else is at it"
    Poll.objects.update(locked_until=None)
    assert [item["id"] for item in clock.ask() or []] == ["b"]
    assert Execution.objects.count() == 1


def test_many_new_entries_come_in_several_runs(api: APIClient, local: Peer) -> None:
    everything = [f"e{number}" for number in reversed(range(230))]
    local.answer("/feed", (200, {}, rss("old")), (200, {"ETag": "x"}, rss(*everything, "old")))
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{local.url}/feed"}))
    clock.ask()
    came = [item["id"] for _ in range(4) for item in clock.ask() or []]
    assert came == [f"e{number}" for number in range(230)]
    assert Execution.objects.count() == 3


def test_a_feed_longer_than_what_is_remembered_starts_nothing_twice(api: APIClient, local: Peer) -> None:
    old = [f"e{number}" for number in range(2300)]
    local.answer("/feed", (200, {}, rss(*old)), (200, {}, rss(*old)), (200, {}, rss("new", *old)))
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{local.url}/feed"}))
    assert [clock.ask(), clock.ask()] == [None, None]
    assert [item["id"] for item in clock.ask() or []] == ["new"]
    assert [clock.ask(), clock.ask()] == [None, None]
    assert len((clock.poll.cursor or {})["known"]) <= 2000


def test_a_feed_that_is_new_each_time_is_asked_no_faster_and_remembered_no_longer(api: APIClient, local: Peer) -> None:
    waves = [rss(*(f"w{wave}-{number}" for number in range(3000))) for wave in range(4)]
    local.answer("/feed", *((200, {"ETag": "e" * 5000}, wave) for wave in waves))
    poll = deployed(api, "rss_trigger", {"url": f"{local.url}/feed"})
    clock = Clock(poll)
    clock.ask()
    for _ in range(3):
        assert len(clock.ask() or []) == 100
        assert clock.poll.next_poll_at is not None
        assert clock.poll.next_poll_at >= clock.now + timedelta(seconds=2)
        assert len((clock.poll.cursor or {})["known"]) <= 2000
        assert "etag" not in (clock.poll.cursor or {})


def test_entries_that_share_a_link_are_told_apart(api: APIClient, local: Peer) -> None:
    def log(*titles: str) -> bytes:
        items = "".join(f"<item><title>{title}</title><link>https://x.org/log</link></item>" for title in titles)
        return f'<rss version="2.0"><channel><title>Log</title>{items}</channel></rss>'.encode()

    local.answer(
        "/feed", (200, {}, log("2", "1")), (200, {}, log("3", "2", "1")), (200, {}, log("5", "4", "3", "2", "1"))
    )
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{local.url}/feed"}))
    assert clock.ask() is None
    assert [item["title"] for item in clock.ask() or []] == ["3"]
    assert [item["title"] for item in clock.ask() or []] == ["4", "5"]


def newest(title: str) -> bytes:
    """Return a feed of one entry, whose link never changes."""
    entry = f"<item><title>{title}</title><link>https://x.org/status</link></item>"
    return f'<rss version="2.0"><channel><title>Status</title>{entry}</channel></rss>'.encode()


def test_a_feed_of_one_entry_with_one_link_is_followed(api: APIClient, local: Peer) -> None:
    local.answer("/feed", *[(200, {}, newest(title)) for title in ("up", "down", "down", "slow")])
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{local.url}/feed"}))
    assert clock.ask() is None
    assert [(item["title"], item["id"]) for item in clock.ask() or []] == [("down", "https://x.org/status")]
    assert clock.ask() is None, "the same one does not come twice"
    assert [item["title"] for item in clock.ask() or []] == ["slow"]


def test_entries_that_an_earlier_release_knew_by_their_links_stay_known(api: APIClient, local: Peer) -> None:
    local.answer("/feed", *[(200, {}, newest(title)) for title in ("up", "up", "down")])
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{local.url}/feed"}))
    assert clock.ask() is None
    Poll.objects.filter(pk=clock.poll.pk).update(cursor={"known": ["https://x.org/status"]})
    assert clock.ask() is None
    assert [item["title"] for item in clock.ask() or []] == ["down"]


def test_private_addresses_are_refused(api: APIClient, peer: Peer) -> None:
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{peer.url}/feed"}))
    assert clock.ask() is None
    assert (clock.poll.last_error or {})["code"] == "ssrf_blocked"
    assert not peer.calls


def test_a_trigger_is_tried_before_it_is_deployed(api: APIClient, other_api: APIClient, local: Peer) -> None:
    local.answer("/feed", (200, {}, rss("d", "c", "b", "a")), (500, {}, b""))
    document = {"name": "w", "nodes": [node("t", "rss_trigger", {"url": f"{local.url}/feed"}), node("z")],
                "edges": [edge("t", "z")]}  # fmt: skip
    url = f"{BASE}{api.post(BASE, document, format='json').json()['id']}/triggers"
    found = api.post(f"{url}/t/try/").json()["items"]
    assert [item["json"]["title"] for item in found] == ["d", "c", "b"]
    assert (api.post(f"{url}/t/try/").status_code, api.post(f"{url}/z/try/").status_code) == (502, 404)
    assert other_api.post(f"{url}/t/try/").status_code == 404
    assert not Execution.objects.exists()


def test_a_feed_of_characters_that_cannot_be_stored_is_read(api: APIClient, local: Peer) -> None:
    odd = (
        rss("a").replace(b"<guid>a", b"<guid>&#0;&#xD800;\xff\x00").replace(b"<title>a", b"<title>&#xDFFF;\xed\xa0\x80")
    )
    local.answer("/feed", (200, {}, rss("b")), (200, {}, odd))
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{local.url}/feed"}))
    assert clock.ask() is None

    items = clock.ask()
    assert items is not None
    assert len(items) == 1
    assert clock.ask() is None, "its id is the same each time"
    assert clock.poll.last_error is None


# -- folders ---------------------------------------------------------------------------------------------------------
def test_files_from_the_future_are_seen_once_they_stay_as_they_are(
    api: APIClient, tmp_path: Path, settings: Any
) -> None:
    settings.WATCH_FOLDERS = [str(tmp_path)]
    known = tmp_path / "known.csv"
    known.write_text("a")
    clock = Clock(deployed(api, "file_trigger", {"folder": str(tmp_path), "settled_s": 3600}))
    assert clock.ask() is None
    far = clock.now.timestamp() + 10 * 365 * 86_400
    made = tmp_path / "made.csv"
    for path in (known, made):
        path.write_text("ab")
        os.utime(path, (far, far))
    assert clock.ask() is None, "they may be being written"
    made.write_text("abc")
    os.utime(made, (far, far))
    assert [(item["event"], item["name"]) for item in clock.ask() or []] == [("changed", "known.csv")]
    assert [(item["event"], item["name"], item["size_bytes"]) for item in clock.ask() or []] == [
        ("created", "made.csv", 3)
    ]
    assert clock.ask() is None
    assert set(clock.poll.cursor or {}) == {"files"}, "nothing is kept of them but what they were"


def test_files_that_come_change_and_go(api: APIClient, tmp_path: Path, settings: Any) -> None:
    settings.WATCH_FOLDERS = [str(tmp_path)]
    (tmp_path / "known.csv").write_text("old")
    clock = Clock(deployed(api, "file_trigger", {"folder": str(tmp_path), "pattern": "*.csv", "read": True,
                                                 "events": ["created", "changed", "removed"]}))  # fmt: skip
    assert clock.ask() is None
    (tmp_path / "new.csv").write_text("a,b")
    (tmp_path / "other.txt").write_text("no")
    items = clock.ask()
    assert items is not None
    assert [(item["event"], item["name"], item["size_bytes"]) for item in items] == [("created", "new.csv", 3)]
    assert items[0]["$binary"]["file"]["mime_type"] == "text/csv"
    (tmp_path / "known.csv").write_text("newer")
    (tmp_path / "new.csv").unlink()
    assert [(item["event"], item["name"]) for item in clock.ask() or []] == [
        ("changed", "known.csv"), ("removed", "new.csv"),
    ]  # fmt: skip
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    assert clock.ask() is None
    half = tmp_path / "half.csv"
    half.write_text("a")
    later = clock.now.timestamp() + 7200
    os.utime(half, (later, later))
    assert clock.ask() is None, "it is being written"


def test_a_file_whose_name_is_no_text_is_seen_once(api: APIClient, tmp_path: Path, settings: Any) -> None:
    settings.WATCH_FOLDERS = [str(tmp_path)]
    clock = Clock(
        deployed(api, "file_trigger", {"folder": str(tmp_path), "read": True, "events": ["created", "removed"]})
    )
    assert clock.ask() is None
    named = os.fsencode(tmp_path) + b"/a\xff\r\n.csv"
    Path(os.fsdecode(named)).write_text("a,b")

    items = clock.ask()
    assert items is not None
    assert [(item["event"], item["name"]) for item in items] == [("created", "a\\xff\r\n.csv")]
    assert items[0]["$binary"]["file"]["size_bytes"] == 3
    assert clock.ask() is None, "it is known by its name"
    os.unlink(named)
    assert [item["event"] for item in clock.ask() or []] == ["removed"]
    assert clock.poll.last_error is None


def test_only_opened_folders_are_watched(api: APIClient, tmp_path: Path, settings: Any) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "way").symlink_to(outside)
    settings.WATCH_FOLDERS = [str(inside)]
    said = set()
    for folder in (outside, inside / "way", inside / ".." / "out", tmp_path / "nowhere", Path("/etc")):
        clock = Clock(deployed(api, "file_trigger", {"folder": str(folder)}))
        clock.ask()
        said.add(str(clock.poll.last_error))
    assert said == {
        str({"code": "folder_refused", "message": "There is no such folder, or workflows may not watch it"})
    }


def test_a_poll_that_breaks_leaves_its_cursor(api: APIClient, local: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    local.answer("/feed", (200, {}, rss("a")), (200, {}, rss("b", "a")))
    clock = Clock(deployed(api, "rss_trigger", {"url": f"{local.url}/feed"}))
    clock.ask()
    real = polls._start

    def broken(poll: Poll, found: Any, now: datetime) -> Any:
        real(poll, found, now)
        raise RuntimeError("killed between the run and the cursor")

    monkeypatch.setattr(polls, "_start", broken)
    with pytest.raises(RuntimeError):
        clock.ask()
    assert not Execution.objects.exists(), "both or neither"
    monkeypatch.setattr(polls, "_start", real)
    assert [item["id"] for item in clock.ask() or []] == ["b"]
