"""Folders that are no package, or try to be more than one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labtui.mil import messages, package
from labtui.mil.errors import BadPackage, MissingCoremltools
from labtui.mil.package import read_package
from tests.mil import corpus

NET = "cnn.fp16"
MANIFEST: dict[str, Any] = {
    "itemInfoEntries": {"a": {"path": "com.apple.CoreML/model.mlmodel"}},
    "rootModelIdentifier": "a",
}


def test_a_whole_package() -> None:
    found = read_package(corpus.package(NET))
    assert "mlProgram" == found.spec.WhichOneof("Type")
    assert {"@model_path/weights/weight.bin": corpus.package(NET) / corpus.WEIGHTS} == found.blobs


def _manifest(path: object) -> dict[str, Any]:
    return MANIFEST | {"itemInfoEntries": {"a": {"path": path}}}


MANIFESTS: dict[str, tuple[object, str]] = {
    "a list": ([], "names no model"),
    "empty": ({}, "names no model"),
    "no such item": (MANIFEST | {"rootModelIdentifier": "b"}, "names no model"),
    "an identifier of another kind": (MANIFEST | {"rootModelIdentifier": ["a"]}, "names no model"),
    "entries of another kind": (MANIFEST | {"itemInfoEntries": ["a"]}, "names no model"),
    "a path of another kind": (_manifest(7), "names no model"),
    "the folder itself": (_manifest(""), "leaves the package"),
    "the parent": (_manifest("../../secret"), "leaves the package"),
    "an absolute path": (_manifest("/etc/passwd"), "leaves the package"),
    "a zero byte": (_manifest("a\0b"), "leaves the package"),
    "a file that is not there": (_manifest("other"), "lacks the file Data/other"),
    "control characters": (_manifest("\x1b[31m"), r"lacks the file Data/[^\x1b]*:"),
    "a folder": (_manifest("com.apple.CoreML"), "lacks the file"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests(tmp_path: Path, name: str) -> None:
    manifest, words = MANIFESTS[name]
    target = corpus.copied(NET, tmp_path)
    corpus.set_manifest(target, manifest)
    with pytest.raises(BadPackage, match=words):
        read_package(target)


def _remove_manifest(target: Path) -> None:
    (target / "Manifest.json").unlink()


def _break_manifest(target: Path) -> None:
    (target / "Manifest.json").write_bytes(b'{"itemInfo')


def _nest_manifest(target: Path) -> None:
    (target / "Manifest.json").write_bytes(b"[" * 100_000)


def _cut_model(target: Path) -> None:
    content = (target / corpus.MODEL).read_bytes()
    (target / corpus.MODEL).write_bytes(content[: len(content) // 2])


def _link_model(target: Path) -> None:
    (target / corpus.MODEL).rename(target / "elsewhere")
    (target / corpus.MODEL).symlink_to(target / "elsewhere")


def _link_weights(target: Path) -> None:
    (target / corpus.WEIGHTS).unlink()
    (target / corpus.WEIGHTS).symlink_to("/etc/hostname")


def _link_folder(target: Path) -> None:
    folder = (target / corpus.WEIGHTS).parent
    folder.rename(target / "elsewhere")
    folder.symlink_to(target / "elsewhere")


def _pipe_weights(target: Path) -> None:
    (target / corpus.WEIGHTS).unlink()
    os.mkfifo(target / corpus.WEIGHTS)


def _many_files(target: Path) -> None:
    for number in range(package.MAX_FILES + 1):
        (target / corpus.WEIGHTS).with_name(str(number)).touch()


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no manifest": (_remove_manifest, "has no Manifest.json"),
    "a cut manifest": (_break_manifest, "damaged Manifest.json"),
    "a deep manifest": (_nest_manifest, "damaged Manifest.json"),
    "a cut specification": (_cut_model, "truncated or damaged specification"),
    "a linked specification": (_link_model, "no plain file"),
    "linked weights": (_link_weights, "no plain file"),
    "a linked folder": (_link_folder, "no plain file"),
    "a pipe": (_pipe_weights, "no plain file"),
    "many files": (_many_files, "more than 1000 files"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damages(tmp_path: Path, name: str) -> None:
    damage, words = DAMAGES[name]
    target = corpus.copied(NET, tmp_path)
    damage(target)
    with pytest.raises(BadPackage, match=words):
        read_package(target)


KINDS = {
    "neuralNetwork": "a neural network of the old kind",
    "pipelineClassifier": "a pipeline of several models",
    "linkedModel": "a model of the kind linkedModel",
}


@pytest.mark.parametrize("kind", KINDS)
def test_other_kinds_of_models_are_named(tmp_path: Path, kind: str) -> None:
    target = corpus.changed(NET, tmp_path, lambda spec: getattr(spec, kind).SetInParent())
    with pytest.raises(BadPackage, match=f"holds {KINDS[kind]}: convert it"):
        read_package(target)


def test_no_model_at_all(tmp_path: Path) -> None:
    target = corpus.changed(NET, tmp_path, lambda spec: spec.ClearField("mlProgram"))
    with pytest.raises(BadPackage, match="holds no model"):
        read_package(target)


def test_paths_that_are_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file.mlpackage").touch()
    with pytest.raises(BadPackage, match="is no folder"):
        read_package(tmp_path / "file.mlpackage")
    with pytest.raises(BadPackage, match="No such file"):
        read_package(tmp_path / "gone.mlpackage")


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_SPEC_BYTES", 100)
    with pytest.raises(BadPackage, match="specification of more than 0 MiB"):
        read_package(corpus.package(NET))


def test_without_coremltools_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "find_spec", lambda _: None)
    monkeypatch.setattr(messages, "_PACKAGE", "coremltools_that_is_not_there")
    with pytest.raises(MissingCoremltools, match=r"pip install 'labtui\[ios\]'"):
        read_package(corpus.package(NET))
