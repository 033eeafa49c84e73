"""Health: reads what processes left behind, calls none of them, answers within two seconds whatever hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.health.probes import DATABASE, REDIS, Answer, ask, with_own_connection
from core.models import ProcessHeartbeat
from core.values.times import wire_time
from core.version import VERSION
from core.web.public_limits import admit
from core.web.shapes import moment, one_of, shape, text, texts, whole

ALIVE_S = 12.0  # a worker's heartbeat is older: its lease is over
BEAT_ALIVE_S = 15.0
FORGOTTEN_S = 60.0  # one that others have replaced by then
KNOWN = timedelta(hours=1)
MOST_SHOWN = 20
_redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
Component = dict[str, Any]


COMPONENT = ("ok", "degraded", "down", "unknown")
Server = shape(
    "HealthServer", status=one_of(*COMPONENT), latency_ms=whole(allow_null=True), reason=text(required=False)
)
Workers = shape(
    "HealthWorkers", status=one_of(*COMPONENT), count=whole(),
    standing=shape("HealthStanding", worker=text(), part=text(), why=text())(many=True),
)  # fmt: skip
Sandbox = shape("HealthSandbox", status=one_of(*COMPONENT), layers=texts(), reason=text(required=False))
Beat = shape("HealthBeat", status=one_of(*COMPONENT), last_tick_at=moment(allow_null=True))
Components = shape(
    "HealthComponents", database=Server(), redis=Server(), workers=Workers(), sandbox=Sandbox(), beat=Beat()
)


class HealthOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["healthy", "degraded", "unhealthy"])
    version = serializers.CharField()
    components = Components()


class LiveOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["alive"])


class ReadyOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["ready", "not_ready"])
    failing = serializers.ListField(child=serializers.CharField(), required=False)


def _timed(probe: Callable[[], object]) -> Component:
    begin = time.monotonic()
    probe()
    return {"status": "ok", "latency_ms": round((time.monotonic() - begin) * 1000)}


def check_database() -> Component:
    """Ask the database; one that takes no writes, as a standby does after a failover, is as good as down."""

    def look(own: BaseDatabaseWrapper) -> Component:
        with own.cursor() as cursor:
            asked = _timed(lambda: cursor.execute("SHOW transaction_read_only"))
            row: tuple[str] = cursor.fetchone()
        return {**asked, "status": "down", "reason": "read_only"} if row[0] == "on" else asked

    return dict(with_own_connection(look))


def check_redis() -> Component:
    return _timed(_redis.ping)


def check_processes() -> dict[str, Component]:
    def probe(own: BaseDatabaseWrapper) -> list[tuple[str, Any, float, dict[str, Any]]]:
        rows = ProcessHeartbeat.objects.filter(beat_at__gt=Now() - KNOWN)
        aged = rows.annotate(age=ExpressionWrapper(Now() - F("beat_at"), output_field=DurationField()))
        query = aged.values_list("kind", "beat_at", "age", "details").query
        found = query.get_compiler(connection=own).results_iter()
        return [(kind, beat_at, age.total_seconds(), details) for kind, beat_at, age, details in found]

    found = with_own_connection(probe)
    ticks = [beat_at for kind, beat_at, age_s, _ in found if kind == "beat" and age_s < BEAT_ALIVE_S]
    workers = [(age_s, details) for kind, _, age_s, details in found if kind == "worker" and details.get("queues")]
    jails = [details["sandbox"] for age_s, details in workers if age_s < ALIVE_S and details.get("sandbox")]
    return {
        "workers": workers_of(workers),
        "sandbox": sandbox_of(jails),
        "beat": {"status": "ok" if ticks else "down", "last_tick_at": wire_time(max(ticks)) if ticks else None},
    }


def workers_of(heartbeats: list[tuple[float, dict[str, Any]]]) -> Component:
    """Return all workers as one, from the age and the details of their heartbeats.

    `standing` says who does not claim and commit, and why. It is empty where no worker is known.
    """
    alive = [details for age_s, details in heartbeats if age_s < ALIVE_S]
    working = [details for details in alive if not details.get("standing")]
    standing = [
        {"worker": _name_of(details), "part": part, "why": why}
        for age_s, details in heartbeats
        for part, why in (details.get("standing") or {}).items()
        if min(age_s, _told_s(details)) < FORGOTTEN_S or not alive
    ]
    standing += [
        {"worker": _name_of(details), "part": "heartbeat", "why": f"silent for {age_s:.0f} s"}
        for age_s, details in heartbeats
        if not details.get("standing") and age_s >= ALIVE_S and (age_s < FORGOTTEN_S or not alive)
    ]
    return {
        "status": "down" if standing or not working else "ok",
        "count": len(working),
        "standing": standing[:MOST_SHOWN],
    }


def _told_s(details: dict[str, Any]) -> float:
    """Return how long ago a worker that stands still said so; it does not renew its lease meanwhile."""
    told_at = details.get("told_at")
    return (timezone.now() - datetime.fromisoformat(told_at)).total_seconds() if told_at else float("inf")


def _name_of(details: dict[str, Any]) -> str:
    """Return a worker's name without its host."""
    return str(details.get("name", "")).split("@")[0]


