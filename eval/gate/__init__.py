"""May this change land? Absolute floors, and case by case what came out right before.

Over the seeds and the closed half of the newsroom, which nothing is chosen by. The answers are the
engine's; what judges their citations is one checker, pinned by hash and itself held against claims
labelled by hand. What is asked for stands in `floors.json`, what came out in `baseline.jsonl`.
"""
