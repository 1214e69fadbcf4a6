import Foundation

/// Checked access to the members of a JSON object: types and ranges, nothing coerced.
///
/// Every method throws `bad_job`.
struct Record {
    private let what: String
    private let members: [String: JSON]

    init(_ json: JSON, _ what: String) throws {
        guard case .object(let fields) = json else { throw Record.bad("\(what) is not an object") }
        self.what = what
        members = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    static func bad(_ text: String) -> RunnerFailure { RunnerFailure(.badJob, text) }

    /// Refuses members that are not in `known`.
    func only(_ known: Set<String>) throws {
        let unknown = members.keys.filter { !known.contains($0) }.sorted()
        guard unknown.isEmpty else {
            throw Record.bad("unknown fields of \(what): \(unknown.joined(separator: ", "))")
        }
    }

    /// Reads a member that may be missing or null.
    func ifGiven<Value>(_ key: String, _ read: (String) throws -> Value) rethrows -> Value? {
        guard let value = members[key], value != .null else { return nil }
        return try read(key)
    }

    func record(_ key: String) throws -> Record {
        try Record(members[key] ?? .null, key)
    }

    func whole(_ key: String, _ range: ClosedRange<Int> = 0...Int.max) throws -> Int {
        guard case .whole(let number)? = members[key] else {
            throw Record.bad("\(key) is not a whole number")
        }
        guard range.contains(number) else { throw Record.bad("\(key) is out of range") }
        return number
    }

    func number(_ key: String, _ range: ClosedRange<Double>) throws -> Double {
        let number = try Record.real(members[key], key)
        guard range.contains(number) else { throw Record.bad("\(key) is out of range") }
        return number
    }

    func numbers(_ key: String, _ limit: Int) throws -> [Double] {
        guard case .list(let values)? = members[key], 1...limit ~= values.count else {
            throw Record.bad("\(key) is not a list of 1 to \(limit) numbers")
        }
        return try values.map { try Record.real($0, key) }
    }

    private static func real(_ value: JSON?, _ key: String) throws -> Double {
        switch value {
        case .whole(let number)?: return Double(number)
        case .real(let number)?: return number
        default: throw bad("\(key) is not a number")
        }
    }

    func flag(_ key: String) throws -> Bool {
        guard case .bool(let flag)? = members[key] else {
            throw Record.bad("\(key) is not true or false")
        }
        return flag
    }

    func text(_ key: String, _ limit: Int = RunnerProtocol.maxPathBytes) throws -> String {
        guard case .text(let text)? = members[key], text.utf8.count <= limit else {
            throw Record.bad("\(key) is not a text of at most \(limit) bytes")
        }
        return text
    }

    func digest(_ key: String) throws -> String {
        let digest = try text(key, 64)
        guard isHex64(digest) else {
            throw Record.bad("\(key) is not 64 lower-case hex digits")
        }
        return digest
    }

    func texts(_ key: String, _ limit: Int) throws -> [String] {
        guard case .list(let values)? = members[key], values.count <= limit else {
            throw Record.bad("\(key) is not a list of at most \(limit) texts")
        }
        return try values.map { value in
            guard case .text(let text) = value else { throw Record.bad("\(key) holds no text") }
            return text
        }
    }
}

/// Tells whether a text is 64 lower-case hex digits.
func isHex64(_ text: String) -> Bool {
    text.utf8.count == 64
        && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}
