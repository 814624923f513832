"""YAML that expands to much (alias bombs) or nests without end is refused at once; other YAML is not changed."""

import time
from pathlib import Path

import pytest

from dagster_project.errors import SatledgerError
from dagster_project.inputs.yaml_limits import MAX_BYTES, YamlLimitError, check_limits, read_limited
from dagster_project.labels.load import load_labels

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)
DEEP = "title: x\ntags: " + "[" * 100_000 + "]" * 100_000
BLOCKS_DEEP = "tags:\n" + "".join(" " * level + "- \n" for level in range(1, 3_000))


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (LAUGHS, 6, "stand for more than 1,000,000 nodes"),
        (DEEP, 2, "nests more than 50 deep"),
        ("tags: &all\n  - *all\n", 2, "stands for what it is a part of"),
        ("a: &a [1]\nb: &a [*a, *a]\nc: " + "[" * 60, 2, "stands for what it is a part of"),
    ],
)
def test_what_is_refused(text: str, line: int, problem: str) -> None:
    before = time.process_time()
    with pytest.raises(YamlLimitError) as refused:
        check_limits(text)
    assert time.process_time() - before < 5
    assert refused.value.line == line
    assert problem in refused.value.problem


@pytest.mark.parametrize("text", ["", "a: &a 1\nb: [*a, *a]\n", "a: [", "- " * 40 + "x", "a: *nothing\n"])
def test_what_is_not(text: str) -> None:
    check_limits(text)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(YamlLimitError, match="larger than 64 MB"):
        read_limited(path)


@pytest.mark.parametrize("text", [LAUGHS + "tags: [*a9]\n", DEEP, BLOCKS_DEEP], ids=["aliases", "flow", "blocks"])
def test_a_tagpack_of_that_kind_is_told_by_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    before = time.process_time()
    with pytest.raises(SatledgerError, match=r"pack\.yaml") as refused:
        load_labels([tmp_path / "pack.yaml"], lambda _: None)
    assert "Recursion" not in str(refused.value)
    assert time.process_time() - before < 10
