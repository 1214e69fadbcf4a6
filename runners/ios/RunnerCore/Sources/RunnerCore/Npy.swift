import Foundation

private let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

/// The items of an `.npy` array, read one at a time.
final class NpyReader {
    private static let types: [String: ElementType] = [
        "|u1": .uint8, "|i1": .int8, "<f4": .float32,
    ]
    private static let maxHeaderBytes = 65_536

    let type: ElementType
    let count: Int
    let itemShape: [Int]
    private let file: FileHandle
    private let itemBytes: Int

    /// Opens a file that holds `sha256`. Throws `bad_eval`.
    init(_ path: String, sha256: String) throws {
        guard let file = FileHandle(forReadingAtPath: path),
            let content = try? contentDigest(path)
        else { throw NpyReader.bad("it cannot be read") }
        guard content.sha256 == sha256 else {
            throw NpyReader.bad("it has the digest \(content.sha256), not \(sha256): push it again")
        }
        self.file = file
        let (header, headerEnd) = try NpyReader.header(file)
        guard let type = NpyReader.types[try NpyReader.quoted(header, "descr")],
            header.contains("'fortran_order': False"),
            let shape = NpyReader.shape(header), let count = shape.first
        else {
            throw NpyReader.bad("it is no list of uint8, int8 or float32 items in C order")
        }
        self.type = type
        self.count = count
        itemShape = Array(shape.dropFirst())
        itemBytes = try NpyReader.product(itemShape + [type.byteCount])
        let needed = try NpyReader.product([count, itemBytes])
        guard needed <= content.byteCount - headerEnd else {
            throw NpyReader.bad("it is shorter than its header says")
        }
    }

    /// Returns the next item. Throws `bad_eval`; call it at most `count` times.
    func next() throws -> [UInt8] {
        var item: [UInt8] = []
        while item.count < itemBytes {
            guard let bytes = try? file.bytes(upTo: itemBytes - item.count) else {
                throw NpyReader.bad("it cannot be read to its end")
            }
            item += bytes
        }
        return item
    }

    private static func bad(_ reason: String) -> RunnerFailure {
        RunnerFailure(.badEval, "the eval set cannot be used: \(reason)")
    }

    private static func header(_ file: FileHandle) throws -> (text: String, end: Int) {
        let start = read(file, 8)
        let isVersion1 = start == magic + [1, 0]
        guard isVersion1 || start == magic + [2, 0] else {
            throw bad("it is no .npy file of version 1 or 2")
        }
        let size = read(file, isVersion1 ? 2 : 4)
        let length = size.reversed().reduce(0) { $0 << 8 | Int($1) }
        let text = read(file, min(length, maxHeaderBytes))
        guard !text.isEmpty, text.count == length else { throw bad("its header is damaged") }
        return (String(decoding: text, as: UTF8.self), 8 + size.count + length)
    }

    private static func read(_ file: FileHandle, _ count: Int) -> [UInt8] {
        (try? file.bytes(upTo: count)) ?? []
    }

    /// Returns the text in quotes that belongs to a key of the header.
    private static func quoted(_ header: String, _ key: String) throws -> String {
        let parts = header.components(separatedBy: "'\(key)': '")
        guard parts.count == 2, let value = parts[1].split(separator: "'").first else {
            throw bad("its header is damaged")
        }
        return String(value)
    }

    private static func shape(_ header: String) -> [Int]? {
        let parts = header.components(separatedBy: "'shape': (")
        guard parts.count == 2, let end = parts[1].firstIndex(of: ")") else { return nil }
        let sizes = parts[1][..<end].split(separator: ",").map {
            Int($0.trimmingCharacters(in: .whitespaces)) ?? -1
        }
        return sizes.allSatisfy { $0 >= 0 } ? sizes : nil
    }

    private static func product(_ sizes: [Int]) throws -> Int {
        try sizes.reduce(1) { product, size in
            let (result, isTooLarge) = product.multipliedReportingOverflow(by: size)
            guard !isTooLarge else { throw bad("its header is damaged") }
            return result
        }
    }
}

/// Writes an `.npy` array item by item; the file vanishes again unless it was finished.
final class NpyWriter {
    private static let types: [ElementType: String] = [
        .float32: "<f4", .int8: "|i1", .uint8: "|u1", .bool: "|b1", .int16: "<i2",
        .uint16: "<u2", .int32: "<i4", .uint32: "<u4", .int64: "<i8", .uint64: "<u8",
    ]

    private let path: String
    private let file: FileWriter
    private let item: TensorSpec
    private var hash = SHA256()
    private var isFinished = false

    /// Replaces the file; all its items look like `item`. Throws `bad_eval` or `disk_full`.
    init(_ path: String, count: Int, item: TensorSpec) throws {
        self.path = path
        self.item = item
        file = try FileWriter(path, what: "the outputs of the eval set", code: .badEval)
        let sizes = ([count] + item.shape).map { "\($0)" }.joined(separator: ", ")
        let shape = item.shape.isEmpty ? sizes + "," : sizes
        let type = NpyWriter.types[item.type] ?? "<f4"
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
        let padding = String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64)
        var start = magic + [1, 0]
        start.append(littleEndian: UInt16(header.utf8.count + padding.count + 1))
        try add(start + Array((header + padding + "\n").utf8))
    }

    deinit {
        if !isFinished { unlink(path) }
    }

    /// Adds an item. Throws `bad_eval` for one of another shape, or `disk_full`.
    func append(_ tensor: Tensor) throws {
        guard tensor.spec.shape == item.shape else {
            throw RunnerFailure(.badEval, "the output \(tensor.spec.name) changes its shape")
        }
        try add(tensor.bytes)
    }

    /// Keeps the file and returns its digest.
    func finish() -> String {
        isFinished = true
        file.finish()
        return hex(hash.finish())
    }

    private func add(_ bytes: [UInt8]) throws {
        try file.append(bytes)
        hash.update(bytes)
    }
}