def sandbox_of(jails: list[dict[str, Any]]) -> Component:
    """Return the jails of all workers as one: down where one refuses, unknown where none has started."""
    refusing = next((jail for jail in jails if jail["status"] == "down"), None)
    if refusing is not None:
        return {"status": "down", "layers": [], "reason": refusing["reason"]}
    standing = next((jail for jail in jails if jail["status"] == "ok"), None)
    return {"status": "ok", "layers": standing["layers"]} if standing else {"status": "unknown", "layers": []}


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Return what this release wants applied; Django's own loader would ask over the pool of requests."""
    return frozenset(MigrationLoader(None).graph.nodes)


def check_migrations() -> Component:
    def pending(own: BaseDatabaseWrapper) -> Component:
        with own.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return {"status": "ok" if _migrations() <= set(cursor.fetchall()) else "down"}

    return dict(with_own_connection(pending))


def server_of(answer: Answer) -> Component:
    """Return a server as what was found of it; of one that could not be asked nothing is known."""
    if answer.found is not None:
        return dict(answer.found)
    return {"status": "unknown" if answer.is_ours else "down", "latency_ms": None, "reason": answer.reason}


def failing_of(answers: Mapping[str, Answer]) -> list[str]:
    """Return what is not ready; `web` where this process could not ask."""
    named = {name: server_of(answer)["status"] for name, answer in answers.items()}
    failing = [name for name, found in named.items() if found not in ("ok", "unknown")]
    return failing + (["web"] if "unknown" in named.values() else [])


def body_of(overall: str, components: Mapping[str, Component]) -> dict[str, Any]:
    """Return the answer of health. The version is no secret: the public OpenAPI document says it too."""
    return {"status": overall, "version": VERSION, "components": components}


class OpenHealthView(APIView):
    permission_classes = [AllowAny]
    authentication_classes = []

    def check_throttles(self, request: Request) -> None:
        """Count the call. Raises: RateLimited."""
        admit(request, "health")


class HealthView(OpenHealthView):
    @extend_schema(responses={200: HealthOutput, 503: HealthOutput})
    def get(self, request: Request) -> Response:
        asked = {"database": (DATABASE, check_database), "processes": (DATABASE, check_processes)}
        found = ask({**asked, "redis": (REDIS, check_redis)})
        components = {name: server_of(found[name]) for name in ("database", "redis")}
        components |= found["processes"].found or {
            "workers": {"status": "unknown", "count": 0, "standing": []},
            "sandbox": {"status": "unknown", "layers": []},
            "beat": {"status": "unknown", "last_tick_at": None},
        }
        is_unknown = any(components[name]["status"] == "unknown" for name in ("database", "redis"))
        if is_unknown or any(
            components[name]["status"] == "down" for name in ("database", "redis", "sandbox", "workers")
        ):
            return Response(body_of("unhealthy", components), status=status.HTTP_503_SERVICE_UNAVAILABLE)
        missing = any(components[name]["status"] != "ok" for name in ("workers", "beat"))
        return Response(body_of("degraded" if missing else "healthy", components))


class LiveView(OpenHealthView):
    @extend_schema(responses=LiveOutput)
    def get(self, request: Request) -> Response:
        return Response({"status": "alive"})


class ReadyView(OpenHealthView):
    @extend_schema(responses={200: ReadyOutput, 503: ReadyOutput})
    def get(self, request: Request) -> Response:
        asked = {"database": (DATABASE, check_database), "migrations": (DATABASE, check_migrations)}
        found = ask({**asked, "redis": (REDIS, check_redis)})
        failing = failing_of(found)
        if failing:
            return Response({"status": "not_ready", "failing": failing}, status=status.HTTP_503_SERVICE_UNAVAILABLE)
        return Response({"status": "ready"})
