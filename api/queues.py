"""Three queues: questions compete for the models, reads for the disk, changes for the archive's one
writer. None of them holds up another, or /health.
"""

from dataclasses import dataclass, fields

from api.queue import Queue
from rag.settings import Settings

# One more than there are model workers: it looks up while the others read. Many threads would take
# the interpreter's lock from the event loop, and /health would be late.
MORE_QUESTIONS = 1
READS_RUNNING = 2
CHANGES_WAITING = 4  # a change may take minutes


@dataclass(frozen=True, slots=True)
class Queues:
    questions: Queue
    reads: Queue
    changes: Queue

    @staticmethod
    def of(settings: Settings) -> "Queues":
        return Queues(
            Queue(
                "questions and searches",
                settings.model_workers() + MORE_QUESTIONS,
                settings.queue,
            ),
            Queue("reads of the archive", READS_RUNNING, settings.queue),
            Queue("changes of the archive", 1, min(CHANGES_WAITING, settings.queue)),
        )

    def named(self) -> dict[str, Queue]:
        return {field.name: getattr(self, field.name) for field in fields(self)}
