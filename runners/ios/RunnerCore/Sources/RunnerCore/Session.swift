import Foundation

/// What a connection does about a line of its host.
public enum Reaction {
    /// Closes without an answer.
    case close
    /// Sends this, then closes.
    case refuse(RunnerFailure)
    /// Answers with the digests of these paths, then closes.
    case digest([String])
    /// Carries out a job.
    case launch(Job)
    /// Ends the job early.
    case stop
}

/// The lines that a host may send: its token, one request, and a word to stop it.
public struct Session {
    private let token: String?
    private var framer = LineFramer()
    private var hasRequest = false
    /// Whether the host knew the token.
    public private(set) var isTrusted = false

    /// Takes the token of the inbox; without one nobody is let in.
    public init(token: String?) {
        self.token = token
    }

    /// Takes what the host sent; returns what to do about it, in order.
    public mutating func receive(_ bytes: [UInt8]) -> [Reaction] {
        let hadRequest = hasRequest
        var reactions: [Reaction] = []
        do {
            for line in try framer.lines(adding: bytes) {
                if let reaction = try react(to: line) { reactions.append(reaction) }
            }
        } catch {
            if hadRequest { return reactions }
            reactions.append(isTrusted ? .refuse(RunnerFailure.of(error)) : .close)
        }
        return reactions
    }

    /// After the request only the word to stop counts; other lines are left alone.
    private mutating func react(to line: [UInt8]) throws -> Reaction? {
        if hasRequest { return Session.isStop(line) ? .stop : nil }
        if !isTrusted {
            try authenticate(line)
            return nil
        }
        hasRequest = true
        return try request(JSON(parsing: line))
    }

    private static func isStop(_ line: [UInt8]) -> Bool {
        guard let record = try? Record(JSON(parsing: line), "a line") else { return false }
        return (try? record.text("ev")) == "stop"
    }

    /// Throws unless the line holds the token, and then for another protocol.
    private mutating func authenticate(_ line: [UInt8]) throws {
        let auth = try Record(JSON(parsing: line), "the first line")
        guard try auth.text("ev") == "auth", let token,
            isSame(try auth.text("token", 64), token)
        else { throw Record.bad("the token is wrong") }
        isTrusted = true
        try auth.matchProtocol()
    }

    private func request(_ json: JSON) throws -> Reaction {
        let record = try Record(json, "the request")
        guard try record.text("ev") == "digest" else { return .launch(try Job(json)) }
        try record.only(["ev", "paths"])
        return .digest(try record.texts("paths", RunnerProtocol.maxDigestPaths))
    }
}

/// Compares two texts in a time that does not tell where they differ.
func isSame(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
