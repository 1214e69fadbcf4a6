"""Programs and weights that lie: a clear sentence each, never a traceback, never much memory."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labtui.mil.errors import BadPackage, UnsupportedOp
from labtui.mil.model import load_model
from tests.mil import corpus

NET = "cnn.fp16"
Change = Callable[[Any], None]


def _op(spec: Any, kind: str) -> Any:
    return next(op for op in corpus.main_block(spec).operations if op.type == kind)


def _constant(spec: Any, kind: str, argument: str) -> Any:
    """Return the constant that an op is given."""
    name = _op(spec, kind).inputs[argument].arguments[0].name
    ops = corpus.main_block(spec).operations
    return next(op for op in ops if op.outputs[0].name == name)


def _rename_op(spec: Any) -> None:
    _op(spec, "softmax").type = "quantum\x1b_softmax"


def _cycle(spec: Any) -> None:
    ops = corpus.main_block(spec).operations
    _op(spec, "conv").inputs["x"].arguments[0].name = ops[-1].outputs[0].name


def _twice(spec: Any) -> None:
    ops = corpus.main_block(spec).operations
    ops[1].outputs[0].name = ops[0].outputs[0].name


def _lost_output(spec: Any) -> None:
    corpus.main_block(spec).outputs[0] = "nowhere"


def _no_main(spec: Any) -> None:
    del spec.mlProgram.functions["main"]


def _no_block(spec: Any) -> None:
    spec.mlProgram.functions["main"].opset = "CoreML99"


def _huge_output(spec: Any) -> None:
    kind = _op(spec, "conv").outputs[0].type.tensorType
    kind.dimensions[1].constant.size = 1 << 40


def _wrong_output(spec: Any) -> None:
    kind = _op(spec, "conv").outputs[0].type.tensorType
    kind.dimensions[1].constant.size += 1


def _deep_output(spec: Any) -> None:
    kind = _op(spec, "conv").outputs[0].type.tensorType
    for _ in range(40):
        kind.dimensions.add().constant.size = 1


def _odd_type(spec: Any) -> None:
    _op(spec, "conv").outputs[0].type.tensorType.dataType = 40


def _no_tensor(spec: Any) -> None:
    _op(spec, "conv").outputs[0].type.listType.SetInParent()


def _beyond(spec: Any) -> None:
    _constant(spec, "conv", "weight").attributes["val"].blobFileValue.offset = 1 << 50


def _between(spec: Any) -> None:
    _constant(spec, "conv", "weight").attributes["val"].blobFileValue.offset += 8


def _elsewhere(spec: Any) -> None:
    value = _constant(spec, "conv", "weight").attributes["val"].blobFileValue
    value.fileName = "@model_path/../../../../etc/passwd"


def _other_shape(spec: Any) -> None:
    kind = _constant(spec, "conv", "weight").attributes["val"].type.tensorType
    kind.dimensions[0].constant.size += 1


def _other_count(spec: Any) -> None:
    values = _constant(spec, "conv", "strides").attributes["val"]
    values.immediateValue.tensor.ints.values.append(1)


def _strides(*numbers: int) -> Change:
    def change(spec: Any) -> None:
        value = _constant(spec, "conv", "strides").attributes["val"].immediateValue.tensor
        del value.ints.values[:]
        value.ints.values.extend(numbers)

    return change


def _no_value(spec: Any) -> None:
    _constant(spec, "conv", "strides").ClearField("attributes")


def _no_argument(spec: Any) -> None:
    del _op(spec, "softmax").inputs["x"]


def _odd_argument(spec: Any) -> None:
    op = _op(spec, "softmax")
    op.inputs["temperature"].CopyFrom(op.inputs["axis"])


def _computed_weight(spec: Any) -> None:
    op = _op(spec, "conv")
    op.inputs["weight"].CopyFrom(op.inputs["x"])


def _control_flow(spec: Any) -> None:
    _op(spec, "softmax").blocks.add()


def _open_input(spec: Any) -> None:
    kind = spec.mlProgram.functions["main"].inputs[0].type.tensorType
    kind.dimensions[0].unknown.SetInParent()
    del spec.description.input[0].type.multiArrayType.shape[:]


def _image(spec: Any) -> None:
    spec.description.input[0].type.imageType.width = 18


CHANGES: dict[str, tuple[Change, str]] = {
    "an unknown op": (_rename_op, "needs an op that is not run here: quantum._softmax"),
    "a cycle": (_cycle, "before it is computed"),
    "a value that is computed twice": (_twice, "twice"),
    "an output that is not computed": (_lost_output, "never computes its output nowhere"),
    "no main function": (_no_main, "without a main function"),
    "no operations": (_no_block, "without operations"),
    "a huge value": (_huge_output, "damaged or too large"),
    "a value of another shape": (_wrong_output, "instead of"),
    "forty dimensions": (_deep_output, "44 dimensions"),
    "an element type of eight bits": (_odd_type, "element type 40"),
    "a list": (_no_tensor, "is a listType: only tensors"),
    "weights beyond the end": (_beyond, "beyond the end of its weights"),
    "weights between others": (_between, "damaged or cut weights"),
    "weights of somebody else": (_elsewhere, "lacks its weights"),
    "weights of another shape": (_other_shape, "not what its program says"),
    "a constant of another size": (_other_count, "constant of the wrong size"),
    "strides of zero": (_strides(0, 1), "windows that cannot be"),
    "negative strides": (_strides(-1, 1), "windows that cannot be"),
    "large strides": (_strides(1 << 30, 1 << 30), "instead of"),
    "a constant without a value": (_no_value, "without a value"),
    "an argument that is missing": (_no_argument, "arguments that are not run here"),
    "an argument too many": (_odd_argument, "arguments that are not run here"),
    "a weight that is computed": (_computed_weight, "without a constant weight"),
    "control flow": (_control_flow, "control flow"),
    "an image": (_image, "input x that is no array: convert it with TensorType"),
    "an input of open size": (_open_input, "an input whose type or size"),
}


def load_and_run(path: Path) -> None:
    model = load_model(path)
    model.run(corpus.inputs(NET))


@pytest.mark.parametrize("name", CHANGES)
def test_changes(tmp_path: Path, name: str) -> None:
    change, words = CHANGES[name]
    target = corpus.changed(NET, tmp_path, change)
    with pytest.raises(BadPackage, match=words):
        load_and_run(target)


def test_lacking_ops_have_an_error_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedOp):
        load_model(corpus.changed(NET, tmp_path, _rename_op))


def test_weights_that_are_missing(tmp_path: Path) -> None:
    target = corpus.copied(NET, tmp_path)
    (target / corpus.WEIGHTS).unlink()
    with pytest.raises(BadPackage, match="lacks its weights"):
        load_model(target)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "cannot be read"), (b"\0" * 10, "not known"), (b"\1\0\0\0\3\0\0\0" * 99, "not known")],
)
def test_weights_that_are_no_weights(tmp_path: Path, content: bytes, words: str) -> None:
    target = corpus.copied(NET, tmp_path)
    (target / corpus.WEIGHTS).write_bytes(content)
    with pytest.raises(BadPackage, match=words):
        load_model(target)


def test_weights_that_are_cut(tmp_path: Path) -> None:
    target = corpus.copied(NET, tmp_path)
    content = (target / corpus.WEIGHTS).read_bytes()
    (target / corpus.WEIGHTS).write_bytes(content[: len(content) // 2])
    with pytest.raises(BadPackage, match="weights"):
        load_model(target)


def _tile(times: int) -> Change:
    def change(spec: Any) -> None:
        ops = corpus.main_block(spec).operations
        name = next(op for op in ops if op.type == "tile").inputs["reps"].arguments[0].name
        value = next(op for op in ops if op.outputs[0].name == name).attributes["val"]
        numbers = value.immediateValue.tensor.ints.values
        numbers[:] = [times] * len(numbers)

    return change


def test_ops_that_would_make_much_of_little(tmp_path: Path) -> None:
    target = corpus.changed("shapes.fp32", tmp_path, _tile(1 << 20))
    with pytest.raises(BadPackage, match="elements"):
        load_model(target).run(corpus.inputs("shapes.fp32"))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_flipped_bytes(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(["cnn.fp16", "ios16_palette6", "ios18_int4_block", "vit.fp32"])
    )
    target = corpus.copied(name, tmp_path_factory.mktemp("flipped"))
    file = target / data.draw(st.sampled_from([corpus.MODEL, corpus.MODEL, corpus.WEIGHTS]))
    content = bytearray(file.read_bytes())
    places = st.integers(0, len(content) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    file.write_bytes(content)
    with suppress(BadPackage):
        model = load_model(target)
        if [spec.shape for spec in model.inputs] == [array.shape for array in corpus.inputs(name)]:
            model.run(corpus.inputs(name))
