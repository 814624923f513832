"""The form of a Bitcoin node's answers; an answer of another form is refused before it is used."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec
from msgspec import Meta

MOST_BLOCK_BYTES = 4_000_000
MOST_COINS = 21_000_000
DECIMALS = 8

Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
# Within transactions only the length is checked here: the digits are checked all at once, when they are staged.
Digits64 = Annotated[str, Meta(min_length=64, max_length=64)]
Target = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}\Z")]
Number = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
# Printed with a sign, or without.
Version = Annotated[int, Meta(ge=-(1 << 31), le=0xFFFFFFFF)]
Height = Annotated[int, Meta(ge=0, le=0x7FFFFFFF)]
Size = Annotated[int, Meta(ge=1, le=MOST_BLOCK_BYTES)]
Index = Annotated[int, Meta(ge=0, le=MOST_BLOCK_BYTES)]
Count = Annotated[int, Meta(ge=1, le=MOST_BLOCK_BYTES)]


class ErrorBody(msgspec.Struct):
    """The error that a node returns instead of a result."""

    code: int = 0
    message: str = ""


class Answer(msgspec.Struct):
    """One answer of a batch."""

    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"")
    error: ErrorBody | None = None


class NetworkInfo(msgspec.Struct):
    """``getnetworkinfo``, as far as it is used."""

    subversion: Annotated[str, Meta(max_length=1_000)]


class ChainInfo(msgspec.Struct):
    """``getblockchaininfo``, as far as it is used."""

    chain: Annotated[str, Meta(max_length=100)]
    blocks: Height
    headers: Height
    bestblockhash: Hash
    pruned: bool = False
    pruneheight: Height = 0


class HeaderAnswer(msgspec.Struct):
    """``getblockheader``, as far as it is used."""

    hash: Hash
    height: Height
    version: Version
    merkleroot: Hash
    time: Number
    mediantime: Number
    nonce: Number
    bits: Target
    nTx: Count  # noqa: N815 (the node's name)
    previousblockhash: Hash | None = None


class Script(TypedDict):
    """A script, with the node's reading of it."""

    hex: str
    type: NotRequired[str]
    address: NotRequired[str]
    addresses: NotRequired[list[str]]


class InputScript(TypedDict):
    """The script of an input."""

    hex: str


class Input(TypedDict):
    """An input of a transaction."""

    sequence: Number
    coinbase: NotRequired[str]
    txid: NotRequired[Digits64]
    vout: NotRequired[Number]
    scriptSig: NotRequired[InputScript]
    txinwitness: NotRequired[list[str]]


class Output(TypedDict):
    """An output of a transaction; ``refuse_impossible_parts`` checks its amount."""

    n: Index
    value: Any
    scriptPubKey: Script


class Transaction(TypedDict):
    """A transaction of a block."""

    txid: Digits64
    hash: Digits64
    hex: str
    size: Size
    vsize: Size
    version: Version
    locktime: Number
    vin: Annotated[list[Input], Meta(min_length=1)]
    vout: Annotated[list[Output], Meta(min_length=1)]


class BlockAnswer(TypedDict):
    """``getblock`` with transactions, as far as bitcoin-etl reads it and the lake keeps it."""

    hash: Hash
    height: Height
    size: Size
    strippedsize: Size
    weight: Annotated[int, Meta(ge=1, le=MOST_BLOCK_BYTES)]
    version: Version
    merkleroot: Hash
    time: Number
    nonce: Number
    bits: Target
    nTx: NotRequired[Count]
    tx: Annotated[list[Transaction], Meta(min_length=1)]


class ImpossibleAnswerError(Exception):
    """An answer is one that no node gives; the message says where and why."""


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ImpossibleAnswerError(f"the number {text[:40]} is out of range") from None


BATCH = msgspec.json.Decoder(list[Answer] | Answer)
_ANYTHING = msgspec.json.Decoder(float_hook=_number)
_RAW_BLOCK = msgspec.json.Decoder(Annotated[str, Meta(min_length=2, max_length=2 * MOST_BLOCK_BYTES)])
_BLOCK = msgspec.json.Decoder(BlockAnswer, float_hook=_number)
_SHAPES: dict[str, msgspec.json.Decoder[Any]] = {
    "getnetworkinfo": msgspec.json.Decoder(NetworkInfo),
    "getblockchaininfo": msgspec.json.Decoder(ChainInfo),
    "getblockhash": msgspec.json.Decoder(Hash),
    "getblockheader": msgspec.json.Decoder(HeaderAnswer),
}


