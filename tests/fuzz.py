"""Coverage-guided fuzzing of every parser, by atheris: `make fuzz`, minutes, not part of the tests.

    python -m tests.fuzz [SECONDS] [TARGET...]

SECONDS for each target, 60 by default. The bounds: 10 seconds and 1,000 MB for an input of 64 KB.
What breaks a law is printed in base64, and the status is then 1. The corpus is temporary.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

MAX_BYTES = 65_536
MAX_SECONDS = 10
MAX_MEGABYTES = 1_000


def run(target: str, seconds: int) -> int:
    """Fuzzes one target in a process of its own: libFuzzer ends the one that it runs in."""
    from tests.fuzzing import SEEDS

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[target]):
            (Path(corpus) / f"seed{number}").write_bytes(seed)
        limits = [
            f"-max_total_time={seconds}",
            f"-timeout={MAX_SECONDS}",
            f"-rss_limit_mb={MAX_MEGABYTES}",
            f"-max_len={MAX_BYTES}",
            f"-artifact_prefix={corpus}/",
            "-print_final_stats=1",
        ]
        return subprocess.run(
            [sys.executable, "-m", "tests.fuzz", "--in", target, *limits, corpus], check=False
        ).returncode


def fuzz(target: str, arguments: list[str]) -> None:
    """Never returns."""
    import atheris

    with atheris.instrument_imports(include=["index", "api", "rag", "json", "gzip"]):
        from tests.fuzzing import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--in"]:
        fuzz(arguments[1], arguments[2:])
    from tests.fuzzing import TARGETS

    seconds = int(arguments[0]) if arguments else 60
    failed = [target for target in arguments[1:] or TARGETS if run(target, seconds)]
    print(f"failed: {', '.join(failed)}" if failed else "no law was broken")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
