import Foundation

/// The warm-up rule; windows are consecutive and do not overlap (PROTOCOL.md, "Warm-up").
public struct SteadyRule {
    private let warmup: WarmUp
    private let earliestNs: Int
    private let deadlineNs: Int
    private var window: [Int] = []
    private var lastMedianNs: Double?
    private var runs = 0

    public init(_ warmup: WarmUp, startNs: Int) {
        self.warmup = warmup
        earliestNs = startNs + nanoseconds(warmup.minSeconds)
        deadlineNs = startNs + nanoseconds(warmup.maxSeconds)
    }

    /// Returns whether the warm-up is over after an inference.
    public mutating func isDone(durationNs: Int, endNs: Int) -> Bool {
        runs += 1
        window.append(durationNs)
        let isSteady = window.count >= warmup.minRuns && closeWindow()
        if runs >= warmup.maxRuns || (isSteady && endNs >= earliestNs) { return true }
        return runs >= warmup.minRuns && endNs >= deadlineNs
    }

    private mutating func closeWindow() -> Bool {
        let beforeNs = lastMedianNs
        let nowNs = median(window)
        lastMedianNs = nowNs
        window.removeAll(keepingCapacity: true)
        guard let beforeNs else { return false }
        return abs(nowNs - beforeNs) < warmup.tolerance * beforeNs
    }
}

/// The end of measuring; at least one inference is made (PROTOCOL.md, "Measuring").
public struct MeasureRule {
    private let measure: Measure
    private let startNs: Int
    private var runs = 0

    public init(_ measure: Measure, startNs: Int) {
        self.measure = measure
        self.startNs = startNs
    }

    /// Returns whether measuring is over after an inference.
    public mutating func isDone(endNs: Int) -> Bool {
        runs += 1
        switch measure {
        case .runs(let wanted): return runs >= wanted
        case .seconds(let seconds): return endNs >= startNs + nanoseconds(seconds)
        }
    }
}

private func nanoseconds(_ seconds: Double) -> Int { Int(seconds * 1e9) }

/// Returns the middle of the values, or the mean of the two in the middle.
func median(_ values: [Int]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    if sorted.count % 2 == 1 { return Double(sorted[middle]) }
    return Double(sorted[middle - 1] + sorted[middle]) / 2
}
