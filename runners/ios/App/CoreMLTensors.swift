import CoreML
import RunnerCore

/// Returns features in ascending order of the bytes of their names: Core ML keeps no order.
func sorted(_ features: [String: MLFeatureDescription]) -> [MLFeatureDescription] {
    features.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}

/// Returns what an input takes. Throws `model_refused` for one that cannot be generated.
func inputSpec(_ feature: MLFeatureDescription) throws -> TensorSpec {
    guard let constraint = feature.multiArrayConstraint,
        let type = elementType(constraint.dataType)
    else {
        throw RunnerFailure(
            .modelRefused,
            "the input \(feature.name) is no tensor: convert the variant with TensorType inputs")
    }
    let shape = constraint.shape.map(\.intValue)
    guard !shape.isEmpty, shape.allSatisfy({ $0 > 0 }) else {
        throw RunnerFailure(
            .modelRefused,
            "the input \(feature.name) has no default shape: convert the variant with one")
    }
    return TensorSpec(name: feature.name, type: type, shape: shape)
}

/// Copies an output, whatever its layout in memory.
func tensor(_ name: String, _ array: MLMultiArray) throws -> Tensor {
    guard let type = elementType(array.dataType) else {
        throw RunnerFailure(.runFailed, "the output \(name) is of a type that is not known here")
    }
    let spec = TensorSpec(name: name, type: type, shape: array.shape.map(\.intValue))
    let strides = array.strides.map(\.intValue)
    return array.withUnsafeBytes { Tensor(spec: spec, strided: $0, strides: strides) }
}

/// Returns Core ML's word for an element type. Throws `internal` for one it has none for.
func multiArrayType(_ spec: TensorSpec) throws -> MLMultiArrayDataType {
    switch spec.type {
    case .float16: return .float16
    case .float32: return .float32
    case .float64: return .double
    case .int32: return .int32
    default:
        throw RunnerFailure(.internalError, "Core ML has no \(spec.type.rawValue) tensors")
    }
}

private func elementType(_ type: MLMultiArrayDataType) -> ElementType? {
    switch type {
    case .float16: return .float16
    case .float32: return .float32
    case .double: return .float64
    case .int32: return .int32
    default: return nil
    }
}
