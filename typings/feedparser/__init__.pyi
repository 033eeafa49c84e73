"""What we use of feedparser, which comes without types."""

from collections.abc import Mapping
from typing import Any

def parse(url_file_stream_or_string: bytes, *, response_headers: Mapping[str, str]) -> Any: ...
