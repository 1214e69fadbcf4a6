import Foundation

/// What both sides of the protocol agree on (runners/PROTOCOL.md).
public enum RunnerProtocol {
    public static let version = 1
    /// TCP port on the phone's loopback address.
    public static let port: UInt16 = 27150
    /// Longest line without its newline.
    public static let maxLineBytes = 1_048_576
    public static let maxBatch = 10_000
    public static let maxRuns = 10_000_000
    public static let maxSeconds = 86_400.0
    public static let minRateHz = 0.001
    public static let maxRateHz = 100_000.0
    public static let maxControlRuns = 10_000
    public static let maxProfileRuns = 10_000
    public static let maxChannels = 4096
    public static let maxPathBytes = 4096
    public static let maxDigestPaths = 1000
    public static let maxTextLength = 400
    public static let maxBacklogBytes = 33_554_432
    public static let headValues = 8
    /// Longest time a sample waits before it leaves.
    public static let batchNs = 100_000_000
    /// Pauses that add up to no more than this within a batch count as back to back.
    public static let gapNs = 1_000_000
    public static let readingNs = 1_000_000_000
    public static let aliveNs = 1_000_000_000
    /// How long a connection may take to say its token.
    public static let authSeconds = 5.0
}

/// Why a launch could not go on, as the `error` event names it.
public enum FailureCode: String, CaseIterable {
    case badJob = "bad_job"
    case protocolMismatch = "protocol_mismatch"
    case modelMissing = "model_missing"
    case digestMismatch = "digest_mismatch"
    case modelRefused = "model_refused"
    case opUnsupported = "op_unsupported"
    case engineMissing = "engine_missing"
    case engineWrongAbi = "engine_wrong_abi"
    case engineTooOld = "engine_too_old"
    case acceleratorMissing = "accelerator_missing"
    case outOfMemory = "out_of_memory"
    case runFailed = "run_failed"
    case badEval = "bad_eval"
    case diskFull = "disk_full"
    case internalError = "internal"
}

/// Becomes the `error` event.
public struct RunnerFailure: Error, Equatable {
    public let code: FailureCode
    /// What happened and what to do.
    public let text: String

    public init(_ code: FailureCode, _ text: String) {
        self.code = code
        self.text = text
    }

    /// Returns the failure that any error stands for; those of other code are `internal`.
    public static func of(_ error: Error) -> RunnerFailure {
        (error as? RunnerFailure) ?? RunnerFailure(.internalError, error.localizedDescription)
    }
}
