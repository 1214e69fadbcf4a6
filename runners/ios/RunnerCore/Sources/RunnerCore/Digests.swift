import Foundation

/// What a file or folder of the inbox holds.
public struct ContentDigest: Equatable {
    /// 64 lower-case hex digits.
    public let sha256: String
    /// Bytes of the file, or of all the files that the folder's digest covers.
    public let byteCount: Int
}

private let manifest = "Manifest.json"
private let chunkBytes = 1_048_576

/// Returns the digest of a file, or of a folder's content (PROTOCOL.md, "Variants that are
/// folders"). Throws what the file system throws.
public func contentDigest(_ path: String) throws -> ContentDigest {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let (digest, byteCount) = try isFolder.boolValue ? folderDigest(path) : fileDigest(path)
    return ContentDigest(sha256: hex(digest), byteCount: byteCount)
}

private func fileDigest(_ path: String) throws -> ([UInt8], Int) {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? file.close() }
    var hash = SHA256()
    var byteCount = 0
    while let chunk = try file.bytes(upTo: chunkBytes) {
        hash.update(chunk)
        byteCount += chunk.count
    }
    return (hash.finish(), byteCount)
}

private func folderDigest(_ path: String) throws -> ([UInt8], Int) {
    var hash = SHA256()
    var byteCount = 0
    for name in try filesBelow(path) where name != manifest {
        let (digest, fileBytes) = try fileDigest(path + "/" + name)
        hash.update(Array(name.utf8) + [0] + digest)
        byteCount += fileBytes
    }
    return (hash.finish(), byteCount)
}

/// Returns the relative paths of all files, in ascending order of their bytes.
private func filesBelow(_ path: String) throws -> [String] {
    let manager = FileManager.default
    let names = try manager.subpathsOfDirectory(atPath: path).filter { name in
        var isFolder: ObjCBool = false
        return manager.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
            && !isFolder.boolValue
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

extension FileHandle {
    /// Reads up to `count` bytes; nil at the end of the file.
    func bytes(upTo count: Int) throws -> [UInt8]? {
        #if canImport(ObjectiveC)
            // Chunks of a long file would otherwise live until the thread's next pause.
            let data = try autoreleasepool { try read(upToCount: count) }
        #else
            let data = try read(upToCount: count)
        #endif
        guard let data, !data.isEmpty else { return nil }
        return Array(data)
    }
}
