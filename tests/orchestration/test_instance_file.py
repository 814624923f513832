"""Dagster's configuration: the user's settings survive, and ours are there."""

from pathlib import Path

import pytest
import yaml

from dagster_project.errors import SatledgerError
from dagster_project.instance import instance, instance_config, prepare
from dagster_project.settings import Settings

USERS = """\
# How long ticks are kept.
retention:
  sensor:
    purge_after_days:
      skipped: 3  # there are many

run_monitoring:
  # A build of the whole chain takes hours.
  max_runtime_seconds: 86400

# Two teams.
concurrency:
  runs:
    max_concurrent_runs: 7
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    # What `prepare` sets goes again with the test.
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "")
    return Settings(home=tmp_path / "home")


@pytest.fixture
def path(settings: Settings) -> Path:
    settings.dagster_home.mkdir(parents=True)
    return settings.dagster_home / "dagster.yaml"


def in_file(path: Path) -> dict[str, object]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_without_a_file_of_the_users_it_is_ours(settings: Settings, path: Path) -> None:
    prepare(settings)
    assert in_file(path) == instance_config(settings.dagster_home)
    assert in_file(path.with_name("satledger.yaml")) == instance_config(settings.dagster_home)


def test_the_users_settings_reach_the_instance_beside_ours(settings: Settings, path: Path) -> None:
    path.write_text(USERS, encoding="utf-8")
    for _ in range(2):
        with instance(settings) as opened:
            assert opened.run_monitoring_max_runtime_seconds == 86400
            assert opened.run_monitoring_settings["free_slots_after_run_end_seconds"] == 60
            assert opened.get_settings("retention")["sensor"]["purge_after_days"]["skipped"] == 3
            queue = opened.get_concurrency_config().run_queue_config
            assert queue and queue.max_concurrent_runs == 7
            assert opened.get_concurrency_config().pool_config.default_pool_limit == 1
            assert type(opened.event_log_storage).__name__ == "BatchedEventLogStorage"
            assert not opened.telemetry_enabled
    text = path.read_text(encoding="utf-8")
    # Where nothing of ours was to be added, nothing is rewritten.
    assert USERS.split("run_monitoring:")[0] in text
    assert "# Two teams.\nconcurrency:" in text


def test_a_file_that_lacks_nothing_is_not_touched(settings: Settings, path: Path) -> None:
    prepare(settings)
    own = "# mine\n" + path.read_text(encoding="utf-8").replace("default_limit: 1", "default_limit: 2  # mine")
    path.write_text(own, encoding="utf-8")
    prepare(settings)
    assert path.read_text(encoding="utf-8") == own


def test_what_the_user_left_as_it_was_follows_ours(settings: Settings, path: Path, tmp_path: Path) -> None:
    prepare(settings)
    path.write_text(
        path.read_text(encoding="utf-8").replace("enabled: true", "enabled: false", 1) + "\n# mine\nretention: {}\n",
        encoding="utf-8",
    )
    moved = Settings(home=settings.home.rename(tmp_path / "moved"))
    path = moved.dagster_home / "dagster.yaml"
    prepare(moved)
    ours = instance_config(moved.dagster_home)
    own = {"run_monitoring": {"enabled": False, "free_slots_after_run_end_seconds": 60}, "retention": {}}
    assert in_file(path) == ours | own
    assert path.read_text(encoding="utf-8").endswith("\n# mine\nretention: {}\n")


def test_a_file_of_a_version_without_our_own_beside_it(settings: Settings, path: Path) -> None:
    before = instance_config(Path("/somewhere/else/dagster")) | {"retention": {}}
    path.write_text(yaml.safe_dump(before), encoding="utf-8")
    prepare(settings)
    assert in_file(path) == instance_config(settings.dagster_home) | {"retention": {}}


def test_what_was_taken_out_comes_back(settings: Settings, path: Path) -> None:
    prepare(settings)
    path.write_text("", encoding="utf-8")
    prepare(settings)
    assert in_file(path) == instance_config(settings.dagster_home)


def test_another_storage_replaces_ours_as_a_whole(settings: Settings, path: Path, tmp_path: Path) -> None:
    own = {"sqlite": {"base_dir": str(tmp_path / "storage")}}
    path.write_text(yaml.safe_dump({"storage": own}), encoding="utf-8")
    with instance(settings) as opened:
        assert "event_log_storage" not in in_file(path)
        assert in_file(path)["storage"] == own
        assert opened.run_storage.get_runs() == []
    assert list((tmp_path / "storage").rglob("*.db"))


def test_a_class_of_the_users_keeps_its_own_configuration(settings: Settings, path: Path, tmp_path: Path) -> None:
    own = {
        "module": "dagster._core.storage.event_log",
        "class": "ConsolidatedSqliteEventLogStorage",
        "config": {"base_dir": str(tmp_path / "events")},
    }
    path.write_text(yaml.safe_dump({"event_log_storage": own}), encoding="utf-8")
    prepare(settings)
    assert in_file(path) == instance_config(settings.dagster_home) | {"event_log_storage": own}


def test_sections_on_one_line_are_understood(settings: Settings, path: Path) -> None:
    path.write_text("{retention: {}, nux: {enabled: true}}\n", encoding="utf-8")
    prepare(settings)
    assert in_file(path) == instance_config(settings.dagster_home) | {"retention": {}, "nux": {"enabled": True}}


def test_a_link_stays_one(settings: Settings, path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "kept.yaml"
    elsewhere.write_text("retention: {}\n", encoding="utf-8")
    path.symlink_to(elsewhere)
    prepare(settings)
    assert path.is_symlink()
    assert "telemetry" in in_file(elsewhere)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("retention: [", "is not YAML: mend it, or remove it"),
        ("- retention\n", "has no sections such as `retention:`"),
        ("retentoin: {}\n", "Dagster cannot use .*dagster.yaml: .*retentoin"),
        ("run_monitoring: {max_runtime_seconds: soon}\n", "Dagster cannot use .*dagster.yaml: .*max_runtime_seconds"),
    ],
)
def test_what_dagster_cannot_use_is_one_sentence_and_stays(
    settings: Settings, path: Path, text: str, sentence: str
) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SatledgerError, match=sentence) as raised:
        prepare(settings)
    assert "\n" not in str(raised.value)
    # A value that cannot be used is still there to be mended; a text that cannot be read is as it was.
    assert path.read_text(encoding="utf-8") == text or text.split(":")[0] in in_file(path)
