import Foundation
import XCTest

@testable import RunnerCore

/// The files that every runner's tests read.
enum Golden {
    static let runners = (0..<5).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: runners.appendingPathComponent(path), encoding: .utf8)
    }

    static func lines(_ name: String) throws -> [[UInt8]] {
        try text("transcripts/\(name)").split(separator: "\n").map { Array($0.utf8) }
    }
}

extension JSON {
    subscript(_ name: String) -> JSON {
        guard case .object(let fields) = self else { return .null }
        return fields.last { $0.name == name }?.value ?? .null
    }

    var names: Set<String> {
        guard case .object(let fields) = self else { return [] }
        return Set(fields.map(\.name))
    }

    var string: String {
        guard case .text(let text) = self else { return "" }
        return text
    }
}

/// A clock that moves by itself, 1 ms at each look.
final class FakeClock: DeviceClock {
    private var nowNs = 0

    func monoNs() -> Int {
        nowNs += 1_000_000
        return nowNs
    }

    func bootNs() -> Int { nowNs }
}

final class FakeThermal: ThermalSource {
    let thermalState: String? = "fair"
    let isLowPower = true
    let residentBytes: Int? = 4096
}

final class FakeSink: EventSink {
    private(set) var events: [JSON] = []
    private(set) var bytes: [UInt8] = []

    func write(_ line: [UInt8], of event: Event, done: @escaping (Bool) -> Void) {
        bytes += line
        if let event = try? JSON(parsing: line) { events.append(event) }
        done(true)
    }

    var kinds: [String] { events.map { $0["ev"].string } }

    func only(_ kind: String) -> [JSON] { events.filter { $0["ev"].string == kind } }
}

/// Doubles its one input.
final class FakeEngine: ModelEngine {
    let name = "fake"
    let version = "1"
    let formats: Set<String> = ["mlpackage"]
    let inputs = [TensorSpec(name: "x", type: .float32, shape: [1, 2])]
    private(set) var outputs: [Tensor] = []
    private var fed: [Tensor] = []
    private let onInfer: () -> Void

    init(onInfer: @escaping () -> Void) {
        self.onInfer = onInfer
    }

    func load(_ path: String, accelerator: String) throws -> LoadTimes {
        LoadTimes(compileNs: 3, loadNs: 4, reloadNs: 1)
    }

    func setInputs(_ tensors: [Tensor]) throws { fed = tensors }

    func infer() throws {
        onInfer()
        outputs = fed.map { input in
            var bytes: [UInt8] = []
            for index in 0..<input.spec.count {
                bytes.append(2 * input.real(at: index), as: .float32)
            }
            let spec = TensorSpec(name: "y", type: .float32, shape: input.spec.shape)
            return Tensor(spec: spec, bytes: bytes)
        }
    }

    func placement() -> Placement { Placement(opsByUnit: ["npu": 3, "cpu": 1], note: nil) }
}

/// An inbox with a variant in it, and what a launch there reports.
final class Desk {
    let folder: URL
    let inbox: Inbox
    let sink = FakeSink()
    let stopper = Stopper()
    private(set) var inferences = 0
    var stopAfter = Int.max

    init() throws {
        let temporary = FileManager.default.temporaryDirectory
        folder = temporary.appendingPathComponent(UUID().uuidString)
        let package = folder.appendingPathComponent("net.mlpackage/Data")
        try FileManager.default.createDirectory(at: package, withIntermediateDirectories: true)
        inbox = Inbox(root: folder.path)
        try put(Array("weights".utf8), "net.mlpackage/Data/weights.bin")
        try put(Array("random".utf8), "net.mlpackage/Manifest.json")
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func put(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: folder.appendingPathComponent(name))
    }

    func digest(_ name: String) throws -> String {
        try contentDigest(inbox.path(of: name)).sha256
    }

    /// A job line; `changes` replace its fields, as JSON texts.
    func job(_ changes: [String: String] = [:]) throws -> JSON {
        var fields = [
            "ev": "\"job\"", "protocol": "1", "variant": "\"net.mlpackage\"",
            "sha256": "\"\(try digest("net.mlpackage"))\"", "seed": "7",
            "engine": "{\"accelerator\":\"npu\",\"threads\":1}",
            "warmup":
                "{\"min_runs\":2,\"max_runs\":2,\"min_s\":0,\"max_s\":1.5,\"tolerance\":0.05}",
            "measure": "{\"runs\":3}",
        ]
        fields.merge(changes) { $1 }
        let members = fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        return try JSON(parsing: Array("{\(members)}".utf8))
    }

    func launch(_ changes: [String: String] = [:]) throws {
        let clock = FakeClock()
        let phone = Phone(
            inbox: inbox, clock: clock, thermal: FakeThermal(), runnerVersion: "0",
            openEngine: { FakeEngine(onInfer: self.count) })
        let reporter = Reporter(sink: sink, clock: clock, onLost: stopper.stop)
        Launch.carryOut(try Job(try job(changes)), on: phone, to: reporter, until: stopper)
    }

    private func count() {
        inferences += 1
        if inferences >= stopAfter { stopper.stop() }
    }
}
