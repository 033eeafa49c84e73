"""The form trigger: a public page made from a JSON Schema; who sends it starts a run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from core.forms.fields import without_files
from core.forms.forms import form_problem
from core.values.hosts import url_parts
from nodes.base import LITERAL, Look, NodeParams
from nodes.calling import AsTool, Door, FormPage, PageType

_FORM: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string", "title": "Name"}}}


class FormParams(NodeParams):
    path: str = Field(min_length=1, max_length=200, title="Path", json_schema_extra=LITERAL)
    title: str = Field(default="Form", min_length=1, max_length=200, title="Title", json_schema_extra=LITERAL)
    description: str = Field(default="", max_length=5000, title="Text above the fields", json_schema_extra=LITERAL)
    form: dict[str, Any] = Field(
        default=_FORM, title="Form", description="The fields of the page: the properties of a JSON Schema of an object",
        json_schema_extra={**LITERAL, "control": "file_form"},
    )  # fmt: skip
    submit_label: str = Field(default="Send", min_length=1, max_length=60, title="Button", json_schema_extra=LITERAL)
    thanks: str = Field(
        default="Thank you. We have got it.", max_length=2000, title="Text afterwards", json_schema_extra=LITERAL
    )
    redirect_url: str = Field(
        default="", max_length=2000, title="Page afterwards", description="Instead of the text",
        json_schema_extra=LITERAL,
    )  # fmt: skip

    @field_validator("path")
    @classmethod
    def _path_is_plain(cls, value: str) -> str:
        if not all(re.fullmatch(r"[\w.~-]+", step) for step in value.strip("/").split("/")):
            raise ValueError("letters, digits, - _ . ~ between slashes")
        return value.strip("/")

    @field_validator("form")
    @classmethod
    def _form_is_one(cls, value: dict[str, Any]) -> dict[str, Any]:
        problem = form_problem(value)
        if problem:
            raise ValueError(problem)
        return value

    @field_validator("redirect_url")
    @classmethod
    def _url_is_of_the_web(cls, value: str) -> str:
        if value and (url_parts(value).scheme not in ("http", "https") or not url_parts(value).hostname):
            raise ValueError("an http or https URL")
        return value


class FormTrigger(AsTool, PageType[FormParams]):
    """Start on a form that was sent. Outputs: {"fields", "submitted_at", "query"} and files as binary, by "main"."""

    kind = "form_trigger"
    tool_rank = 1
    Params = FormParams
    look = Look(
        label="Form",
        description="Starts when somebody sends the form on its page.",
        category="trigger",
        icon="clipboard-list",
        color="#16a34a",
        summary="{{ title }}",
        aliases=("survey", "questionnaire", "intake", "page"),
        docs="The page stands at `/api/webhooks/{your id}/{path}` once deployed, and at `/api/webhooks-test/…` for one "
        "answer after *Listen*. Text, numbers, choices (`enum`), yes or no, dates, e-mail and files (`format: binary`) "
        'have fields of their own. Programs may post `{"fields": {…}}` as JSON.',
        output_fields=(("fields", "json"), ("submitted_at", "string"), ("query", "json")),
    )

    def door(self, params: FormParams) -> Door:
        return Door(params.path, self.methods)

    def page(self, params: FormParams) -> FormPage:
        return FormPage(
            params.title, params.description, params.form, params.submit_label, params.thanks, params.redirect_url
        )

    def tool_schema(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return without_files(params.get("form") or _FORM)

    def tool_input(self, arguments: Mapping[str, Any], now: str) -> Mapping[str, Any]:
        return {"fields": dict(arguments), "submitted_at": now, "query": {}}