def decoded(method: str, parameters: Sequence[Any], result: msgspec.Raw) -> Any:  # noqa: ANN401 (JSON)
    """The decoded result of a command, checked to have the form of that command's results.

    Raises:
        ImpossibleAnswerError: it has another form.
    """
    shape = _SHAPES.get(method, _ANYTHING)
    is_block = method == "getblock" and parameters[1:] == [2]
    if method == "getblock":
        shape = _BLOCK if is_block else _RAW_BLOCK
    try:
        found = shape.decode(result)
    except msgspec.ValidationError as error:
        raise ImpossibleAnswerError(readable(str(error))) from None
    except (ValueError, RecursionError) as error:
        raise ImpossibleAnswerError(f"its result cannot be read ({error})") from None
    if found is None:
        raise ImpossibleAnswerError("its result is null")
    if is_block:
        refuse_impossible_parts(found)
    return found


def refuse_impossible_parts(block: BlockAnswer) -> None:
    """Accept a block only if bitcoin-etl can read all its parts without guessing.

    Raises:
        ImpossibleAnswerError: an amount is invalid, an input neither is a coinbase nor spends an output, or a part is
            not in its place; the message names the transaction.
    """
    transactions = block["tx"]
    if block.get("nTx", len(transactions)) != len(transactions):
        raise ImpossibleAnswerError(f"nTx is {block.get('nTx')}, but {len(transactions)} transactions are there")
    for number, transaction in enumerate(transactions):
        inputs = transaction["vin"]
        if number == 0:
            if len(inputs) != 1 or "coinbase" not in inputs[0] or "txid" in inputs[0]:
                raise ImpossibleAnswerError("transaction 0: it is not a coinbase with a single input")
        else:
            for place, spent in enumerate(inputs):
                if "coinbase" in spent:
                    raise ImpossibleAnswerError(f"transaction {number}, input {place}: it is a second coinbase")
                for name in ("txid", "vout", "scriptSig"):
                    if name not in spent:
                        raise ImpossibleAnswerError(f"transaction {number}, input {place}: {name} is missing")
        _require_size(number, transaction)
        for place, output in enumerate(transaction["vout"]):
            if output["n"] != place:
                raise ImpossibleAnswerError(f"transaction {number}, output {place}: its n is {output['n']}")
            value = output["value"]
            if type(value) is not Decimal or not 0 <= value <= MOST_COINS or value.as_tuple()[2] < -DECIMALS:  # pyright: ignore[reportOperatorIssue]
                output["value"] = amount(value, f"transaction {number}, output {place}")


def _require_size(number: int, transaction: Transaction) -> None:
    """Accept a transaction only if its size is that of its parts.

    bitcoin-etl does not pass on witnesses. That these are the right ones, ``rpc_witnesses`` proves.
    """
    size, witness = 8, 0
    inputs, outputs = transaction["vin"], transaction["vout"]
    for spent in inputs:
        script = spent["coinbase"] if "coinbase" in spent else spent["scriptSig"]["hex"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
        length = len(script) // 2
        size += 40 + length + _count_bytes(length)
        stack = spent.get("txinwitness", ())
        if stack:
            witness += sum(len(item) // 2 + _count_bytes(len(item) // 2) for item in stack)
        witness += _count_bytes(len(stack))
    for output in outputs:
        length = len(output["scriptPubKey"]["hex"]) // 2
        size += 8 + length + _count_bytes(length)
    size += _count_bytes(len(inputs)) + _count_bytes(len(outputs))
    if witness > len(inputs):
        size += witness + 2
    if size != transaction["size"]:
        raise ImpossibleAnswerError(
            f"transaction {number}: its size is {transaction['size']}, but its parts have {size} bytes"
        )


def _count_bytes(count: int) -> int:
    """Bytes of a count in the variable-length form that comes before a list."""
    return 1 if count < 0xFD else 3 if count <= 0xFFFF else 5


def amount(value: object, where: str) -> Decimal:
    """An amount in coins, whole in satoshi.

    Raises:
        ImpossibleAnswerError: it is none.
    """
    if type(value) is int:
        value = Decimal(value)
    if not isinstance(value, Decimal):
        shown = "absent" if value is None else f"{str(value)[:40]!r}, not a number"
        raise ImpossibleAnswerError(f"{where}: its value is {shown}")
    if not 0 <= value <= MOST_COINS:
        raise ImpossibleAnswerError(f"{where}: its value is {value:.12g}, which no output can have")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS:
        raise ImpossibleAnswerError(f"{where}: its value {str(value)[:40]} is not a whole number of satoshi")
    return value


def readable(problem: str) -> str:
    """A message of msgspec's, rewritten to name the place in plain words before the fault."""
    fault, _, path = problem.partition(" - at `$")
    path = path.rstrip("`")
    for name, word in (("tx", "transaction"), ("vin", "input"), ("vout", "output")):
        path = re.sub(rf"\.{name}\[(\d+)\]", rf", {word} \1", path)
    place = path.replace(".", " ").replace("`", "").strip(", ")
    fault = fault[0].lower() + fault[1:].replace("`", "")
    return f"{place}: {fault}" if place else fault
