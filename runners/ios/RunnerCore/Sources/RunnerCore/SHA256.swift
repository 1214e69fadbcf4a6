import Foundation

/// SHA-256 (FIPS 180-4), since Foundation has none on Linux.
public struct SHA256 {
    private static let roundConstants: [UInt32] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2,
    ]

    private var state: [UInt32] = [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
        0x5be0cd19,
    ]
    private var words = [UInt32](repeating: 0, count: 64)
    private var pending: [UInt8] = []
    private var byteCount = 0

    public init() {}

    /// Takes more of the message.
    public mutating func update(_ bytes: [UInt8]) {
        byteCount += bytes.count
        let data = pending.isEmpty ? bytes : pending + bytes
        let whole = data.count - data.count % 64
        data.withUnsafeBytes { raw in
            for start in stride(from: 0, to: whole, by: 64) { compress(raw, start) }
        }
        pending = Array(data[whole...])
    }

    /// Returns the 32 bytes of the digest; call it once.
    public mutating func finish() -> [UInt8] {
        let bitCount = UInt64(byteCount) * 8
        let zeros = (119 - byteCount % 64) % 64
        var padding: [UInt8] = [0x80] + [UInt8](repeating: 0, count: zeros)
        Swift.withUnsafeBytes(of: bitCount.bigEndian) { padding.append(contentsOf: $0) }
        update(padding)
        return state.flatMap { word in
            [24, 16, 8, 0].map { (shift: UInt32) in UInt8(truncatingIfNeeded: word >> shift) }
        }
    }

    private mutating func compress(_ raw: UnsafeRawBufferPointer, _ start: Int) {
        expand(raw, start)
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for i in 0..<64 {
            let big1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let chosen = (e & f) ^ (~e & g)
            let t1 = h &+ big1 &+ chosen &+ SHA256.roundConstants[i] &+ words[i]
            let big0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
            let t2 = big0 &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() {
            state[index] = state[index] &+ value
        }
    }

    private mutating func expand(_ raw: UnsafeRawBufferPointer, _ start: Int) {
        for i in 0..<16 {
            let word = raw.loadUnaligned(fromByteOffset: start + 4 * i, as: UInt32.self)
            words[i] = UInt32(bigEndian: word)
        }
        for i in 16..<64 {
            let (near, far) = (words[i - 2], words[i - 15])
            let small0 = rotated(far, 7) ^ rotated(far, 18) ^ (far >> 3)
            let small1 = rotated(near, 17) ^ rotated(near, 19) ^ (near >> 10)
            words[i] = words[i - 16] &+ small0 &+ words[i - 7] &+ small1
        }
    }

    private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &>> count | word &<< (32 - count)
    }
}
