"""One node's turn: params, attempts and their retries, what it may ask for, what it hands on."""
