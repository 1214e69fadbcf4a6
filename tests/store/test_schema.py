"""The schema is documented whole, and what the document shows works."""

import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing

import pytest

from labtui.core.events import BenchEvent
from labtui.core.model import LaunchUid
from labtui.core.plan import LaunchSpec
from labtui.resources import data
from labtui.store import Store
from labtui.store.export import DOCUMENT_VERSION
from labtui.store.export_columns import COLUMNS, Level
from tests.store.bench_events import (
    launch_ended,
    launch_started,
    samples,
    scored_session,
    session_started,
    whole_session,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]
DOCUMENT = (data("db") / "SCHEMA.md").read_text()
EXAMPLES = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)


def documented() -> dict[str, list[str]]:
    """Return table or view -> columns, as the document has them."""
    sections = re.split(r"^### `(\w+)`$", DOCUMENT, flags=re.MULTILINE)[1:]
    return {
        name: [
            column
            for row in re.findall(r"^\| (`.*?) \|", body.split("\n## ")[0], re.MULTILINE)
            for column in re.findall(r"`(\w+)`", row)
        ]
        for name, body in zip(sections[::2], sections[1::2], strict=True)
    }


def test_every_table_view_and_column_is_documented(query: Query) -> None:
    names = query(
        "select name from sqlite_schema where type in ('table', 'view')"
        " and name not like 'sqlite_%' and name not like '\\_%' escape '\\'"
    )
    actual = {
        name: {column for (column,) in query("select name from pragma_table_info(?)", name)}
        for (name,) in names
    }
    assert actual == {name: set(columns) for name, columns in documented().items()}


@pytest.mark.parametrize("level", Level)
def test_every_column_of_an_export_is_documented(level: Level) -> None:
    (row,) = re.findall(rf"^\| `{level}` \| (.*) \|$", DOCUMENT, re.MULTILINE)
    assert COLUMNS[level] == tuple(re.findall(r"`(\w+)`", row))


ANSWERS = [1, 1, 1, 1, 2, 1, 1, 1]
"""Rows that each example finds: the first four in a plain session, the others in a scored one."""


@pytest.mark.parametrize(("example", "rows"), [*zip(EXAMPLES, ANSWERS, strict=True)])
def test_examples_answer_on_a_real_history(
    store: Store, record: Record, example: str, rows: int
) -> None:
    slow = [samples([1_000_000], first_index=6, t0_ns=3_000_000)]
    is_plain = example in EXAMPLES[:4]
    record([*whole_session(), *slow] if is_plain else scored_session())
    with closing(sqlite3.connect(store.path)) as connection:
        assert rows == len(connection.execute(example).fetchall())


def test_the_paired_comparison_counts_what_only_one_got_right(record: Record, query: Query) -> None:
    record(scored_session())
    (paired,) = (example for example in EXAMPLES if "only_a_right" in example)
    assert [("Pixel 7 Pro", "net@28 full8", "net@56 full8", 4, 2, 0, 50.0, -50.0)] == query(paired)


def test_the_version_of_exports_is_the_documented_one() -> None:
    assert f'{{"labtui_export":{DOCUMENT_VERSION},"level":"tiers"' in DOCUMENT


def test_naming_a_launch_reaches_the_index(record: Record, query: Query) -> None:
    record(whole_session())
    for sql in (
        "select avg(latency_ns) from sample where launch = 'x'",
        "select avg(latency_ns) from sample join launch l on l.uid = launch where l.session = 'x'",
    ):
        plan = " ".join(row[3] for row in query(f"explain query plan {sql}"))
        assert "SEARCH c USING INDEX sqlite_autoindex_sample_chunk_1 (launch_id=?)" in plan


@pytest.mark.parametrize(
    "sql",
    [
        "select * from result where session = 'x'",
        "select * from launch_summary where session = 'x'",
        "select * from placement_part where launch = 'x'",
        "select * from accuracy where session = 'x'",
        "select * from prediction_item where launch = 'x'",
    ],
)
def test_naming_a_session_or_launch_reads_no_other(query: Query, sql: str) -> None:
    plan = [row[3] for row in query(f"explain query plan {sql}")]
    assert [] == [step for step in plan if step.startswith("SCAN l ")]


@pytest.mark.parametrize("count", [1, 2, 7, 100, 501])
def test_stored_percentiles_are_those_of_the_samples(
    record: Record, query: Query, count: int
) -> None:
    durations_ns = [(7_919 * i) % 1_009 for i in range(count)]
    launch = LaunchUid("01L")
    record(
        [
            session_started(),
            launch_started(launch, spec=LaunchSpec(0, 0, 0)),
            samples([10**6] * 3, launch=launch, is_warmup=True),
            samples(durations_ns, first_index=3, t0_ns=10**9, launch=launch),
            launch_ended(durations_ns, launch),
        ]
    )
    ((p50_ns, counted_p50_ns, p90_ns, counted_p90_ns),) = query(
        "select p50_ns, counted_p50_ns, p90_ns, counted_p90_ns from launch_percentile_check"
        " where launch = ?",
        launch,
    )
    assert p50_ns == pytest.approx(counted_p50_ns)
    assert p90_ns == pytest.approx(counted_p90_ns)


def test_enormous_durations_do_not_break_the_view(record: Record, query: Query) -> None:
    largest = (1 << 63) - 1
    record([session_started(), launch_started(), samples([largest] * 3)])
    assert 3 == len(query("select t_ns from sample"))
