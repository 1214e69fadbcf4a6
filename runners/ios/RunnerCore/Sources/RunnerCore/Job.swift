import Foundation

/// When the warm-up is over (PROTOCOL.md, "Warm-up").
public struct WarmUp: Equatable {
    public let minRuns: Int
    public let maxRuns: Int
    public let minSeconds: Double
    public let maxSeconds: Double
    /// Ratio by which the medians of two windows may differ.
    public let tolerance: Double
}

/// How long to measure.
public enum Measure: Equatable {
    case runs(Int)
    case seconds(Double)
}

/// Which axis of an eval set's inputs counts the channels.
public enum Layout: String {
    case nchw = "NCHW"
    case nhwc = "NHWC"
}

/// How an element x of channel c becomes a real number: (x * scale - mean[c]) / std[c].
public struct Normalise: Equatable {
    public let scale: Double
    public let mean: [Double]
    public let std: [Double]
}

/// An eval set to run after measuring.
public struct EvalJob: Equatable {
    public let inputs: String
    public let sha256: String
    public let outputs: String
    public let layout: Layout
    public let normalise: Normalise?
    /// How many items from the start; nil = all.
    public let items: Int?
}

/// What the engine is asked for.
public struct EngineOptions: Equatable {
    public let accelerator: String
    public let threads: Int
    public let affinity: Int?
    public let xnnpack: Bool
    public let library: String?
}

/// One launch of one variant. Paths are relative to the inbox.
public struct Job: Equatable {
    public let variant: String
    public let sha256: String
    public let engine: EngineOptions
    public let seed: Int
    public let warmup: WarmUp
    public let measure: Measure
    /// Starts measured inferences at this rate; nil = back to back.
    public let rateHz: Double?
    /// Where to keep a copy of the events.
    public let rawFile: String?
    public let controlRuns: Int
    public let profileRuns: Int
    public let eval: EvalJob?

    /// All paths that the job names.
    var paths: [String] {
        [variant] + [rawFile, eval?.inputs, eval?.outputs].compactMap { $0 }
    }
}

extension Job {
    /// Reads a job. Throws `bad_job`, or `protocol_mismatch` for another version.
    public init(_ json: JSON) throws {
        let job = try Record(json, "the job")
        guard try job.text("ev") == "job" else { throw Record.bad("the line is not a job") }
        try job.matchProtocol()
        try job.only([
            "ev", "protocol", "variant", "sha256", "engine", "seed", "warmup", "measure",
            "rate_hz", "raw_file", "control_runs", "profile_runs", "eval",
        ])
        variant = try job.text("variant")
        sha256 = try job.digest("sha256")
        engine = try EngineOptions(job.record("engine"))
        seed = try job.whole("seed")
        warmup = try WarmUp(job.record("warmup"))
        measure = try Measure(job.record("measure"))
        let rates = RunnerProtocol.minRateHz...RunnerProtocol.maxRateHz
        rateHz = try job.ifGiven("rate_hz") { try job.number($0, rates) }
        rawFile = try job.ifGiven("raw_file") { try job.text($0) }
        let controls = 0...RunnerProtocol.maxControlRuns
        controlRuns = try job.ifGiven("control_runs") { try job.whole($0, controls) } ?? 0
        let profiles = 0...RunnerProtocol.maxProfileRuns
        profileRuns = try job.ifGiven("profile_runs") { try job.whole($0, profiles) } ?? 0
        eval = try job.ifGiven("eval") { try EvalJob(job.record($0)) }
    }
}

extension Record {
    /// Throws `protocol_mismatch` unless the other side speaks this version.
    func matchProtocol() throws {
        guard try whole("protocol") == RunnerProtocol.version else {
            throw RunnerFailure(
                .protocolMismatch,
                "the host speaks another protocol than \(RunnerProtocol.version): "
                    + "install the app that comes with this labtui")
        }
    }
}

extension EngineOptions {
    init(_ record: Record) throws {
        try record.only(["accelerator", "threads", "affinity", "xnnpack", "library"])
        accelerator = try record.text("accelerator", 32)
        threads = try record.whole("threads", 1...256)
        affinity = try record.ifGiven("affinity") { try record.whole($0, 1...Int.max) }
        xnnpack = try record.ifGiven("xnnpack") { try record.flag($0) } ?? true
        library = try record.ifGiven("library") { try record.text($0) }
    }
}

extension WarmUp {
    init(_ record: Record) throws {
        try record.only(["min_runs", "max_runs", "min_s", "max_s", "tolerance"])
        minRuns = try record.whole("min_runs", 0...RunnerProtocol.maxRuns)
        maxRuns = try record.whole("max_runs", 0...RunnerProtocol.maxRuns)
        minSeconds = try record.number("min_s", 0...RunnerProtocol.maxSeconds)
        maxSeconds = try record.number("max_s", 0...RunnerProtocol.maxSeconds)
        tolerance = try record.number("tolerance", 0...1)
        guard maxRuns >= minRuns else {
            throw Record.bad("the warm-up's max_runs is less than its min_runs")
        }
    }
}

extension Measure {
    init(_ record: Record) throws {
        try record.only(["runs", "seconds"])
        let runs = try record.ifGiven("runs") { try record.whole($0, 1...RunnerProtocol.maxRuns) }
        let limits = 0...RunnerProtocol.maxSeconds
        let seconds = try record.ifGiven("seconds") { try record.number($0, limits) }
        switch (runs, seconds) {
        case (let runs?, nil): self = .runs(runs)
        case (nil, let seconds?): self = .seconds(seconds)
        default: throw Record.bad("measure needs either runs or seconds")
        }
    }
}

extension EvalJob {
    init(_ record: Record) throws {
        try record.only(["inputs", "sha256", "outputs", "layout", "normalise", "items"])
        guard let layout = Layout(rawValue: try record.text("layout", 4)) else {
            throw Record.bad("the layout of the eval set is neither NCHW nor NHWC")
        }
        self.layout = layout
        inputs = try record.text("inputs")
        sha256 = try record.digest("sha256")
        outputs = try record.text("outputs")
        normalise = try record.ifGiven("normalise") { try Normalise(record.record($0)) }
        items = try record.ifGiven("items") { try record.whole($0, 1...RunnerProtocol.maxRuns) }
    }
}

extension Normalise {
    init(_ record: Record) throws {
        try record.only(["scale", "mean", "std"])
        scale = try record.number("scale", -1e18...1e18)
        mean = try record.numbers("mean", RunnerProtocol.maxChannels)
        std = try record.numbers("std", RunnerProtocol.maxChannels)
        guard scale != 0, std.allSatisfy({ $0 > 0 }) else {
            throw Record.bad("the eval set is normalised by zero")
        }
    }
}
