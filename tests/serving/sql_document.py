"""The queries of docs/sql.md, by the question that each answers.

The page's editor has them as examples: `uv run python -m tests.serving.sql_document` writes its file anew.
"""

import json
import re
from pathlib import Path

from serving.served_files import STATIC

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sql.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
QUERIES: dict[str, str] = dict(
    re.findall(r"^(?:### \d+\. )?([^\n]*\?)\n(?:(?!^### )[\s\S])*?```sql\n([\s\S]*?)```", TEXT, re.M)
)
EXAMPLES = STATIC / "questions.json"


def examples() -> str:
    """The editor's examples as they have to be."""
    return json.dumps([{"question": question, "sql": sql} for question, sql in QUERIES.items()], indent=2) + "\n"


if __name__ == "__main__":
    EXAMPLES.write_text(examples(), encoding="utf-8")
