"""Ways to change a question or an article: pure functions of what is given and of dice."""
