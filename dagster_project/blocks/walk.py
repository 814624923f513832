"""Compiled parser of raw blocks: counts their parts, finds faults, and fills arrays with their fields."""

from typing import Any

import numba
import numpy as np

from dagster_project.blocks.sha256 import HASH_BYTES, Bytes, Integers

HEADER_BYTES = 80
MOST_SATOSHI = 21_000_000 * 100_000_000

# Fault codes of the compiled code; 0 is no fault.
WHOLE = 0
FAULTS = (
    "",
    "ends in the middle of a field",
    "has a number written in more bytes than it needs",
    "has a transaction without inputs or without outputs",
    "marks a transaction as one with witnesses that has none",
    "has a transaction with a flag that is not known",
    "has an output with an amount that cannot be",
    "does not begin with a coinbase",
    "has a second coinbase, or an input that spends nothing",
    "has bytes after its last transaction",
    "has no transactions",
)
_TRUNCATED, _LONG_NUMBER, _EMPTY, _NO_WITNESS, _FLAG, _AMOUNT, _NO_COINBASE, _NULL_INPUT, _REST, _NO_TRANSACTIONS = (
    range(1, len(FAULTS))
)
_NO_OUTPUT = 0xFFFFFFFF  # output index in the input of a coinbase

Counts = np.ndarray[Any, np.dtype[np.int64]]


