import Foundation

/// The SplitMix64 generator.
public struct SplitMix64 {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Returns an input for each spec, all from one generator (PROTOCOL.md, "Seeded inputs").
public func seededInputs(_ specs: [TensorSpec], seed: Int) -> [Tensor] {
    var generator = SplitMix64(seed: UInt64(seed))
    return specs.map { spec in
        var bytes: [UInt8] = []
        bytes.reserveCapacity(spec.count * spec.type.byteCount)
        for _ in 0..<spec.count {
            bytes.append(seed: generator.next(), as: spec.type)
        }
        return Tensor(spec: spec, bytes: bytes)
    }
}

extension Array where Element == UInt8 {
    /// Adds the element that one output of the generator stands for.
    fileprivate mutating func append(seed u: UInt64, as type: ElementType) {
        switch type {
        case .float16, .float32, .float64: append(Double(u >> 40) * 0x1p-23 - 1, as: type)
        case .int8, .uint8: append(UInt8(u >> 56))
        case .int16, .uint16: append(littleEndian: UInt16(u >> 48))
        case .int32, .uint32: append(littleEndian: UInt32((u >> 40) % 100))
        case .int64, .uint64: append(littleEndian: (u >> 40) % 100)
        case .bool: append(UInt8(u >> 63))
        }
    }
}
