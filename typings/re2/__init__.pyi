"""What we use of google-re2, which comes without types."""

from typing import Any

class error(Exception): ...

class Options:
    case_sensitive: bool
    dot_nl: bool
    log_errors: bool
    max_mem: int

def compile(pattern: Any, options: Options | None = ...) -> Any: ...
