"""How much one document may ask for."""

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    Lexer,
    Source,
    TokenKind,
    Visitor,
    parse,
    visit,
)

MAX_BYTES = 200_000
MAX_TOKENS = 20_000
MAX_DEPTH = 20
MAX_FIELDS = 1_000

# Santiment's limit for one series, and one for all series of a document.
MAX_COMPLEXITY = 50_000
MAX_DOCUMENT_COMPLEXITY = 2_000_000

_OPENING = {TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L}
_CLOSING = {TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R}


def parse_limited(text: str) -> DocumentNode:
    """Parse a document.

    Raises:
        GraphQLError: it is malformed, or larger or deeper than a document may be. That is found out before it is
            parsed and validated, whose cost grows with the square of the fields.
    """
    _check_depth(text)
    document = parse(text, max_tokens=MAX_TOKENS)
    counter = _Counter()
    visit(document, counter)
    if counter.fields > MAX_FIELDS:
        raise GraphQLError(f"The document has more than {MAX_FIELDS} fields.")
    return document


def _check_depth(text: str) -> None:
    lexer = Lexer(Source(text))
    depth = tokens = 0
    while lexer.advance().kind is not TokenKind.EOF:
        tokens += 1
        depth += (lexer.token.kind in _OPENING) - (lexer.token.kind in _CLOSING)
        if depth > MAX_DEPTH:
            raise GraphQLError(f"The document is nested more than {MAX_DEPTH} levels deep.")
        if tokens > MAX_TOKENS:
            raise GraphQLError(f"The document has more than {MAX_TOKENS} tokens.")


class _Counter(Visitor):
    """Counts fields."""

    def __init__(self) -> None:
        super().__init__()
        self.fields = 0

    def enter_field(self, _node: FieldNode, *_: object) -> None:
        self.fields += 1


class Budget:
    """What the series of one document may cost together."""

    def __init__(self) -> None:
        self._spent = 0

    def spend(self, complexity: int) -> None:
        """Count a series before it is made.

        Raises:
            GraphQLError: it is too much, by itself or with those before.
        """
        if complexity > MAX_COMPLEXITY:
            raise GraphQLError(
                f"The query complexity is {complexity}, the maximum is {MAX_COMPLEXITY}: ask for a shorter range, "
                "a longer interval or fewer slugs."
            )
        self._spent += complexity
        if self._spent > MAX_DOCUMENT_COMPLEXITY:
            raise GraphQLError(f"The document's complexity is over the maximum of {MAX_DOCUMENT_COMPLEXITY}: split it.")


def complexity(points: int, years: float, slugs: int = 1) -> int:
    """Cost of a series, by Santiment's published formula for a metric of average weight."""
    return int(points * 2 * max(1.0, years / 2) * 0.3 * max(1.0, 0.1 * slugs))
