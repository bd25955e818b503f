"""Memory traffic of a compiled program, derived from its text.

XLA's own count ("bytes accessed") includes data that stays on the chip, where its compiler keeps
and prefetches arrays: 96.7 GB for the paper's step without kernels, of which 63.9 reached memory.
Here an array counts unless its layout is in memory space 1, `S(1)`, each time that an operation of
the entry reads or writes it. If a fusion reads or replaces only rows of an array, only these count;
what fusions pass on to each other during communication counts once. The training step has no loops;
their content would not be counted.
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from mlm_xling.planning.arrays import arrays_in, bytes_in

_HEAD = re.compile(r"(ENTRY )?%([\w.\-]+) \(.*\{$")
_LINE = re.compile(r"\s+(ROOT )?%([\w.\-]+) = (.*)")
_OPERATION = re.compile(r"(?:^|[\s)}])([a-z][a-z\-]*)\((.*)")
_PASSED = re.compile(r"\{(\d*)\}: \((\d+), \{\}\)")
_FREE = {"parameter", "get-tuple-element", "tuple", "bitcast", "constant"}
_COPIES = {"copy-start", "slice-start"}
_TAKES_ROWS = {"gather", "dynamic-slice"}
_UPDATES = {"scatter": 2, "dynamic-update-slice": 1}
"""Operations that replace rows of their first operand -> the operand that holds the new rows."""
_RESHAPES = {"bitcast", "reshape", "transpose"}


@dataclass(frozen=True)
class _Operation:
    kind: str
    result: str
    """The arrays that it produces, with their layouts."""
    operands: tuple[str, ...]
    calls: str
    """The computation of a fusion."""
    passed: Mapping[int, int]
    """Index of a result -> index of the operand that it aliases."""
    number: int
    """Index of a parameter in its computation."""


@dataclass(frozen=True)
class _Computation:
    operations: Mapping[str, _Operation]
    root: str


@dataclass(frozen=True)
class Moved:
    """What one operation reads and writes in the device's memory."""

    operation: str
    """Its kind and the arrays that it produces and takes, as XLA writes them."""
    bytes: int


def moved_bytes(program: str) -> float:
    """Returns the total traffic of all operations of a compiled program."""
    return sum((each.bytes for each in moved(program)), 0.0)


def moved(program: str) -> Iterator[Moved]:
    """Yields the traffic of each operation, given the text of a compiled XLA program."""
    computations, entry = _read(program)
    known = computations[entry].operations
    for operation in known.values():
        if operation.kind in _FREE or operation.kind.endswith("-done"):
            continue
        taken = [known[name].result for name in operation.operands]
        if operation.kind in _COPIES:
            size = _one_side(operation.result)
        elif operation.kind.endswith("-start"):
            size = _size(operation.result)  # The result includes the operands.
        else:
            made = _size(operation.result, leaving=operation.passed)
            size = _at_most(_replaced(operation, known, computations), made)
            for place, array in enumerate(map(_size, taken)):
                if place not in operation.passed.values():
                    size += _at_most(_rows(operation, place, known, computations), array)
        yield Moved(f"{operation.kind} {' '.join((operation.result, *taken))}", size)


def _at_most(rows: int | None, whole: int) -> int:
    return whole if rows is None else min(rows, whole)


def _replaced(
    one: _Operation, known: Mapping[str, _Operation], computations: Mapping[str, _Computation]
) -> int | None:
    """Returns the size of the rows that an operation replaces; None if it makes a whole array."""
    if one.kind in _UPDATES:
        return bytes_in(known[one.operands[_UPDATES[one.kind]]].result)
    if one.calls:
        inner = computations[one.calls]
        return _replaced(inner.operations[inner.root], inner.operations, computations)
    return None


def _rows(
    one: _Operation,
    place: int,
    known: Mapping[str, _Operation],
    computations: Mapping[str, _Computation],
) -> int | None:
    """Returns the size of the rows that an operation reads of an operand; None if it reads all."""
    if one.calls:
        return _rows_within(computations[one.calls], place, computations)
    if place > 0:
        return None
    if one.kind in _TAKES_ROWS:
        return bytes_in(one.result)
    if one.kind == "scatter":  # It adds to existing rows.
        return _replaced(one, known, computations)
    return 0 if one.kind == "dynamic-update-slice" else None


def _rows_within(
    inner: _Computation, number: int, computations: Mapping[str, _Computation]
) -> int | None:
    """Returns the size of the rows that a fusion reads of a parameter; None if it reads all."""
    known = inner.operations
    names = [n for n, one in known.items() if one.kind == "parameter" and one.number == number]
    total = 0
    while names:
        name = names.pop()
        if name == inner.root:
            return None
        for user, one in known.items():
            for place in (i for i, operand in enumerate(one.operands) if operand == name):
                if one.kind in _RESHAPES:
                    names.append(user)
                    continue
                read = _rows(one, place, known, computations)
                if read is None:
                    return None
                total += read
    return total


def _read(program: str) -> tuple[dict[str, _Computation], str]:
    """Parses the computations of a program by name, and the name of the entry."""
    found, entry = {}, ""
    operations: dict[str, _Operation] = {}
    name = root = ""
    for line in program.splitlines():
        if head := _HEAD.match(line):
            name, operations, root = head[2], {}, ""
            entry = name if head[1] else entry
        elif line.startswith("}"):
            found[name] = _Computation(operations, root)
        elif (match := _LINE.match(line)) and (operation := _operation(match[3])):
            operations[match[2]] = operation
            root = match[2] if match[1] else root
    return found, entry


def _operation(text: str) -> _Operation | None:
    found = _OPERATION.search(text)
    if found is None:
        return None
    kind, rest = found.groups()
    given, _, attributes = rest.partition(")")
    calls = re.search(r"\bcalls=%([\w.\-]+)", attributes) if kind == "fusion" else None
    passed = _PASSED.findall(attributes) if kind == "fusion" else []
    return _Operation(
        kind,
        result=text[: found.start(1)],
        operands=tuple(re.findall(r"%([\w.\-]+)", given)),
        calls=calls[1] if calls else "",
        passed={int(result or 0): int(operand) for result, operand in passed},
        number=int(given) if kind == "parameter" else -1,
    )


def _one_side(result: str) -> int:
    """Returns the size of a copy to or from the chip; `slice-start` lists the whole array first."""
    return min(array.bytes for array in arrays_in(result) if array.shape)


def _size(arrays: str, leaving: Container[int] = ()) -> int:
    """Returns the size of the arrays that are in the device's memory.

    Args:
      leaving: indices of arrays to skip.
    """
    listed = enumerate(arrays_in(arrays))
    return sum(one.bytes for place, one in listed if one.in_memory and place not in leaving)
