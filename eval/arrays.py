"""What is measured, checked once: one number or one truth value for each question."""

import numpy as np
import numpy.typing as npt

from index.errors import InvalidInput

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


def numbers(name: str, values: npt.ArrayLike) -> Numbers:
    """(N,) float64. Raises InvalidInput, with `name`, unless N finite numbers are given."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{name}: {error}; give one number for each question") from None
    if array.ndim != 1:
        raise InvalidInput(f"{name}: has {array.ndim} dimensions; give one number a question")
    if not np.isfinite(array).all():
        at = int(np.flatnonzero(~np.isfinite(array))[0])
        raise InvalidInput(f"{name}: number {at} is {array[at]}; give finite numbers")
    return array


def truths(name: str, values: npt.ArrayLike) -> Truths:
    """(N,) bool. Raises InvalidInput, with `name`, for anything else: 0.5 is neither."""
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype != np.bool_:
        raise InvalidInput(f"{name}: is {array.ndim}-dimensional {array.dtype}; give (N,) bool")
    return array


def same_length(**lengths: int) -> None:
    """Raises InvalidInput when what belongs to the same questions is not equally long."""
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InvalidInput(f"{said}; give each question one of each")
