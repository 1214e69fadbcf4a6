"""Files from a folder shaped like Linux' /sys."""

from pathlib import Path

from labtui.core.readings import ClusterClock
from labtui.hostrunner.sysfs import cluster_clocks, listing, read_value, resident_bytes


def policy(root: Path, name: str, **files: str) -> None:
    folder = root / "devices/system/cpu/cpufreq" / name
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_text(content)


def test_clusters_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    policy(tmp_path, "policy10", scaling_cur_freq="5\n")
    policy(
        tmp_path,
        "policy4",
        scaling_cur_freq="1800000\n",
        scaling_max_freq="2000000\n",
        cpuinfo_max_freq="2400000\n",
    )
    policy(tmp_path, "policy0", scaling_cur_freq="<unknown>\n", scaling_max_freq="")
    expected = (
        ClusterClock("policy4", 1_800_000, 2_000_000, 2_400_000),
        ClusterClock("policy10", 5, None, None),
    )
    assert expected == cluster_clocks(tmp_path)


def test_no_cpufreq_at_all(tmp_path: Path) -> None:
    assert () == cluster_clocks(tmp_path)


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "value").write_text("  12\n")
    (tmp_path / "a" / "folder").mkdir()
    names = ("value", "folder", "missing")
    assert f"{tmp_path}/a/value:12" == listing(tmp_path, "*", names)


def test_values_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "long").write_text("x" * 10_000)
    assert 256 == len(read_value(tmp_path / "long"))


def test_resident_memory_is_that_of_a_python_process() -> None:
    resident = resident_bytes()
    assert resident is None or 1 << 20 < resident < 1 << 40
