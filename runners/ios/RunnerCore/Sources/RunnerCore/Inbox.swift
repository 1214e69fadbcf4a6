import Foundation

/// The folder that hosts write to: `Documents/labtui`. No path of a job leads out of it.
public struct Inbox {
    private let root: String

    /// Takes an existing folder.
    public init(root: String) {
        self.root = Inbox.real(root) ?? root
    }

    /// Returns where a path of a job really lies. Throws `bad_job` for one that leads out.
    public func path(of relative: String) throws -> String {
        let parts = relative.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = !parts.contains("..") && parts.last != "" && !relative.utf8.contains(0)
        guard isPlain, parts.first != "" else { throw leaves(relative) }
        let path = root + "/" + relative
        let found = Inbox.real(path) ?? Inbox.realParent(path) ?? path
        guard found.hasPrefix(root + "/") else { throw leaves(relative) }
        return found
    }

    /// The secret that the host wrote; nil when there is none.
    public var token: String? {
        let data = FileManager.default.contents(atPath: root + "/token") ?? Data()
        let text = String(decoding: data.prefix(100), as: UTF8.self)
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return isHex64(token) ? token : nil
    }

    /// Returns what is known of those paths that are there. Throws `bad_job`.
    public func digests(_ paths: [String]) throws -> [(path: String, digest: ContentDigest)] {
        let places = try paths.map { (path: $0, place: try path(of: $0)) }
        return places.compactMap { entry in
            (try? contentDigest(entry.place)).map { (path: entry.path, digest: $0) }
        }
    }

    private func leaves(_ path: String) -> RunnerFailure {
        RunnerFailure(.badJob, "the path \(path.prefix(200)) does not lie in Documents/labtui")
    }

    /// Returns an existing path without symbolic links.
    private static func real(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    /// Returns the path of a file that is not there yet, in a folder that is.
    private static func realParent(_ path: String) -> String? {
        let url = URL(fileURLWithPath: path)
        return real(url.deletingLastPathComponent().path).map { $0 + "/" + url.lastPathComponent }
    }
}
