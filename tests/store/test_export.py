"""Exports: the same rows in every format, hostile text harmless, whole or not at all."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labtui.core.accuracy import Predictions, wilson
from labtui.core.budget import Budget
from labtui.core.events import AlarmRaised, BenchEvent, Outcome
from labtui.core.model import DeviceId, LaunchUid, SessionUid
from labtui.core.plan import LaunchSpec, Purpose
from labtui.core.plausibility import AlarmKind
from labtui.core.protocol import Aggregate
from labtui.errors import StoreError, UsageError
from labtui.failure import FailureCode
from labtui.store import Store
from labtui.store.export import ExportRequest, Format, export_to_file, export_to_stream
from labtui.store.export_columns import COLUMNS, Level
from labtui.store.redact import hide
from tests.store.bench_events import (
    LAUNCH,
    PHONE,
    SESSION,
    launch_ended,
    launch_started,
    phone,
    reported,
    samples,
    scored,
    scored_session,
    session_ended,
    session_started,
    variant,
    whole_session,
)
from tests.store.conftest import Query

Record = Callable[[Iterable[BenchEvent]], None]
SERIAL = PHONE.partition(":")[2]


def exported(store: Store, level: Level, format_: Format, **options: Any) -> str:
    out = io.StringIO()
    if level is Level.TIERS:
        options = {"budget": Budget(40e6)} | options
    export_to_stream(store.history, ExportRequest(level, format_, **options), out)
    return out.getvalue()


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("level", Level)
def test_all_formats_say_the_same(store: Store, record: Record, level: Level) -> None:
    record([*whole_session(), *scored_session(SessionUid("01S001"))])
    lines = [json.loads(line) for line in exported(store, level, Format.NDJSON).splitlines()]
    document = json.loads(exported(store, level, Format.JSON))
    assert (1, level.value, lines) == (
        document["labtui_export"],
        document["level"],
        document["rows"],
    )
    table = read_csv(exported(store, level, Format.CSV))
    assert [
        {key: "" if v is None else str(v).lower() for key, v in line.items()} for line in lines
    ] == [{key: v.lower() for key, v in row.items()} for row in table]
    assert {COLUMNS[level]} == {tuple(line) for line in lines}


def test_samples_carry_their_conditions(store: Store, record: Record) -> None:
    record(whole_session())
    rows = read_csv(exported(store, Level.SAMPLES, Format.CSV))
    assert [900, 800, 100, 130, 110, 120] == [int(row["latency_ns"]) for row in rows]
    assert ("2", "2000000", "false", LAUNCH, "Pixel 7 Pro", "LiteRT 2.3", "build/7", "false") == (
        rows[2]["idx"],
        rows[2]["t_ns"],
        rows[2]["is_warmup"],
        rows[2]["launch"],
        rows[2]["device_name"],
        rows[2]["engine"],
        rows[2]["build"],
        rows[2]["virtual"],
    )


def test_a_document_names_each_condition_once(store: Store, record: Record) -> None:
    record(whole_session())
    document = json.loads(exported(store, Level.SAMPLES, Format.JSON))
    assert [
        {
            "session": SESSION,
            "device": hide(PHONE, PHONE),
            "device_name": "Pixel 7 Pro",
            "soc": "Tensor G2",
            "os_version": "Android 14",
            "build": "build/7",
            "virtual": False,
            "imported": False,
            "engine": "LiteRT 2.3",
            "runner": "host 0.1",
        }
    ] == document["conditions"]


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("format_", Format)
def test_hardware_ids_show_only_when_asked_for(
    store: Store, record: Record, level: Level, format_: Format
) -> None:
    events = whole_session()
    events[-3] = launch_ended([1], outcome=Outcome.FAILED, cause=f"{PHONE} is gone.")
    record([*events, *scored_session(SessionUid("01S001"))])
    assert SERIAL not in exported(store, level, format_)
    assert "android:#" in exported(store, level, format_)
    assert PHONE in exported(store, level, format_, keep_serials=True)


def test_redaction_is_stable_and_spares_the_host() -> None:
    assert "android:#65b38b" == hide("android:SERIAL01", DeviceId("android:SERIAL01"))
    assert "host:host" == hide("host:host", DeviceId("host:host"))
    assert "Mi 11" == hide("Mi 11", DeviceId("imported:Mi 11"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_becomes_a_formula(store: Store, record: Record, start: str) -> None:
    hostile = f'{start}HYPERLINK("http://x";"y")'
    planned = variant()
    planned = replace(planned, variant=replace(planned.variant, model=hostile))
    record([session_started(variants=[planned]), launch_started(), launch_ended([5])])
    (row,) = read_csv(exported(store, Level.LAUNCHES, Format.CSV))
    assert f"'{hostile}" == row["model"]
    assert "5.0" == row["p50_ns"]
    (line,) = exported(store, Level.LAUNCHES, Format.NDJSON).splitlines()
    assert hostile == json.loads(line)["model"]


def test_op_times_are_exported_with_their_shares(store: Store, record: Record) -> None:
    record(whole_session())
    lines = exported(store, Level.PLACEMENTS, Format.NDJSON).splitlines()
    assert [
        (0, "CONV_2D", "gpu", "GPU", 3, 75.0, 0.75),
        (1, "ADD", "cpu", "", 1, 25.0, 0.25),
    ] == [tuple(json.loads(line).values())[-7:] for line in lines]


def test_totals_have_columns_of_their_own(store: Store, record: Record) -> None:
    totals = Aggregate(50, 2_000.0, p50_ns=1_900.0)
    record([session_started(), launch_started(), reported(totals), launch_ended([])])
    (launch,) = read_csv(exported(store, Level.LAUNCHES, Format.CSV))
    assert ("true", "50", "2000.0", "1900.0", "", "", "") == (
        launch["is_aggregate"],
        launch["aggregate_runs"],
        launch["aggregate_mean_ns"],
        launch["aggregate_p50_ns"],
        launch["aggregate_sd_ns"],
        launch["p50_ns"],
        launch["mean_ns"],
    )
    (result,) = read_csv(exported(store, Level.RESULTS, Format.CSV))
    assert ("true", "50", "0", "1900.0") == (
        result["is_aggregate"],
        result["aggregate_runs"],
        result["samples"],
        result["p50_ns"],
    )


def test_what_was_found_out_is_exported(store: Store, record: Record) -> None:
    alarm = AlarmRaised(LAUNCH, PHONE, AlarmKind.LIKE_CONTROL, "No faster.")
    failed = launch_ended([5], outcome=Outcome.FAILED, cause="x", code=FailureCode.RUN_FAILED)
    record([*whole_session()[:-3], failed, alarm])
    for level in (Level.RESULTS, Level.LAUNCHES):
        (row,) = read_csv(exported(store, level, Format.CSV))
        assert ("partial", "310.0", "No faster.", "run_failed", "false", "true", "") == (
            row["coverage"],
            row["control_p50_ns"],
            row["alarms"],
            row["error_code"],
            row["imported"],
            row["xnnpack"],
            row["affinity"],
        )


def only_row(store: Store, level: Level, **options: Any) -> dict[str, Any]:
    (line,) = exported(store, level, Format.NDJSON, **options).splitlines()
    row: dict[str, Any] = json.loads(line)
    return row


def chosen(row: dict[str, Any], *columns: str) -> tuple[Any, ...]:
    return tuple(row[column] for column in columns)


def test_results_carry_accuracy_and_what_a_warm_device_sustains(
    store: Store, record: Record
) -> None:
    record(scored_session())
    lines = exported(store, Level.RESULTS, Format.NDJSON).splitlines()
    names = ("launches", "parameters", "sustained_p90_ns", "numerics", "golden_snr_db", "eval_set",
             "eval_items", "top1_share", "top5_share")  # fmt: skip
    assert [
        (1, 9_000, 1e7, "ok", 41.5, "digits", 4, 1.0, 1.0),
        (1, 9_100, 8e7, "ok", 41.5, "digits", 4, 0.5, 1.0),
    ] == [chosen(json.loads(line), *names) for line in lines]


def test_accuracies_are_one_row_for_each_scored_launch(store: Store, record: Record) -> None:
    record(scored_session())
    rows = read_csv(exported(store, Level.ACCURACY, Format.CSV))
    assert ["check", "check", "evaluate", "evaluate"] == [row["purpose"] for row in rows]
    low, high = (wilson(2, 4).low, wilson(2, 4).high)
    assert ("net@56", "4", "2", "0.5", str(low), str(high), "ok", "ok", "2", "41.5", "0.999") == (
        chosen(rows[-1], "model", "items", "top1", "top1_share", "top1_low", "top1_high", "health",
               "numerics", "golden_items", "golden_snr_db", "golden_cosine")
    )  # fmt: skip


def test_predictions_are_one_row_for_each_item(store: Store, record: Record) -> None:
    record(scored_session())
    rows = read_csv(exported(store, Level.PREDICTIONS, Format.CSV))
    names = ("purpose", "eval_set", "item", "predicted", "label_rank", "is_right", "confidence")
    assert 16 == len(rows)
    assert ("evaluate", "digits", "3", "1", "3", "false", "0.4") == chosen(rows[-1], *names)


def test_sweeps_put_neighbours_beside_each_other(store: Store, record: Record) -> None:
    record(scored_session())
    assert ("net", "resolution", 28, 56, 1e7 / 784, 2.0, True) == chosen(
        only_row(store, Level.SWEEPS), "family", "axis", "smaller_height", "larger_width",
        "smaller_ns_per_pixel", "ratio", "is_fall_off",
    )  # fmt: skip


def test_tiers_say_what_an_app_should_ship(store: Store, record: Record) -> None:
    record(scored_session(devices=[phone(is_virtual=True)]))
    document = json.loads(exported(store, Level.TIERS, Format.JSON, classes={"Pixel 7 Pro": "mid"}))
    (row,) = document["rows"]
    assert [(SESSION, True)] == [(c["session"], c["virtual"]) for c in document["conditions"]]
    names = ("device_class", "virtual", "devices", "tier", "families", "budget_ns", "model",
             "format", "p90_ns", "basis", "top1_share", "eval_set", "numerics",
             "sessions")  # fmt: skip
    device = hide(PHONE, PHONE)
    assert (
        "mid", True, device, "small", "net", 4e7, "net@28", "tflite", 1e7, "sustained", 1.0,
        "digits", "ok", SESSION,
    ) == chosen(row, *names)  # fmt: skip


def test_a_tier_that_nothing_fits_says_why(store: Store, record: Record) -> None:
    record(scored_session())
    row = only_row(store, Level.TIERS, budget=Budget(1e6))
    assert (None, None, None) == chosen(row, "model", "p90_ns", "top1_share")
    assert row["reason"].startswith("No variant of this size is within the budget")


def test_only_tiers_have_a_budget() -> None:
    with pytest.raises(UsageError, match="add --budget-ms or --fps"):
        ExportRequest(Level.TIERS, Format.CSV)
    with pytest.raises(UsageError, match="go with --level tiers only"):
        ExportRequest(Level.RESULTS, Format.CSV, budget=Budget(1e6))


def test_virtual_results_are_labelled(store: Store, record: Record) -> None:
    record([session_started(devices=[phone(is_virtual=True)]), launch_started(), samples([5])])
    for level in (Level.RESULTS, Level.LAUNCHES, Level.SAMPLES):
        assert ["true"] == [r["virtual"] for r in read_csv(exported(store, level, Format.CSV))]


def test_only_the_sessions_asked_for_in_the_order_asked_for(store: Store, record: Record) -> None:
    uids = [SessionUid(f"01S{n:03d}") for n in range(250)]
    record(session_started(uid) for uid in uids)
    asked = read_csv(
        exported(store, Level.RESULTS, Format.CSV, sessions=(uids[3], uids[200], uids[5]))
    )
    assert [uids[3], uids[200], uids[5]] == [row["session"] for row in asked]
    every = read_csv(exported(store, Level.RESULTS, Format.CSV))
    assert uids[::-1] == [row["session"] for row in every]


def test_an_empty_history_exports_a_header_and_nothing_else(store: Store) -> None:
    assert ",".join(COLUMNS[Level.SAMPLES]) + "\n" == exported(store, Level.SAMPLES, Format.CSV)
    assert "" == exported(store, Level.SAMPLES, Format.NDJSON)
    document = json.loads(exported(store, Level.SAMPLES, Format.JSON))
    assert ([], []) == (document["conditions"], document["rows"])


def test_a_file_appears_whole(store: Store, record: Record, tmp_path: Path) -> None:
    record(whole_session())
    target = tmp_path / "out.csv"
    target.write_text("older export")
    request = ExportRequest(Level.SAMPLES, Format.CSV)
    export_to_file(store.history, request, target)
    assert exported(store, Level.SAMPLES, Format.CSV) == target.read_text()
    assert [] == list(tmp_path.glob(".*partial"))


def test_a_damaged_history_leaves_the_older_file(
    store: Store, record: Record, query: Query, tmp_path: Path
) -> None:
    record(whole_session())
    query("update sample_chunk set crc32 = 0 returning id")
    query("commit")
    target = tmp_path / "out.csv"
    target.write_text("older export")
    with pytest.raises(StoreError, match="damaged"):
        export_to_file(store.history, ExportRequest(Level.SAMPLES, Format.CSV), target)
    assert "older export" == target.read_text()
    assert [] == list(tmp_path.glob(".*partial"))


def test_a_file_that_cannot_be_written_is_said(store: Store, tmp_path: Path) -> None:
    request = ExportRequest(Level.SAMPLES, Format.CSV)
    with pytest.raises(UsageError, match=r"cannot be written to .*nowhere.*No such file"):
        export_to_file(store.history, request, tmp_path / "nowhere" / "out.csv")


def test_memory_does_not_grow_with_the_samples(store: Store, record: Record) -> None:
    batches = [samples([i] * 500, 500 * i, 10**9 * i) for i in range(100)]
    record([session_started(), launch_started(), *batches, session_ended()])
    out = _Nowhere()
    tracemalloc.start()
    export_to_stream(store.history, ExportRequest(Level.SAMPLES, Format.CSV), out)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out.characters > 5_000_000
    assert peak_bytes < 1_000_000


def test_memory_does_not_grow_with_the_launches_that_predict(store: Store, record: Record) -> None:
    items = 2_000
    many = Predictions((1,) * items, (1,) * items, (0.5,) * items)
    events: list[BenchEvent] = [session_started()]
    for index in range(20):
        launch = LaunchUid(f"01L{index:03d}")
        spec = LaunchSpec(index, 0, 0, Purpose.EVALUATE)
        events += [launch_started(launch, spec=spec), scored(launch, many)]
    record([*events, session_ended()])
    out = _Nowhere()
    tracemalloc.start()
    export_to_stream(store.history, ExportRequest(Level.PREDICTIONS, Format.CSV), out)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out.characters > 5_000_000
    assert peak_bytes < 2_000_000


class _Nowhere(io.StringIO):
    characters = 0

    def write(self, text: str) -> int:
        self.characters += len(text)
        return len(text)
