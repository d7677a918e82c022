"""Other people's files -> our cases and answers, one file a format; what they share beside them."""
