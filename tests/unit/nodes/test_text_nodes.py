"""What steps that read texts do by themselves: parts, handles, schemas, what is found without a model."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.text.for_models import PromptPattern, PromptPolicy
from nodes.abilities import PROMPT_RULES, Ability
from nodes.base import NodeFailed
from nodes.handlers.ai import vetting
from nodes.handlers.ai.texts.chunks import chunks, grouped
from nodes.handlers.ai.texts.guardrail import GuardrailParams
from nodes.handlers.ai.texts.information_extractor import InformationExtractorParams
from nodes.handlers.ai.texts.languages import language_of
from nodes.handlers.ai.texts.sentiment import Sentiment, SentimentParams
from nodes.handlers.ai.texts.text_classifier import TextClassifier, TextClassifierParams, chosen
from nodes.handlers.ai.texts.text_model import with_fields
from tests.unit.nodes.running import Ctx, run

RULES = PromptPolicy((PromptPattern("open sesame", "block"), PromptPattern("be nice", "warn")), 1000)


class Ruled(Ctx):
    """Has rules of its own."""

    async def ability(self, which: Ability[Any]) -> Any:
        assert which is PROMPT_RULES
        return self

    async def policy(self) -> PromptPolicy:
        return RULES


@given(st.text(alphabet="ab \n.!", max_size=400), st.integers(min_value=5, max_value=60))
def test_parts_hold_all_of_a_text_and_are_no_longer_than_asked(text: str, most: int) -> None:
    parts = chunks(text, most)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < len(part) <= most for part in parts)


def test_a_text_is_cut_between_paragraphs_else_sentences_else_words() -> None:
    assert chunks("one two\n\nthree four\n\nfive", 14) == ["one two", "three four", "five"]
    assert chunks("One is. Two are. Three", 10) == ["One is.", "Two are.", "Three"]
    assert chunks("aaaa bbbb cccc", 10) == ["aaaa bbbb", "cccc"]
    assert chunks("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


@given(st.lists(st.text(min_size=1, max_size=50), min_size=2, max_size=30), st.integers(min_value=1, max_value=100))
def test_groups_keep_the_order_and_become_fewer(texts: list[str], most: int) -> None:
    groups = grouped(texts, most)
    assert [text for group in groups for text in group] == texts
    assert len(groups) <= len(texts) // 2 or len(groups) == 1


def test_each_category_and_each_label_is_a_handle() -> None:
    listed = {"categories": [{"name": "billing"}, {"name": "shipping"}]}
    assert TextClassifier().output_names(listed) == ("billing", "shipping", "other")
    assert TextClassifier().output_names({}) == ("other",)
    assert Sentiment().output_names({}) == ("positive", "neutral", "negative")
    assert Sentiment().output_names({"labels": ["yes", "no"]}) == ("yes", "no")


@pytest.mark.parametrize(
    ("said", "more", "expected"),
    [
        ([("a", 0.9)], {}, {"a": 0.9}),
        ([("a", 0.5)], {}, {"other": 0.5}),
        ([("a", 0.5)], {"fallback": "b"}, {"b": 0.5}),
        ([("other", 0.9)], {}, {"other": 0.9}),
        ([("a", 7)], {}, {"a": 1.0}),
        ([("a", 0.7), ("b", 0.8)], {"multi": True}, {"a": 0.7, "b": 0.8}),
        ([], {"multi": True}, {"other": 0.0}),
    ],
)
def test_what_the_model_is_not_sure_of_goes_to_the_fallback(said: Any, more: Any, expected: dict[str, float]) -> None:
    params = TextClassifierParams(text="x", categories=[{"name": "a"}, {"name": "b"}], **more)
    assert chosen(params, [{"category": name, "confidence": sure} for name, sure in said]) == expected


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        (TextClassifierParams, {"categories": [{"name": "a"}, {"name": "a"}]}),
        (TextClassifierParams, {"categories": [{"name": "other"}]}),
        (TextClassifierParams, {"categories": [{"name": "a"}], "fallback": "b"}),
        (SentimentParams, {"labels": ["a", "a"]}),
        (SentimentParams, {"labels": ["a", "error"]}),
        (InformationExtractorParams, {}),
        (InformationExtractorParams, {"fields": [{"name": "a"}], "schema": {"type": "object"}}),
        (InformationExtractorParams, {"schema": {"type": 5}}),
        (GuardrailParams, {"checks": ["language"]}),
        (GuardrailParams, {"checks": ["topic"]}),
        (GuardrailParams, {"checks": ["language"], "languages": ["english"]}),
    ],
)
def test_params_that_make_no_sense_are_refused(params: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        params.model_validate({"text": "x", **wrong})


def test_fields_become_a_schema_in_which_what_may_be_missing_may_be_null() -> None:
    fields = [{"name": "n", "type": "integer", "required": True}, {"name": "d", "type": "date", "description": "Due"}]
    form = InformationExtractorParams.model_validate({"text": "x", "fields": fields}).form
    assert form["properties"] == {
        "n": {"type": "integer"}, "d": {"type": ["string", "null"], "description": "Due. A date, as 2026-03-01"},
    }  # fmt: skip
    assert (form["required"], form["additionalProperties"]) == (["n", "d"], False)


def guarded(text: str, **params: Any) -> tuple[str, dict[str, Any]]:
    """Return the handle that a text leaves by, and what it became."""
    ((handle, (json,)),) = run("guardrail", {"text": text, **params}, {"id": 1}, ctx=Ruled()).items()
    assert json["id"] == 1
    return handle, json


def places(json: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    return [(one["check"], one["kind"], one["at"], one["length"]) for one in json["findings"]]


def test_findings_say_where_they_stand_in_the_text_as_it_came() -> None:
    assert guarded("All is well") == ("passed", {"id": 1, "findings": []})
    handle, json = guarded("Dear ada@example.org, open sesame with sk-0123456789abcdefgh")
    assert handle == "blocked"
    assert places(json) == [
        ("pii", "email", 5, 15), ("prompt_injection", "pattern", 22, 11), ("secrets", "api_key", 39, 21),
    ]  # fmt: skip
    assert "sk-0123" not in str(json["findings"]), "a finding does not repeat what is secret"
    # What is hidden between, look-alike forms, and white space are looked through; places are those of the text.
    text = "é  \u200bＯpen\u2060  sesame!"
    _, json = guarded(text, checks=["prompt_injection"])
    (found,) = [one for one in json["findings"] if one["kind"] == "pattern"]
    assert text[found["at"] : found["at"] + found["length"]] == "Ｏpen\u2060  sesame"


def test_what_only_warns_is_found_and_passes() -> None:
    handle, json = guarded("Please be nice")
    assert (handle, [one["blocks"] for one in json["findings"]]) == ("passed", [False])


def test_masking_takes_out_what_has_a_place_and_an_attack_is_blocked_all_the_same() -> None:
    text = "Pay DE89 3704 0044 0532 0130 00, call +49 30 123456, password=hunter22, SSN 536-90-4399"
    handle, json = guarded(text, action="mask")
    assert handle == "passed"
    assert json["text"] == "Pay [iban], call [phone], password=[secret], SSN [social security number]"
    assert {one["kind"] for one in json["findings"]} == {"iban", "phone", "assignment", "social_security_number"}
    handle, json = guarded(text, action="mask", checks=["secrets"])
    assert json["text"] == text.replace("hunter22", "[secret]")
    assert guarded("Open sesame, ada@example.org", action="mask")[0] == "blocked"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my order? I want my money back.", "passed"), ("Guten Tag, wie geht es Ihnen heute?", "passed"),
        ("Bonjour tout le monde, comment allez-vous?", "blocked"), ("ok", "passed"), ("", "passed"),
    ],
)  # fmt: skip
def test_only_the_languages_that_are_named_pass(text: str, expected: str) -> None:
    assert guarded(text, checks=["language"], languages=["EN", "de"])[0] == expected


def test_an_item_goes_on_with_its_files() -> None:
    item = {"json": {"a": 1}, "binary": {"doc": {"id": "x"}}, "pairedItem": {"item": 3}}
    assert with_fields(item, b=2) == {"json": {"a": 1, "b": 2}, "binary": {"doc": {"id": "x"}}}


def test_a_language_is_told_with_how_sure_it_is() -> None:
    code, sure = language_of("これは日本語のテキストです")
    assert (code, round(sure, 1)) == ("ja", 1.0)
    assert language_of("12345")[0] is None


def test_an_author_s_own_words_are_not_looked_through() -> None:
    class Written(Ruled):
        written = {"a": "open sesame", "b": "open sesame, {{ $json.q }}", "c": "{{ $json.q }}"}

    def told(**texts: str) -> Any:
        return asyncio.run(vetting.vetted(Written(), texts))

    assert told(a="open sesame") == []
    assert told(b="open sesame, ada") == []
    assert told(d="open sesame") == [], "a default is nobody's text"
    assert [one[:2] for one in told(c="be nice")] == [("prompt_injection", "c")]
    for wrong in ({"c": "open sesame"}, {"b": "open sesame, open sesame"}):
        with pytest.raises(NodeFailed) as caught:
            told(**wrong)
        assert caught.value.node_code == "content_blocked"


def test_what_an_author_wrote_of_an_entry_is_found_or_all_of_it_is_foreign() -> None:
    listed = [{"role": "user", "content": "Hi"}]
    assert vetting.written_in(listed, 0, "content") == "Hi"
    assert vetting.written_in("{{ $json.turns }}", 3, "content") == "{{ $json.turns }}"
    assert vetting.own_words(vetting.written_in([{"content": "{{ 1 }}"}], 0, "content")) == " "
