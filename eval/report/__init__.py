"""A run as a page to look at: figures, charts and every question. Pure; knows no engine."""
