"""Tokens as the default model counts them: its WordPiece vocabulary, shipped here (Apache License 2.0).

For models whose tokenizer is not here, as those behind a wire, its count is an estimate.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE = Path(__file__).parent / "all_minilm" / "tokenizer.json"
MOST_TOKENS = 256  # what all-MiniLM-L6-v2 was made for; the two marks at its ends count


def tokenizer() -> Tokenizer:
    """Return a tokenizer that neither pads nor cuts."""
    from tokenizers import Tokenizer  # noqa: PLC0415 (for the processes alone that count)

    made: Tokenizer = Tokenizer.from_file(str(FILE))
    made.no_padding()
    made.no_truncation()
    return made
