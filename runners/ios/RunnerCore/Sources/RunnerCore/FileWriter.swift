import Foundation

/// Writes a file through no buffer, so that what is written survives a crash of the app.
final class FileWriter {
    private let what: String
    private let code: FailureCode
    private var descriptor: Int32

    /// Replaces a file. Throws `code`, which also stands for all later failures but a full disk.
    init(_ path: String, what: String, code: FailureCode) throws {
        self.what = what
        self.code = code
        _ = unlink(path)
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        guard descriptor >= 0 else { throw FileWriter.failure(errno, what, code) }
    }

    deinit {
        finish()
    }

    /// Adds bytes. Throws `disk_full` where there is no room.
    func append(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                write(descriptor, raw.baseAddress! + written, bytes.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileWriter.failure(errno, what, code) }
            written += count
        }
    }

    /// Closes the file.
    func finish() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private static func failure(
        _ number: Int32, _ what: String, _ code: FailureCode
    ) -> RunnerFailure {
        let isFull = [ENOSPC, EDQUOT, EFBIG].contains(number)
        let reason = String(cString: strerror(number))
        return RunnerFailure(isFull ? .diskFull : code, "\(what) cannot be written: \(reason)")
    }
}
