import Foundation

/// The clocks of the device, in ns.
public protocol DeviceClock: AnyObject {
    /// Never set; stands still while the device sleeps.
    func monoNs() -> Int
    /// Time since boot, sleep included.
    func bootNs() -> Int
}

/// What the device says of its heat and memory.
public protocol ThermalSource: AnyObject {
    /// `nominal`, `fair`, `serious` or `critical`; nil for anything newer.
    var thermalState: String? { get }
    var isLowPower: Bool { get }
    var residentBytes: Int? { get }
}

/// Where the lines of a launch go.
public protocol EventSink: AnyObject {
    /// Writes the line of an event without waiting; calls `done` with false once nobody reads.
    func write(_ line: [UInt8], of event: Event, done: @escaping (Bool) -> Void)
}

/// How long the steps of a load took, in ns.
public struct LoadTimes: Equatable {
    public let compileNs: Int
    public let loadNs: Int
    /// The same once more: engines keep what they prepared the first time.
    public let reloadNs: Int

    public init(compileNs: Int, loadNs: Int, reloadNs: Int) {
        self.compileNs = compileNs
        self.loadNs = loadNs
        self.reloadNs = reloadNs
    }
}

/// Which ops run where.
public struct Placement: Equatable {
    /// Ops by unit: `cpu`, `gpu`, `npu`; empty = the engine would not say.
    public let opsByUnit: [String: Int]
    /// What else the engine says of it; goes to the log.
    public let note: String?

    public init(opsByUnit: [String: Int], note: String?) {
        self.opsByUnit = opsByUnit
        self.note = note
    }
}

/// Runs one variant; used from one thread, in the order load, setInputs, infer.
///
/// What it throws and is no `RunnerFailure` counts as `internal`.
public protocol ModelEngine: AnyObject {
    var name: String { get }
    var version: String { get }
    /// What the loaded variant takes, in ascending order of names.
    var inputs: [TensorSpec] { get }
    /// Extensions of the files and folders that it loads.
    var formats: Set<String> { get }

    func load(_ path: String, accelerator: String) throws -> LoadTimes
    /// Chooses what each `infer` from now on is given.
    func setInputs(_ tensors: [Tensor]) throws
    /// Hands over the inputs, runs and reads back the outputs: the timed call.
    func infer() throws
    /// What the last `infer` read back, in ascending order of names.
    var outputs: [Tensor] { get }
    func placement() -> Placement
}

/// The phone that a launch runs on.
public struct Phone {
    public let inbox: Inbox
    public let clock: DeviceClock
    public let thermal: ThermalSource
    public let runnerVersion: String
    public let openEngine: () -> ModelEngine

    public init(
        inbox: Inbox, clock: DeviceClock, thermal: ThermalSource, runnerVersion: String,
        openEngine: @escaping () -> ModelEngine
    ) {
        self.inbox = inbox
        self.clock = clock
        self.thermal = thermal
        self.runnerVersion = runnerVersion
        self.openEngine = openEngine
    }
}
