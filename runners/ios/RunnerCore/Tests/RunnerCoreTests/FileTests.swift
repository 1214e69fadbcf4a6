import Foundation
import XCTest

@testable import RunnerCore

final class FileTests: XCTestCase {
    func testSHA256() {
        let cases = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
        for (message, digest) in cases {
            var hash = SHA256()
            for part in Array(message.utf8).chunked(7777) { hash.update(part) }
            XCTAssertEqual(digest, hex(hash.finish()))
        }
    }

    func testFolderDigestLeavesTheManifestOut() throws {
        let desk = try Desk()
        let before = try desk.digest("net.mlpackage")
        try desk.put(Array("other".utf8), "net.mlpackage/Manifest.json")
        XCTAssertEqual(before, try desk.digest("net.mlpackage"))
        var inner = SHA256()
        inner.update(Array("weights".utf8))
        var outer = SHA256()
        outer.update(Array("Data/weights.bin".utf8) + [0] + inner.finish())
        XCTAssertEqual(hex(outer.finish()), before)
    }

    func testPathsStayInTheInbox() throws {
        let desk = try Desk()
        let link = desk.folder.appendingPathComponent("out").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/")
        for path in ["", "/etc/passwd", "../x", "a/../../x", "a\0b", "out/etc", "out", "a/", "."] {
            XCTAssertThrowsError(try desk.inbox.path(of: path), path)
        }
        XCTAssertTrue(try desk.inbox.path(of: "new.ndjson").hasSuffix("/new.ndjson"))
        let known = try desk.inbox.digests(["net.mlpackage", "gone"])
        XCTAssertEqual(["net.mlpackage"], known.map { $0.path })
        XCTAssertEqual([7], known.map { $0.digest.byteCount })
    }

    func testHalf() {
        let cases: [(Double, UInt16)] = [
            (0, 0), (-0.0, 0x8000), (1, 0x3C00), (65504, 0x7BFF), (65520, 0x7C00),
            (0x1p-24, 1), (0x1p-25, 0), (0x1.8p-24, 2), (2047.5 / 1024, 0x4000),
        ]
        for (number, bits) in cases { XCTAssertEqual(bits, halfBits(number), "\(number)") }
        for bits in UInt16(0)..<0x7C00 { XCTAssertEqual(bits, halfBits(halfValue(bits))) }
    }

    func testStridedCopy() {
        let padded: [UInt8] = [1, 2, 0, 0, 3, 4, 0, 0]
        let spec = TensorSpec(name: "y", type: .uint8, shape: [2, 2])
        padded.withUnsafeBytes { raw in
            XCTAssertEqual([1, 2, 3, 4], Tensor(spec: spec, strided: raw, strides: [4, 1]).bytes)
            XCTAssertEqual([1, 3, 2, 4], Tensor(spec: spec, strided: raw, strides: [1, 4]).bytes)
        }
    }
}

extension Array {
    fileprivate func chunked(_ size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
