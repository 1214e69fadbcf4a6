import Foundation

/// How a launch learns that it shall end early, and how it sleeps. Safe in any thread.
public final class Stopper {
    private let condition = NSCondition()
    private var hasStopped = false

    public init() {}

    /// Whether the launch shall end after the inference under way.
    public var isStopped: Bool {
        condition.lock()
        defer { condition.unlock() }
        return hasStopped
    }

    /// Asks the launch to end.
    public func stop() {
        condition.lock()
        hasStopped = true
        condition.broadcast()
        condition.unlock()
    }

    /// Sleeps, but not after a stop.
    func wait(ns: Int) {
        let end = Date(timeIntervalSinceNow: Double(ns) / 1e9)
        condition.lock()
        while !hasStopped && condition.wait(until: end) {}
        condition.unlock()
    }
}

/// Times inferences. Between the two readings of the clock lies nothing but the inference.
final class Sampler {
    private let infer: () throws -> Void
    private let report: (Event) throws -> Void
    private let stopper: Stopper
    private let clock: DeviceClock
    private var startsNs: [Int] = []
    private var durationsNs: [Int] = []
    private var nextIndex = 0

    init(
        infer: @escaping () throws -> Void, report: @escaping (Event) throws -> Void,
        stopper: Stopper, clock: DeviceClock
    ) {
        self.infer = infer
        self.report = report
        self.stopper = stopper
        self.clock = clock
    }

    /// Times inferences until `isDone(duration, end)` or a stop; returns how many there were.
    ///
    /// What `infer` throws is thrown after the samples so far have left.
    func run(
        isWarmup: Bool, rateHz: Double? = nil, isDone: (Int, Int) -> Bool
    ) throws -> Int {
        let firstIndex = nextIndex
        let periodNs = rateHz.map { Int(1e9 / $0) } ?? 0
        do {
            try time(isWarmup, periodNs, isDone)
        } catch {
            try flush(isWarmup)
            throw error
        }
        try flush(isWarmup)
        return nextIndex - firstIndex
    }

    private func time(_ isWarmup: Bool, _ periodNs: Int, _ isDone: (Int, Int) -> Bool) throws {
        var dueNs = clock.monoNs()
        var leaveNs = dueNs + RunnerProtocol.batchNs
        while !stopper.isStopped {
            let startNs = clock.monoNs()
            try infer()
            let endNs = clock.monoNs()
            startsNs.append(startNs)
            durationsNs.append(endNs - startNs)
            if isDone(endNs - startNs, endNs) { return }
            dueNs = max(dueNs + periodNs, endNs)
            if dueNs >= leaveNs || durationsNs.count == RunnerProtocol.maxBatch {
                try flush(isWarmup)
                leaveNs = dueNs + RunnerProtocol.batchNs
            }
            if dueNs > endNs { stopper.wait(ns: dueNs - clock.monoNs()) }
        }
    }

    private func flush(_ isWarmup: Bool) throws {
        if durationsNs.isEmpty { return }
        let samples = Event.samples(
            firstIndex: nextIndex, startsNs: startsNs, durationsNs: durationsNs,
            isWarmup: isWarmup)
        nextIndex += durationsNs.count
        startsNs.removeAll(keepingCapacity: true)
        durationsNs.removeAll(keepingCapacity: true)
        try report(samples)
    }
}