@numba.njit(nogil=True, cache=True)
def _number(data: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read a variable-length integer: its value, the position after it, and a fault code."""
    if at >= end:
        return 0, at, _TRUNCATED
    first = np.int64(data[at])
    if first < 0xFD:
        return first, at + 1, WHOLE  # pyright: ignore[reportReturnType] (numba's int64)
    width = 2 if first == 0xFD else (4 if first == 0xFE else 8)
    if at + 1 + width > end:
        return 0, at, _TRUNCATED
    value = np.int64(0)
    for byte in range(width):
        value |= np.int64(data[at + 1 + byte]) << np.int64(8 * byte)
    least = 0xFD if width == 2 else (0x10000 if width == 4 else 0x100000000)
    # A number of 2**63 or more is read as negative, and refused here too.
    if value < least:
        return 0, at, _LONG_NUMBER
    return value, at + 1 + width, WHOLE  # pyright: ignore[reportReturnType] (numba's int64)


@numba.njit(nogil=True, cache=True)
def _integer(data: Bytes, at: int) -> np.uint32:
    return np.uint32(
        np.uint32(data[at])
        | (np.uint32(data[at + 1]) << np.uint32(8))
        | (np.uint32(data[at + 2]) << np.uint32(16))
        | (np.uint32(data[at + 3]) << np.uint32(24))
    )


@numba.njit(nogil=True, cache=True)
def _spends_nothing(data: Bytes, at: int) -> bool:
    for byte in range(HASH_BYTES):
        if data[at + byte] != 0:
            return False
    return _integer(data, at + HASH_BYTES) == _NO_OUTPUT


@numba.njit(nogil=True, cache=True)
def _skip(data: Bytes, at: int, end: int, before: int, after: int) -> tuple[int, int]:
    """Skip ``before`` bytes, a length-prefixed string and ``after`` bytes; return the new position and a fault code."""
    length, at, fault = _number(data, at + before, end)
    if fault != WHOLE:
        return at, fault
    if length > end - at - after:
        return at, _TRUNCATED
    return at + length + after, WHOLE


@numba.njit(nogil=True, cache=True)
def _count_transaction(data: Bytes, at: int, end: int, is_coinbase: bool) -> tuple[int, int, int, int]:
    """Scan a transaction: the position after it, its number of inputs and outputs, and a fault code."""
    if at + 6 > end:
        return at, 0, 0, _TRUNCATED
    at += 4
    has_witness = data[at] == 0
    if has_witness:
        if data[at + 1] != 1:
            return at, 0, 0, _FLAG
        at += 2
    inputs, at, fault = _number(data, at, end)
    if fault == WHOLE and inputs == 0:
        fault = _EMPTY
    if fault == WHOLE and is_coinbase and inputs != 1:
        fault = _NO_COINBASE
    number = 0
    while fault == WHOLE and number < inputs:
        if at + 36 > end:
            return at, 0, 0, _TRUNCATED
        if _spends_nothing(data, at) != is_coinbase:
            return at, 0, 0, _NO_COINBASE if is_coinbase else _NULL_INPUT
        at, fault = _skip(data, at, end, 36, 4)
        number += 1
    if fault != WHOLE:
        return at, 0, 0, fault
    outputs, at, fault = _number(data, at, end)
    if fault == WHOLE and outputs == 0:
        fault = _EMPTY
    number, total = 0, np.int64(0)
    while fault == WHOLE and number < outputs:
        if at + 8 > end:
            return at, 0, 0, _TRUNCATED
        value = np.int64(_integer(data, at)) | (np.int64(_integer(data, at + 4)) << np.int64(32))
        total += value
        if value < 0 or value > MOST_SATOSHI or total > MOST_SATOSHI:
            return at, 0, 0, _AMOUNT
        at, fault = _skip(data, at, end, 8, 0)
        number += 1
    if fault == WHOLE and has_witness:
        any_item = False
        number = 0
        while fault == WHOLE and number < inputs:
            items, at, fault = _number(data, at, end)
            any_item |= items > 0
            item = 0
            while fault == WHOLE and item < items:
                at, fault = _skip(data, at, end, 0, 0)
                item += 1
            number += 1
        if fault == WHOLE and not any_item:
            fault = _NO_WITNESS
    if fault == WHOLE and at + 4 > end:
        fault = _TRUNCATED
    return at + 4, 0 if is_coinbase else inputs, outputs, fault


@numba.njit(nogil=True, cache=True)
def count_rows(data: Bytes, starts: Integers, lengths: Integers) -> tuple[Counts, int, int]:
    """Counts of transactions, inputs and outputs per block; the first damaged block (-1 if none) and its fault code."""
    counts = np.zeros((len(starts), 3), dtype=np.int64)
    for block in range(len(starts)):
        end = starts[block] + lengths[block]
        if lengths[block] < HEADER_BYTES:
            return counts, block, _TRUNCATED
        transactions, at, fault = _number(data, starts[block] + HEADER_BYTES, end)
        if fault == WHOLE and transactions == 0:
            fault = _NO_TRANSACTIONS
        number = 0
        while fault == WHOLE and number < transactions:
            at, inputs, outputs, fault = _count_transaction(data, at, end, number == 0)
            counts[block, 1] += inputs
            counts[block, 2] += outputs
            number += 1
        if fault == WHOLE and at != end:
            fault = _REST
        if fault != WHOLE:
            return counts, block, fault
        counts[block, 0] = transactions
    return counts, -1, WHOLE


@numba.njit(nogil=True, cache=True)
def _copy(data: Bytes, start: int, end: int, target: Bytes, at: int) -> int:
    # A loop, because numba takes three seconds to compile a slice assignment.
    for byte in range(end - start):
        target[at + byte] = data[start + byte]
    return at + end - start


@numba.njit(nogil=True, cache=True)
def fill_columns(
    data: Bytes,
    starts: Integers,
    block_script: Counts,
    witness_nonces: Bytes,
    has_witness: "np.ndarray[Any, np.dtype[np.bool_]]",
    transaction_start: Integers,
    sizes: Integers,
    stripped_start: Integers,
    stripped_sizes: Integers,
    versions: "np.ndarray[Any, np.dtype[np.uint32]]",
    lock_times: "np.ndarray[Any, np.dtype[np.uint32]]",
    input_starts: Integers,
    output_starts: Integers,
    spent_txids: Bytes,
    spent_indexes: "np.ndarray[Any, np.dtype[np.uint32]]",
    sequences: "np.ndarray[Any, np.dtype[np.uint32]]",
    input_scripts: Counts,
    values: Integers,
    output_scripts: Counts,
    stripped: Bytes,
) -> None:
    """Fill the columns from blocks in which ``count_rows`` found no fault."""
    end = len(data)
    transaction, spent, created, place = 0, 0, 0, 0
    for block in range(len(starts)):
        transactions, at, _ = _number(data, starts[block] + HEADER_BYTES, end)
        for number in range(transactions):
            is_coinbase = number == 0
            first = at
            transaction_start[transaction] = first
            stripped_start[transaction] = place
            input_starts[transaction] = spent
            output_starts[transaction] = created
            versions[transaction] = _integer(data, at)
            place = _copy(data, at, at + 4, stripped, place)
            at += 4
            with_witness = data[at] == 0
            if with_witness:
                at += 2
            body = at
            inputs, at, _ = _number(data, at, end)
            for _ in range(inputs):
                length, script, _ = _number(data, at + 36, end)
                if is_coinbase:
                    block_script[block, 0] = script
                    block_script[block, 1] = length
                else:
                    for byte in range(HASH_BYTES):
                        spent_txids[spent, byte] = data[at + HASH_BYTES - 1 - byte]
                    spent_indexes[spent] = _integer(data, at + HASH_BYTES)
                    input_scripts[spent, 0] = script
                    input_scripts[spent, 1] = length
                    sequences[spent] = _integer(data, script + length)
                    spent += 1
                at = script + length + 4
            outputs, at, _ = _number(data, at, end)
            for _ in range(outputs):
                values[created] = np.int64(_integer(data, at)) | (np.int64(_integer(data, at + 4)) << np.int64(32))
                length, script, _ = _number(data, at + 8, end)
                output_scripts[created, 0] = script
                output_scripts[created, 1] = length
                created += 1
                at = script + length
            place = _copy(data, body, at, stripped, place)
            if with_witness:
                has_witness[block] = True
                for _ in range(inputs):
                    items, at, _ = _number(data, at, end)
                    for _ in range(items):
                        length, item, _ = _number(data, at, end)
                        if is_coinbase and items == 1 and length == HASH_BYTES:
                            for byte in range(HASH_BYTES):
                                witness_nonces[block, byte] = data[item + byte]
                        at = item + length
            lock_times[transaction] = _integer(data, at)
            place = _copy(data, at, at + 4, stripped, place)
            at += 4
            sizes[transaction] = at - first
            stripped_sizes[transaction] = place - stripped_start[transaction]
            transaction += 1
    input_starts[transaction] = spent
    output_starts[transaction] = created
