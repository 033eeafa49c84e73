"""How deep values may be nested."""

MAX_DEPTH = 100  # levels of a value
ITEM_DEPTH = MAX_DEPTH + 1  # an item is an object of values
ENVELOPE = 16  # levels that we put around values; all of it stays far from the 254 that orjson can write
WHOLE_DEPTH = MAX_DEPTH + ENVELOPE
