import Foundation

/// Element types, in numpy's words.
public enum ElementType: String, CaseIterable {
    case float16, float32, float64
    case int8, uint8, int16, uint16, int32, uint32, int64, uint64
    case bool

    public var byteCount: Int {
        switch self {
        case .int8, .uint8, .bool: return 1
        case .int16, .uint16, .float16: return 2
        case .int32, .uint32, .float32: return 4
        case .int64, .uint64, .float64: return 8
        }
    }

    public var isFloat: Bool { self == .float16 || self == .float32 || self == .float64 }
}

/// An input or output of a variant.
public struct TensorSpec: Equatable {
    public let name: String
    public let type: ElementType
    public let shape: [Int]

    public init(name: String, type: ElementType, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
    }

    public var count: Int { shape.reduce(1, *) }
}

/// The elements of a tensor, row-major and little-endian.
public struct Tensor: Equatable {
    public let spec: TensorSpec
    public let bytes: [UInt8]

    public init(spec: TensorSpec, bytes: [UInt8]) {
        self.spec = spec
        self.bytes = bytes
    }

    /// Copies elements that may lie apart: `strides` count elements, one for each axis.
    public init(spec: TensorSpec, strided source: UnsafeRawBufferPointer, strides: [Int]) {
        let size = spec.type.byteCount
        var bytes: [UInt8] = []
        bytes.reserveCapacity(spec.count * size)
        func copy(axis: Int, from start: Int) {
            let isLast = axis == spec.shape.count - 1
            if axis == spec.shape.count || (isLast && strides[axis] == 1) {
                let count = isLast ? spec.shape[axis] : 1
                bytes += source[start * size..<(start + count) * size]
                return
            }
            for index in 0..<spec.shape[axis] {
                copy(axis: axis + 1, from: start + index * strides[axis])
            }
        }
        copy(axis: 0, from: 0)
        self.init(spec: spec, bytes: bytes)
    }

    /// The element at an index as a real number.
    public func real(at index: Int) -> Double {
        bytes.withUnsafeBytes { (raw) -> Double in
            func load<Value>(_ type: Value.Type) -> Value {
                raw.loadUnaligned(fromByteOffset: index * spec.type.byteCount, as: type)
            }
            switch spec.type {
            case .float16: return halfValue(load(UInt16.self))
            case .float32: return Double(load(Float.self))
            case .float64: return load(Double.self)
            case .int8: return Double(load(Int8.self))
            case .uint8, .bool: return Double(load(UInt8.self))
            case .int16: return Double(load(Int16.self))
            case .uint16: return Double(load(UInt16.self))
            case .int32: return Double(load(Int32.self))
            case .uint32: return Double(load(UInt32.self))
            case .int64: return Double(load(Int64.self))
            case .uint64: return Double(load(UInt64.self))
            }
        }
    }
}

extension Array where Element == UInt8 {
    /// Adds the bytes of a whole number, least significant first.
    mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// Adds a real number, rounded to a float type.
    mutating func append(_ number: Double, as type: ElementType) {
        switch type {
        case .float16: append(littleEndian: halfBits(number))
        case .float32: append(littleEndian: Float(number).bitPattern)
        default: append(littleEndian: number.bitPattern)
        }
    }
}

/// Returns the bits of the nearest float16, ties to even. (`Float16` is not there on every Mac.)
func halfBits(_ number: Double) -> UInt16 {
    let sign: UInt16 = number.sign == .minus ? 0x8000 : 0
    if number.isNaN { return sign | 0x7E00 }
    let magnitude = number.magnitude
    if magnitude >= 65520 { return sign | 0x7C00 }
    let exponent = magnitude < 0x1p-14 ? -14 : Int(magnitude.exponent)
    let steps = (magnitude * pow(2, Double(10 - exponent))).rounded(.toNearestOrEven)
    // A mantissa that is rounded up to 2048 carries into the exponent by itself.
    return sign | UInt16((exponent + 14) << 10 + Int(steps))
}

/// Returns the number that the bits of a float16 stand for.
func halfValue(_ bits: UInt16) -> Double {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 31)
    let mantissa = Double(bits & 1023)
    switch exponent {
    case 0: return sign * mantissa * 0x1p-24
    case 31: return mantissa == 0 ? sign * .infinity : .nan
    default: return sign * (1024 + mantissa) * pow(2, Double(exponent - 25))
    }
}
