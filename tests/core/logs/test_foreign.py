"""Files of every kind are told apart; cut numbers are not read from any of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labtui.core.logs import foreign
from labtui.core.logs.benchmark_model import BenchmarkLog
from labtui.core.logs.foreign import ThermalZones, parse_foreign
from labtui.core.logs.sniff import ForeignKind, sniff
from labtui.core.logs.thermalservice import ThermalDump
from labtui.core.logs.transcript import Transcript, parse_transcript
from labtui.core.readings import Battery
from tests.core.logs.benchmark_logs import CARRIERS, GOOD, classic, profile
from tests.core.logs.test_benchmark_proto import RESULT

TRANSCRIPTS = Path(__file__).parents[3] / "runners" / "transcripts"
THERMAL = (
    "Thermal Status: 0\nCurrent temperatures from HAL:\n"
    "\tTemperature{mValue=31.5, mType=0, mName=CPU, mStatus=0}\n"
)
FILES = {
    ForeignKind.BENCHMARK_MODEL: classic().encode(),
    ForeignKind.RESULT_PROTO: RESULT,
    ForeignKind.LABEL_IMAGE: b"INFO: invoked\nINFO: average time: 2.5 ms\n",
    ForeignKind.RUNNER_TRANSCRIPT: b'{"ev": "alive"}\n',
    ForeignKind.THERMALSERVICE: THERMAL.encode(),
    ForeignKind.BATTERY: b"Current Battery Service state:\n  level: 54\n  scale: 100\n",
    ForeignKind.UEVENT: b"POWER_SUPPLY_NAME=battery\nPOWER_SUPPLY_CAPACITY=54\n",
    ForeignKind.THERMAL_ZONES: b"/sys/class/thermal/thermal_zone0/type:battery\n",
    ForeignKind.CPU_CLOCKS: b"cpu0 | governor=walt | max_freq=1800000\n",
    ForeignKind.ADB_DEVICES: b"List of devices attached\nSER1\tdevice\n",
    ForeignKind.ORT_PARTITIONS: (
        b"x, number of partitions supported by CoreML: 1 number of nodes in the graph: 5 "
        b"number of nodes supported by CoreML: 2\n"
    ),
    ForeignKind.COMPUTE_PLAN: b"op=conv  preferred=MLCPUComputeDevice  supported=[MLCPU]\n",
}


def test_every_kind_has_an_example() -> None:
    assert set(ForeignKind) == set(FILES)


@pytest.mark.parametrize("kind", FILES)
def test_kinds(kind: ForeignKind) -> None:
    assert kind is sniff(FILES[kind])
    found = parse_foreign(FILES[kind])
    assert found is not None
    assert kind is found.kind


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("carrier", ["plain", "logcat", "quoted"])
def test_logs_of_the_benchmark_tool(name: str, carrier: str) -> None:
    assert ForeignKind.BENCHMARK_MODEL is sniff(CARRIERS[carrier](GOOD[name]).encode())


@pytest.mark.parametrize("is_csv", [False, True])
def test_a_profile_alone_is_read_like_a_log(is_csv: bool) -> None:
    found = parse_foreign(profile(is_csv=is_csv).encode())
    assert found is not None
    assert isinstance(found.content, BenchmarkLog)
    assert len(found.content.runs[0].profiles) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello\n",
        b"\x89PNG\r\n\x1a\n",
        RESULT[:-1],
        b"Inference timings in us: soon\n",
        b"List of devices attached\n\n",
        b"HAL Ready: false\n",
        b"\0Thermal Status: 0\n",
        b"POWER_SUPPLY_NAME=battery\n",
        b"thermal_zone0/type\n",
    ],
)
def test_what_is_not_readable(data: bytes) -> None:
    assert parse_foreign(data) is None


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "MAX_BYTES", 10)
    assert parse_foreign(classic().encode()) is None


def test_bytes_that_are_no_text_are_replaced() -> None:
    found = parse_foreign(classic().replace("leaf", "l\xe9af").encode("latin-1"))
    assert found is not None
    assert isinstance(found.content, BenchmarkLog)
    assert found.content.runs[0].graph == "/data/local/tmp/l\ufffdaf.tflite"


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"Current Battery Service state:\n  level: 54\n  temperature: 29", Battery(54)),
        (THERMAL.encode() + b"\tTemperature{mValue=9", None),
        (b"/thermal_zone0/type:cpu\n/thermal_zone0/temp:31500\n/thermal_zone1/temp:31", None),
    ],
)
def test_a_cut_last_line_is_left_out(data: bytes, content: Battery | None) -> None:
    found, whole = parse_foreign(data), parse_foreign(data[: data.rfind(b"\n") + 1])
    assert found == whole
    assert found is not None
    assert content is None or found.content == content


def test_what_the_kinds_hold() -> None:
    zones = parse_foreign(b"/thermal_zone3/type:mtktsAP\n/thermal_zone3/temp:30500\n")
    thermal = parse_foreign(THERMAL.encode())
    assert zones is not None
    assert thermal is not None
    assert isinstance(zones.content, ThermalZones)
    assert isinstance(thermal.content, ThermalDump)
    assert [30.5] == [t.temp_c for t in zones.content.temperatures]


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.ndjson")), ids=lambda p: p.stem)
def test_the_golden_transcripts(path: Path) -> None:
    data = path.read_bytes()
    transcript = parse_transcript(data)
    assert transcript.is_whole or transcript.cause
    is_first_event = data.lstrip().startswith(b'{"ev"')
    assert is_first_event == (sniff(data) is ForeignKind.RUNNER_TRANSCRIPT)


def test_a_whole_transcript() -> None:
    good = parse_transcript((TRANSCRIPTS / "good.ndjson").read_bytes())
    assert (True, "") == (good.is_whole, good.cause)
    assert good.measured > 0
    assert ("Hello", 1) in good.events
    assert good.runner.startswith("labtui-hostrunner")


def test_a_cut_transcript_keeps_its_samples() -> None:
    data = (TRANSCRIPTS / "good.ndjson").read_bytes()
    cut = parse_transcript(data[: data.rfind(b'{"ev":"end"') + 5])
    whole = parse_transcript(data)
    assert (False, whole.measured) == (cut.is_whole, cut.measured)
    assert "ends before" in cut.cause


def test_a_transcript_of_nothing() -> None:
    nothing = Transcript("", "", (), 0, 0, is_whole=False, cause="")
    assert nothing == replace(parse_transcript(b""), cause="")


def test_recorded_outputs_are_told_apart(sample: Callable[[str], str]) -> None:
    kinds = {
        "bm_android_mi11_cpu_fp32.txt": ForeignKind.BENCHMARK_MODEL,
        "bm_android_mi11_nnapi_gpu_opprofile.txt": ForeignKind.BENCHMARK_MODEL,
        "logcat_mi11_nnapi_partition_fail.txt": ForeignKind.BENCHMARK_MODEL,
        "gpu_delegate_zero_kernels_mobilebert_tf49012_EXCERPT.txt": ForeignKind.BENCHMARK_MODEL,
        "label_image_m1_coreml_delegate_tf47605.txt": ForeignKind.LABEL_IMAGE,
        "dumpsys_thermalservice_pixel6_tensor_skia_EXCERPT.txt": ForeignKind.THERMALSERVICE,
        "dumpsys_battery_samsung_mcloud150.txt": ForeignKind.BATTERY,
        "power_supply_uevent_pixel3a_acca35_EXCERPT.txt": ForeignKind.UEVENT,
        "thermal_zone_types_xperia_xz1c_lilac_EXCERPT.txt": ForeignKind.THERMAL_ZONES,
        "cpu_scaling_galaxy_s22_executorch11301_EXCERPT.txt": ForeignKind.CPU_CLOCKS,
        "adb_devices_l_duplicate_serial_scrcpy1148.txt": ForeignKind.ADB_DEVICES,
        "adb_list_same_phone_usb_and_tls_scrcpy5967.txt": ForeignKind.ADB_DEVICES,
        "ort_coreml_partition_sam_EXCERPT.txt": ForeignKind.ORT_PARTITIONS,
        "coreml_compute_plan_vx436.txt": ForeignKind.COMPUTE_PLAN,
        "mlperf_mobile_extended_result.json": None,
        "qai_hub_perf_vit.yaml": None,
        "mnn_benchmark_mate30pro_kirin990.txt": None,
    }
    assert kinds == {name: sniff(sample(name).encode()) for name in kinds}


@given(st.sampled_from(sorted(FILES)), st.binary())
def test_any_bytes_are_read(kind: ForeignKind, data: bytes) -> None:
    parse_foreign(data)
    parse_foreign(FILES[kind] + data)
    parse_foreign(data + FILES[kind])
