import Foundation

/// Sends events without holding up an inference; keeps a copy in a file when asked to.
///
/// `send` and `copy` belong to the launch's thread; `sayAliveIfSilent` may come from another.
public final class Reporter {
    private let sink: EventSink
    private let clock: DeviceClock
    private let onLost: () -> Void
    private let lock = NSRecursiveLock()  // a sink may call `done` at once
    private var copyFile: FileWriter?
    private var backlogBytes = 0
    private var lastSentNs: Int?
    private var isOver = false

    /// Calls `onLost` once nobody reads the events any more.
    public init(sink: EventSink, clock: DeviceClock, onLost: @escaping () -> Void) {
        self.sink = sink
        self.clock = clock
        self.onLost = onLost
    }

    /// Keeps a copy of all further events. Throws `bad_job` or `disk_full`.
    func copy(to path: String) throws {
        copyFile = try FileWriter(path, what: "the raw file", code: .badJob)
    }

    /// Takes an event. Throws when its copy has no room, or megabytes wait for the host.
    public func send(_ event: Event) throws {
        let line = event.line
        let waitingBytes = pass(event, line)
        do {
            try copyFile?.append(line)
        } catch {
            copyFile = nil
            throw error
        }
        if waitingBytes > RunnerProtocol.maxBacklogBytes && !event.isLast {
            throw RunnerFailure(.runFailed, "the host has stopped reading the events")
        }
    }

    /// Sends the last event; no room for its copy changes nothing any more.
    func finish(with event: Event) {
        try? send(event)
        copyFile = nil
    }

    /// Tells the host that the launch goes on; call it a few times a second.
    public func sayAliveIfSilent() {
        let nowNs = clock.monoNs()
        lock.lock()
        let silentNs = nowNs - (lastSentNs ?? nowNs)
        let isDue = silentNs >= RunnerProtocol.aliveNs && !isOver
        lock.unlock()
        let alive = Event.alive(t: nowNs)
        if isDue { _ = pass(alive, alive.line) }
    }

    /// Hands a line to the sink and returns how many bytes wait there.
    private func pass(_ event: Event, _ line: [UInt8]) -> Int {
        lock.lock()
        defer { lock.unlock() }
        if isOver { return 0 }
        isOver = event.isLast
        backlogBytes += line.count
        lastSentNs = clock.monoNs()
        sink.write(line, of: event) { [weak self] isRead in self?.written(line.count, isRead) }
        return backlogBytes
    }

    private func written(_ count: Int, _ isRead: Bool) {
        lock.lock()
        backlogBytes -= count
        lock.unlock()
        if !isRead { onLost() }
    }
}
