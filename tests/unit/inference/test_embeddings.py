"""The default model in this process, and who does not pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from inference.embeddings import serving
from inference.embeddings.onnx_model import OnnxModel
from inference.embeddings.vectors import packed, similarity, unpacked, vector_of

HEAVY = "{'faiss', 'numpy', 'onnxruntime', 'pypdfium2', 'sentence_transformers', 'tokenizers', 'torch'}"


@pytest.fixture(scope="module")
def model() -> OnnxModel:
    return OnnxModel()


@pytest.mark.parametrize("process", ["workflow_backend.asgi", "workflow_backend.celery", "inference.tasks"])
def test_a_process_starts_without_models(process: str) -> None:
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'workflow_backend.settings'; import django; "
        f"django.setup(); import {process}, workflow_backend.urls, executor.tasks, inference.embeddings.asking; "
        f"print(sorted({HEAVY} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_what_means_the_same_lies_near_without_a_common_word(model: OnnxModel) -> None:
    question, near, far = model.embed(["How do I stop a running workflow?", "Cancel an execution", "Bake a cake"])

    assert len(question) == model.dimensions
    assert similarity(question, near) > 0.4 > 0.2 > similarity(question, far)
    assert similarity(question, question) == pytest.approx(1, abs=1e-5)


def test_a_text_means_the_same_beside_others(model: OnnxModel) -> None:
    assert model.embed(["one", "a much longer text " * 40])[0] == model.embed(["one"])[0]


@pytest.mark.parametrize("text", ["", " ", "\x00", "é" * 100_000, "日本語", "🙂"])
def test_every_text_has_a_direction(model: OnnxModel, text: str) -> None:
    (vector,) = model.embed([text])

    assert similarity(vector, vector) == pytest.approx(1, abs=1e-5)


def test_a_vector_comes_back_from_its_bytes() -> None:
    vector = vector_of([3, 0, 4])

    assert unpacked(packed(vector)) == vector
    assert list(vector) == pytest.approx([0.6, 0, 0.8])


@pytest.mark.parametrize("numbers", [[], [0, 0], [float("nan")], [float("inf"), 1]])
def test_what_has_no_direction_is_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueError, match="no direction"):
        vector_of(numbers)


def test_vectors_of_two_models_are_not_compared() -> None:
    with pytest.raises(ValueError, match="two models"):
        similarity(vector_of([1]), vector_of([1, 2]))


def test_the_model_of_a_process_is_loaded_once() -> None:
    assert serving.model() is serving.model()
