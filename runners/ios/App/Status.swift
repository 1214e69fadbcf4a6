import Foundation

/// What the screen shows. It is asked once a second, so that drawing does not disturb a launch.
final class Status {
    struct Shown {
        var state = "Starting"
        var variant = ""
        var sampleCount = 0
    }

    private let lock = NSLock()
    private var shown = Shown()

    var current: Shown {
        lock.lock()
        defer { lock.unlock() }
        return shown
    }

    /// Changes it, from any thread.
    func update(_ change: (inout Shown) -> Void) {
        lock.lock()
        defer { lock.unlock() }
        change(&shown)
    }
}
