"""The engine over HTTP. Knows requests, statuses and JSON; nothing of how an answer is found."""
