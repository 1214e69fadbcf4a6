import Foundation

/// Cuts a byte stream into lines.
public struct LineFramer {
    private var pending: [UInt8] = []

    public init() {}

    /// Returns the lines that `bytes` complete, without their newlines.
    ///
    /// Throws `bad_job` for a line that is longer than the protocol allows.
    public mutating func lines(adding bytes: [UInt8]) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        let parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            pending += part
            guard pending.count <= RunnerProtocol.maxLineBytes else {
                throw RunnerFailure(.badJob, "the line is longer than the protocol allows")
            }
            if index < parts.count - 1 {
                lines.append(pending)
                pending = []
            }
        }
        return lines
    }
}
