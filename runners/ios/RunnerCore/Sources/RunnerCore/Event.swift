import Foundation

/// One event of a launch (PROTOCOL.md, "The events").
public struct Event: Equatable {
    public let kind: String
    /// After how many samples of the launch the event comes, where it says so.
    public private(set) var sampleCount: Int?
    private var fields: [JSON.Field]

    private init(_ kind: String, _ fields: KeyValuePairs<String, JSON>) {
        self.kind = kind
        self.fields = fields.map { JSON.Field($0.key, $0.value) }
    }

    /// The event as a line with its newline.
    public var line: [UInt8] {
        JSON.object([JSON.Field("ev", .text(kind))] + fields).line
    }

    /// Whether nothing may follow.
    public var isLast: Bool { kind == "end" || kind == "error" }

    static func hello(_ engine: ModelEngine, runnerVersion: String, clock: DeviceClock) -> Event {
        Event("hello", [
            "protocol": .whole(RunnerProtocol.version),
            "runner": "labtui-runner-ios", "runner_version": .text(runnerVersion),
            "engine": .text(engine.name), "engine_version": .text(engine.version),
            "pid": .whole(Int(ProcessInfo.processInfo.processIdentifier)),
            "mono_ns": .whole(clock.monoNs()), "boot_ns": .whole(clock.bootNs()),
        ])
    }

    static func loaded(t: Int, initNs: Int, firstNs: Int, rssBytes: Int?) -> Event {
        Event("loaded", [
            "t": .whole(t), "init_ns": .whole(initNs), "first_ns": .whole(firstNs),
            "rss_bytes": JSON(rssBytes),
        ])
    }

    static func placement(asked: String, opsByUnit: [String: Int]) -> Event {
        let parts = opsByUnit.sorted { $0.key < $1.key }.map { part in
            JSON.record(["unit": .text(part.key), "delegate": "", "ops": .whole(part.value)])
        }
        return Event("placement", ["asked": .text(asked), "parts": .list(parts)])
    }

    static func outputs(_ fingerprints: [Fingerprint]) -> Event {
        Event("outputs", ["outputs": .list(fingerprints.map(\.json))])
    }

    static func samples(
        firstIndex: Int, startsNs: [Int], durationsNs: [Int], isWarmup: Bool
    ) -> Event {
        let start = startsNs[0]
        let busyNs = durationsNs.dropLast().reduce(0, +)
        let isBackToBack = startsNs[startsNs.count - 1] - start - busyNs <= RunnerProtocol.gapNs
        var event = Event("samples", [
            "i": .whole(firstIndex), "t": .whole(start), "ns": JSON(durationsNs),
        ])
        event.sampleCount = firstIndex + durationsNs.count
        if isWarmup { event.fields.append(JSON.Field("warmup", .bool(true))) }
        if !isBackToBack {
            let offsetsUs = startsNs.map { ($0 - start) / 1000 }
            event.fields.append(JSON.Field("off_us", JSON(offsetsUs)))
        }
        return event
    }

    static func control(t: Int, unit: String, durationsNs: [Int]) -> Event {
        Event("control", [
            "t": .whole(t), "unit": .text(unit), "delegate": "", "ns": JSON(durationsNs),
        ])
    }

    static func evaluated(items: Int, busyNs: Int, files: [JSON]) -> Event {
        Event("evaluated", [
            "items": .whole(items), "ns": .whole(busyNs), "files": .list(files),
        ])
    }

    static func reading(t: Int, _ thermal: ThermalSource) -> Event {
        Event("reading", [
            "t": .whole(t), "rss_bytes": JSON(thermal.residentBytes), "clocks": .list([]),
            "thermal_state": JSON(thermal.thermalState),
            "low_power": .bool(thermal.isLowPower),
        ])
    }

    static func log(_ level: String, _ text: String) -> Event {
        Event("log", ["level": .text(level), "text": .text(cut(text))])
    }

    static func alive(t: Int) -> Event {
        Event("alive", ["t": .whole(t)])
    }

    static func end(t: Int, warmup: Int, measured: Int, isStopped: Bool) -> Event {
        Event("end", [
            "t": .whole(t), "warmup": .whole(warmup), "measured": .whole(measured),
            "stopped": .bool(isStopped),
        ])
    }

    /// The last event of a launch, or of a connection, that could not go on.
    public static func error(_ failure: RunnerFailure) -> Event {
        Event("error", ["code": .text(failure.code.rawValue), "text": .text(cut(failure.text))])
    }

    /// The answer to a request for digests.
    public static func digests(_ files: [(path: String, digest: ContentDigest)]) -> Event {
        let entries = files.map { file in
            JSON.record([
                "path": .text(file.path), "sha256": .text(file.digest.sha256),
                "bytes": .whole(file.digest.byteCount),
            ])
        }
        return Event("digests", ["files": .list(entries)])
    }

    private static func cut(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(RunnerProtocol.maxTextLength)))
    }
}

extension JSON: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        self = .text(text)
    }

    init(_ text: String?) {
        if let text { self = .text(text) } else { self = .null }
    }

    init(_ number: Int?) {
        if let number { self = .whole(number) } else { self = .null }
    }

    init(_ numbers: [Int]) {
        self = .list(numbers.map { .whole($0) })
    }

    static func record(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(members.map { Field($0.key, $0.value) })
    }
}

/// What one output of the first inference looks like.
struct Fingerprint {
    let tensor: Tensor
    let head: [Double]

    init(_ tensor: Tensor) {
        self.tensor = tensor
        let count = min(RunnerProtocol.headValues, tensor.spec.count)
        let values = (0..<count).map { tensor.real(at: $0) }
        head = Array(values.prefix { $0.isFinite })
    }

    /// Whether the head stops before a value that is not finite.
    var isCut: Bool { head.count < min(RunnerProtocol.headValues, tensor.spec.count) }

    var json: JSON {
        var hash = SHA256()
        hash.update(tensor.bytes)
        return .record([
            "name": .text(tensor.spec.name), "dtype": .text(tensor.spec.type.rawValue),
            "shape": JSON(tensor.spec.shape), "sha256": .text(hex(hash.finish())),
            "head": .list(head.map { .real($0) }),
        ])
    }
}
