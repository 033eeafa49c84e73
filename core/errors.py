"""The families of errors that are raised on purpose.

WorkflowError
├── Invalid           400  the request cannot be read as what it should be
├── NotAuthenticated  401  nobody, or not valid any more
├── Forbidden         403  seen, but not allowed
├── Missing           404  not there, or not yours
├── Conflict          409  the state of things does not allow it
├── Stale             412  somebody else was faster
├── TooLarge          413  over a size limit
├── UnsupportedMediaType 415  a body in a form that is not read
├── Unprocessable     422  readable, but it cannot be done
├── Upstream          502  another service failed us
├── Unavailable       503  a part of ours is not there
└── TimedOut          504  it took too long
"""

from typing import ClassVar

PROBLEM_MEDIA_TYPE = "application/problem+json"


class WorkflowError(Exception):
    """Root of what we raise on purpose; its message is fit for a client to read."""

    code: ClassVar[str] = "internal_error"
    retry_in_s: int | None = None  # for the header Retry-After

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details  # become members of the problem response


class Invalid(WorkflowError):
    code = "validation_error"

    def __init__(self, message: str, *, field: str = "", reason: str = "invalid", **details: object) -> None:
        details.setdefault("errors", [{"field": field, "code": reason, "message": message}])
        super().__init__(message, **details)


class MalformedJson(WorkflowError):
    code = "malformed_json"


class NotAuthenticated(WorkflowError):
    code = "not_authenticated"


class Forbidden(WorkflowError):
    code = "permission_denied"


class Missing(WorkflowError):
    code = "not_found"


class Conflict(WorkflowError):
    code = "conflict"


class Stale(WorkflowError):
    code = "revision_conflict"


class TooLarge(WorkflowError):
    code = "payload_too_large"


class UnsupportedMediaType(WorkflowError):
    code = "unsupported_media_type"


class Unprocessable(WorkflowError):
    code = "unprocessable"


class PaymentNeeded(WorkflowError):
    code = "payment_needed"


class RateLimited(WorkflowError):
    code = "rate_limited"


class Upstream(WorkflowError):
    code = "upstream_failed"


class Unavailable(WorkflowError):
    code = "service_unavailable"


class TimedOut(WorkflowError):
    code = "timed_out"
