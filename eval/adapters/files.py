"""Text in files, plain or through gzip. Knows no format."""

import gzip
import zlib
from pathlib import Path

from index.errors import InvalidInput


def read_text(path: Path, what: str) -> str:
    """The whole text, without a byte order mark; a name that ends in `.gz` is unpacked.

    Raises InvalidInput, saying that `what` cannot be read.
    """
    trouble = f"{path}: the {what} cannot be read"
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        words = f"byte {error.start} (0x{error.object[error.start]:02x}) is not UTF-8"
        raise InvalidInput(f"{trouble}: {words}; save it as UTF-8") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        words = "it is not gzip, or damaged or cut short"
        raise InvalidInput(f"{trouble}: {words}; give a whole copy") from error
    except OSError as error:
        words = f"{error.strerror or error}; give a file that is there and readable"
        raise InvalidInput(f"{trouble}: {words}") from error


def write_text(path: Path, text: str, what: str) -> None:
    """In UTF-8, with lines as they are. Raises InvalidInput, saying that `what` was not written."""
    trouble = f"{path}: the {what} cannot be written"
    try:
        path.write_bytes(text.encode())
    except UnicodeEncodeError as error:
        words = f"{text[error.start]!a} is half of a surrogate pair; give whole characters"
        raise InvalidInput(f"{trouble}: {words}") from error
    except OSError as error:
        words = f"{error.strerror or error}; give a file in a folder that can be written to"
        raise InvalidInput(f"{trouble}: {words}") from error
