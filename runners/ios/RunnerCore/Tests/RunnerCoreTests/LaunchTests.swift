import Foundation
import XCTest

@testable import RunnerCore

final class LaunchTests: XCTestCase {
    private let evalJob = "\"inputs\":\"x.npy\",\"outputs\":\"y\",\"layout\":\"NHWC\""

    func testEverythingInOrder() throws {
        let desk = try Desk()
        try putItems(desk)
        let eval = "{\(evalJob),\"sha256\":\"\(try desk.digest("x.npy"))\"}"
        try desk.launch([
            "control_runs": "2", "profile_runs": "2", "eval": eval, "raw_file": "\"raw\"",
        ])
        let order = [
            "hello", "loaded", "placement", "outputs", "samples", "samples", "control",
            "evaluated", "end",
        ]
        XCTAssertEqual(order, desk.sink.kinds.filter { $0 != "log" && $0 != "reading" })
        XCTAssertEqual(
            desk.sink.bytes, Array(try Data(contentsOf: desk.folder.appendingPathComponent("raw"))))
        XCTAssertEqual(.text("fair"), desk.sink.only("reading")[0]["thermal_state"])
        XCTAssertEqual(.whole(7), desk.sink.only("loaded")[0]["init_ns"])
    }

    func testSamples() throws {
        let desk = try Desk()
        try desk.launch()
        let samples = desk.sink.only("samples")
        XCTAssertEqual([.whole(0), .whole(2)], samples.map { $0["i"] })
        XCTAssertEqual([.bool(true), .null], samples.map { $0["warmup"] })
        XCTAssertEqual(JSON([1_000_000, 1_000_000, 1_000_000]), samples[1]["ns"])
        let end = desk.sink.only("end")[0]
        XCTAssertEqual([.whole(2), .whole(3), .bool(false)],
            [end["warmup"], end["measured"], end["stopped"]])
    }

    func testStop() throws {
        let desk = try Desk()
        desk.stopAfter = 2
        try desk.launch(["control_runs": "5"])
        let end = desk.sink.only("end")[0]
        XCTAssertEqual([.whole(1), .whole(0), .bool(true)],
            [end["warmup"], end["measured"], end["stopped"]])
        XCTAssertEqual([], desk.sink.only("control"))
    }

    func testErrors() throws {
        let zeros = "\"\(String(repeating: "0", count: 64))\""
        let cases: [([String: String], FailureCode)] = [
            (["variant": "\"gone.mlpackage\""], .modelMissing),
            (["variant": "\"../x\""], .badJob),
            (["sha256": zeros], .digestMismatch),
            (["raw_file": "\"gone/raw\""], .badJob),
            (["engine": "{\"accelerator\":\"cpu\",\"threads\":1,\"affinity\":1}"], .badJob),
            (["engine": "{\"accelerator\":\"cpu\",\"threads\":1,\"library\":\"a\"}"],
                .engineMissing),
            (["eval": "{\(evalJob),\"sha256\":\(zeros)}"], .badEval),
        ]
        for (changes, code) in cases {
            let desk = try Desk()
            try desk.launch(changes)
            XCTAssertEqual(.text(code.rawValue), desk.sink.events.last?["code"], "\(changes)")
        }
    }

    func testTFLiteIsRefused() throws {
        let desk = try Desk()
        try desk.put([1], "net.tflite")
        let digest = "\"\(try desk.digest("net.tflite"))\""
        try desk.launch(["variant": "\"net.tflite\"", "sha256": digest])
        XCTAssertEqual(.text("model_refused"), desk.sink.events.last?["code"])
    }

    func testEvalOutputs() throws {
        let desk = try Desk()
        try putItems(desk)
        let normalise = "{\"scale\":0.5,\"mean\":[1],\"std\":[2,4]}"
        let digest = try desk.digest("x.npy")
        try desk.launch([
            "eval": "{\(evalJob),\"sha256\":\"\(digest)\",\"normalise\":\(normalise)}"
        ])
        let file = try Data(contentsOf: desk.folder.appendingPathComponent("y.0.npy"))
        var expected: [UInt8] = []
        for value in [-1, -0.5, 0, 0, 1, 0.5] { expected.append(value, as: .float32) }
        XCTAssertEqual(expected, Array(file.suffix(24)))
        XCTAssertEqual(0, (file.count - 24) % 64)
        XCTAssertTrue(String(decoding: file.prefix(80), as: UTF8.self).contains("(3, 2)"))
    }

    func testSteadyRule() {
        let warmup = WarmUp(minRuns: 2, maxRuns: 9, minSeconds: 0, maxSeconds: 1, tolerance: 0.1)
        XCTAssertEqual(4, runs(warmup, [10, 10, 10, 10, 10]))
        XCTAssertEqual(6, runs(warmup, [10, 10, 20, 20, 20, 21, 1]))
        XCTAssertEqual(9, runs(warmup, [1, 1, 2, 2, 4, 4, 8, 8, 16, 16]))
        XCTAssertEqual(3, runs(warmup, [1, 1, 1_000_000_000, 1]))
    }

    /// Returns after how many of these durations the warm-up is over.
    private func runs(_ warmup: WarmUp, _ durationsNs: [Int]) -> Int {
        var rule = SteadyRule(warmup, startNs: 0)
        var endNs = 0
        for (index, durationNs) in durationsNs.enumerated() {
            endNs += durationNs
            if rule.isDone(durationNs: durationNs, endNs: endNs) { return index + 1 }
        }
        return 0
    }

    /// Writes an eval set of three items.
    private func putItems(_ desk: Desk) throws {
        let spec = TensorSpec(name: "x", type: .float32, shape: [2])
        let path = try desk.inbox.path(of: "x.npy")
        let writer = try NpyWriter(path, count: 3, item: spec)
        for item in [[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]] {
            var bytes: [UInt8] = []
            for value in item { bytes.append(value, as: .float32) }
            try writer.append(Tensor(spec: spec, bytes: bytes))
        }
        _ = writer.finish()
    }
}
