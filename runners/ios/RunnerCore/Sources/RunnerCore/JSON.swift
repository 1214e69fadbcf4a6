import Foundation

/// A JSON value that tells whole numbers from others, and true from 1, on every system.
public enum JSON: Equatable {
    case null
    case bool(Bool)
    case whole(Int)
    case real(Double)
    case text(String)
    case list([JSON])
    case object([Field])

    /// A member of an object; objects keep the order of theirs.
    public struct Field: Equatable {
        public let name: String
        public let value: JSON

        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// Reads one value. Throws `bad_job` for anything that is not JSON.
    public init(parsing bytes: [UInt8]) throws {
        var parser = JSONParser(bytes)
        self = try parser.document()
    }

    /// The value on one line, with its newline.
    public var line: [UInt8] {
        var text = ""
        write(to: &text)
        text += "\n"
        return Array(text.utf8)
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .whole(let number): text += String(number)
        case .real(let number): text += number.isFinite ? "\(number)" : "null"
        case .text(let string): JSON.writeQuoted(string, to: &text)
        case .list(let values): JSON.writeItems(values, "[", "]", to: &text) { $0.write(to: &$1) }
        case .object(let fields):
            JSON.writeItems(fields, "{", "}", to: &text) { field, text in
                JSON.writeQuoted(field.name, to: &text)
                text += ":"
                field.value.write(to: &text)
            }
        }
    }

    private static func writeItems<Item>(
        _ items: [Item], _ opening: String, _ closing: String, to text: inout String,
        each: (Item, inout String) -> Void
    ) {
        text += opening
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            each(item, &text)
        }
        text += closing
    }

    private static func writeQuoted(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar.value {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0..<0x20: text += "\\u00" + hex([UInt8(scalar.value)])
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

/// Returns two lower-case digits for each byte.
public func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
}
