"""The look at the pins finds what is wrong with them."""

from __future__ import annotations

import pytest

from scripts import pins_checked

GOOD = "amqp==5.4.2 \\\n    --hash=sha256:" + "a" * 64 + "\n    # via kombu\n"


def test_the_pins_are_sound() -> None:
    assert list(pins_checked.faults()) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("amqp==5.4.2\n", "amqp has no hash"),
        ("amqp>=5.4.2 \\\n    --hash=sha256:" + "a" * 64, "line 1 is no pin"),
        ("--index-url https://example.org/simple\n" + GOOD, "line 1 is no pin"),
        ("amqp @ https://example.org/amqp.tar.gz\n", "line 1 is no pin"),
        ("-e .\n", "line 1 is no pin"),
        ("amqp==5.4.2 \\\n    --hash=md5:" + "a" * 32, "line 2 is no pin"),
    ],
    ids=["no hash", "a range", "an index", "an address", "a folder", "a weak hash"],
)
def test_a_line_that_is_no_pin_with_hashes_is_named(text: str, fault: str) -> None:
    _, faults = pins_checked.pins_of(text)
    assert faults
    assert fault in faults[0]


def test_a_good_pin_is_read() -> None:
    assert pins_checked.pins_of(GOOD) == ({"amqp": "5.4.2"}, [])


@pytest.mark.parametrize(
    "licence", ["MIT", "Apache-2.0 OR GPL-3.0-only", "LGPL-3.0-only", "GNU Lesser General Public License v3"]
)
def test_licences_that_may_be_used(licence: str) -> None:
    assert pins_checked.fault_of_licence("x", licence) is None


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0", "", "GNU General Public License v2", "BUSL-1.1"])
def test_licences_that_may_not(licence: str) -> None:
    assert pins_checked.fault_of_licence("x", licence) is not None
