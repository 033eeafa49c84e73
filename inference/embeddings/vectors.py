"""Vectors as plain values, for processes that hold no numpy: 32-bit floats of length 1."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable
from operator import mul
from typing import TypeAlias

Vector: TypeAlias = "array[float]"  # of "f"
FLOAT_BYTES = 4


def vector_of(numbers: Iterable[float]) -> Vector:
    """Return some numbers as a vector of length 1. Raises: ValueError where they have no direction."""
    given = array("f", numbers)
    length = math.sqrt(sum(map(mul, given, given)))
    if not given or not math.isfinite(length) or length == 0:
        raise ValueError("this is no direction")
    return array("f", (one / length for one in given))


def packed(vector: Vector) -> bytes:
    """Return a vector as it is stored: its numbers, little-endian."""
    if sys.byteorder == "big":
        vector = array("f", vector)
        vector.byteswap()
    return vector.tobytes()


def unpacked(raw: bytes) -> Vector:
    """Return a stored vector. Raises: ValueError."""
    vector = array("f")
    vector.frombytes(raw)
    if sys.byteorder == "big":
        vector.byteswap()
    return vector


def similarity(left: Vector, right: Vector) -> float:
    """Return the cosine of the angle between two vectors of length 1: 1 is the same direction, 0 nothing in common."""
    if len(left) != len(right):
        raise ValueError("vectors of two models cannot be compared")
    return float(sum(map(mul, left, right)))
