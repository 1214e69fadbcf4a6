import Foundation

/// Reads exactly what RFC 8259 allows, from bytes.
struct JSONParser {
    private static let maxDepth = 32
    private static let escapes: [UInt8: UInt8] = [
        0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F,
        0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
    ]

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws -> JSON {
        let result = try value(depth: 0)
        skipBlanks()
        guard position == bytes.count else { throw failure }
        return result
    }

    private var failure: RunnerFailure { RunnerFailure(.badJob, "the line is not JSON") }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            position += 1
        }
    }

    /// Takes a character if it comes next.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws -> JSON {
        guard depth < JSONParser.maxDepth else { throw failure }
        skipBlanks()
        if take("{") { return .object(try members("}") { try $0.field(depth: depth + 1) }) }
        if take("[") { return .list(try members("]") { try $0.value(depth: depth + 1) }) }
        if take("\"") { return .text(try string()) }
        if try word("true") { return .bool(true) }
        if try word("false") { return .bool(false) }
        if try word("null") { return .null }
        return try number()
    }

    private mutating func members<Item>(
        _ closing: Unicode.Scalar, each: (inout JSONParser) throws -> Item
    ) throws -> [Item] {
        var items: [Item] = []
        skipBlanks()
        if take(closing) { return items }
        repeat {
            items.append(try each(&self))
            skipBlanks()
        } while take(",")
        guard take(closing) else { throw failure }
        return items
    }

    private mutating func field(depth: Int) throws -> JSON.Field {
        skipBlanks()
        guard take("\"") else { throw failure }
        let name = try string()
        skipBlanks()
        guard take(":") else { throw failure }
        return JSON.Field(name, try value(depth: depth))
    }

    private mutating func word(_ word: String) throws -> Bool {
        let expected = Array(word.utf8)
        guard next == expected[0] else { return false }
        guard bytes[position...].starts(with: expected) else { throw failure }
        position += expected.count
        return true
    }

    /// Reads what follows an opening quote.
    private mutating func string() throws -> String {
        var content: [UInt8] = []
        while let byte = next, byte != 0x22 {
            guard byte >= 0x20 else { throw failure }
            position += 1
            if byte == 0x5C {
                content += try escaped()
            } else {
                content.append(byte)
            }
        }
        guard take("\""), let text = String(bytes: content, encoding: .utf8) else { throw failure }
        return text
    }

    private mutating func escaped() throws -> [UInt8] {
        guard let byte = next else { throw failure }
        position += 1
        if let plain = JSONParser.escapes[byte] { return [plain] }
        guard byte == 0x75 else { throw failure }
        var code = try codeUnit()
        if (0xD800..<0xDC00).contains(code) {
            guard take("\\"), take("u") else { throw failure }
            let low = try codeUnit()
            guard (0xDC00..<0xE000).contains(low) else { throw failure }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func codeUnit() throws -> UInt32 {
        guard position + 4 <= bytes.count else { throw failure }
        let digits = bytes[position..<position + 4]
        position += 4
        guard digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw failure }
        return code
    }

    private mutating func number() throws -> JSON {
        let start = position
        _ = take("-")
        let isZero = next == UInt8(ascii: "0")
        guard try digits() == 1 || !isZero else { throw failure }
        var isWhole = true
        if take(".") {
            isWhole = false
            _ = try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            _ = try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let whole = Int(text) { return .whole(whole) }
        guard let real = Double(text), real.isFinite else { throw failure }
        return .real(real)
    }

    /// Takes digits, one at least, and returns how many there were.
    private mutating func digits() throws -> Int {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw failure }
        return position - start
    }
}
