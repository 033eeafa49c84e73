"""What an ordinary user felt of his hostile neighbour: figures, bounds, and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from executor.models import Execution, HumanTask
from orchestrator.models import Occurrence
from tests.chaos.tenant import Phase, Tenant, late_s

SLOWER, SHARE = 5.0, 0.7  # at most so many times the quiet p95; at least so much of the quiet throughput
ON_TIME_S = {"mails": 20.0, "callbacks": 10.0, "schedules": 10.0}
DEATHS = 2  # of workers, for each kind of work that took one down


def ends_by_kind(started: Mapping[str, Sequence[str]]) -> dict[str, Counter[str]]:
    """Return how the hostile runs ended."""
    found: dict[str, Counter[str]] = {}
    for kind, ids in started.items():
        rows = Execution.objects.filter(pk__in=ids).values_list("state__status", "error__code")
        found[kind] = Counter(str(code) if status == "failed" else status for status, code in rows)
    return found


def lateness(phase: Phase, tenant: Tenant) -> dict[str, list[float]]:
    """Return how late mails, callbacks and schedules were."""

    ended = dict(Execution.objects.filter(owner_id=tenant.account.user_id).values_list("pk", "finished_at"))

    def finished(execution_id: str) -> datetime:
        moment = ended[UUID(execution_id)]
        assert moment is not None
        return moment

    def asked(execution_id: str) -> datetime:
        return HumanTask.objects.values_list("created_at", flat=True).get(execution_id=execution_id)

    span = _moment(phase.began_at), _moment(phase.began_at + phase.seconds)
    moments = Occurrence.objects.filter(schedule__owner_id=tenant.account.user_id, due_at__range=span)
    return {
        "mails": late_s(tenant.mailbox.came, phase.mails, asked),
        "callbacks": late_s(tenant.receiver.came, phase.callbacks, finished),
        "schedules": [
            (finished(str(run)) - due).total_seconds() if run and ended.get(run) else float("inf")
            for due, run in moments.values_list("due_at", "execution_id")
        ],
    }


def where_the_time_went(phase: Phase, tenant: Tenant) -> str:
    """Return medians of what his runs took: until a worker began, at work, and the rest, which is the way in and out."""
    span = _moment(phase.began_at), _moment(phase.began_at + phase.seconds)
    rows = Execution.objects.filter(owner_id=tenant.account.user_id, created_at__range=span, finished_at__isnull=False)
    times = rows.exclude(workflow_name__in=("wait", "mailed", "approval")).values_list(
        "created_at", "state__started_at", "finished_at"
    )
    queued = sorted((started - created).total_seconds() for created, started, _ in times if started)
    worked = sorted((ended - started).total_seconds() for _, started, ended in times if started and ended)
    took = sorted(seconds for kind in ("chain", "data", "code", "callback") for seconds in phase.took[kind])
    whole, begun, done = (values[len(values) // 2] if values else 0.0 for values in (took, queued, worked))
    return f"{begun:.3f} s until a worker began, {done:.3f} s at work, {whole - begun - done:.3f} s around"


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()


@dataclass
class Outcome:
    """What came of it all."""

    quiet: Phase
    beside: Phase
    late: dict[str, list[float]]
    quiet_late: dict[str, list[float]]
    ends: dict[str, Counter[str]]
    active: list[str]
    deaths: Counter[str]
    health: str  # afterwards
    said: Mapping[str, Any]  # by the hostile user's program
    meanwhile: Sequence[str]  # what was seen of the processes and of his runs

    def problems(self) -> list[str]:
        found = [*self.quiet.failures, *self.beside.failures]
        slower = self.beside.p95_s / self.quiet.p95_s
        if slower > SLOWER:
            found.append(f"p95 is {slower:.1f} times that of the quiet time, not at most {SLOWER:g}")
        share = self.beside.per_s / self.quiet.per_s
        if share < SHARE:
            found.append(f"throughput is {share:.2f} of that of the quiet time, not at least {SHARE:g}")
        for what, bound in ON_TIME_S.items():
            late = [seconds for seconds in self.late[what] if seconds > bound]
            if late or not self.late[what]:
                found.append(f"{what}: {len(late)} of {len(self.late[what])} were over {bound:g} s late: {late}")
        culprits = sum(ends["worker_lost"] > 0 for ends in self.ends.values())
        died = sum(times for name, times in self.deaths.items() if name.startswith("worker"))
        if died > DEATHS * culprits:
            found.append(f"workers died {died} times, and {culprits} kinds of work are to blame")
        found += [f"{name} died {self.deaths[name]} times" for name in ("web", "beat") if self.deaths[name]]
        if self.active:
            found.append(f"{len(self.active)} runs did not end: {describe(self.active[:20])}")
        return found + ([f"health is {self.health}"] if self.health != "healthy" else [])


def describe(ids: Sequence[str]) -> list[str]:
    rows = Execution.objects.filter(pk__in=ids).values_list("workflow_name", "state__status", "state__suspicion")
    return [f"{name}: {status} ({suspicion})" for name, status, suspicion in rows]


def in_words(outcome: Outcome) -> list[str]:
    quiet, beside = outcome.quiet, outcome.beside
    lines = [
        f"quiet:  p95 {quiet.p95_s:.3f} s, {quiet.per_s:.2f} runs/s",
        f"beside: p95 {beside.p95_s:.3f} s ({beside.p95_s / quiet.p95_s:.1f} ×), {beside.per_s:.2f} runs/s "
        f"({beside.per_s / quiet.per_s:.2f})",
    ]
    for kind in sorted(quiet.took):
        one, other = sorted(quiet.took[kind]), sorted(beside.took[kind])
        lines.append(f"  {kind:<10}{_spread(one)}  →  {_spread(other)}")
    lines += [
        f"  {what:<10}{_spread(sorted(outcome.quiet_late[what]))}  →  {_spread(sorted(late))}"
        for what, late in outcome.late.items()
    ]
    for kind in outcome.said["kinds"]:
        answers = " ".join(f"{what}×{times}" for what, times in outcome.said["answers"].get(kind, {}).items())
        ends = " ".join(f"{end}×{times}" for end, times in outcome.ends.get(kind, {}).items())
        lines.append(f"  {kind:<16} {answers}  ⇒  {ends}")
    return [*lines, f"deaths: {dict(outcome.deaths)}", *outcome.meanwhile]


def _spread(values: list[float]) -> str:
    if not values:
        return "none"
    return f"{values[len(values) // 2]:.3f} … {values[-1]:.3f} s ({len(values)})"
