import Foundation

/// Runs an eval set: one item after the other in, raw outputs into files.
final class EvalRun {
    private let job: EvalJob
    private let inbox: Inbox
    private let engine: ModelEngine
    private let clock: DeviceClock
    private let items: NpyReader
    private let count: Int
    private let fit: ([UInt8]) throws -> Tensor
    private var busyNs = 0
    private var writers: [NpyWriter] = []

    /// Takes a loaded engine. Throws `bad_eval` for a set that does not fit.
    init(_ job: EvalJob, inbox: Inbox, engine: ModelEngine, clock: DeviceClock) throws {
        guard engine.inputs.count == 1, let input = engine.inputs.first else {
            throw unfit("the variant has \(engine.inputs.count) inputs, not one")
        }
        self.job = job
        self.inbox = inbox
        self.engine = engine
        self.clock = clock
        let items = try NpyReader(inbox.path(of: job.inputs), sha256: job.sha256)
        let count = job.items ?? items.count
        guard count > 0, count <= items.count else {
            throw unfit("it holds \(items.count) items, and \(count) are asked for")
        }
        self.items = items
        self.count = count
        fit = try fitting(input, itemShape: items.itemShape, itemType: items.type, job)
    }

    /// Returns the `evaluated` event, or nil when told to stop before the last item.
    func run(stopper: Stopper, between: () throws -> Void) throws -> Event? {
        for _ in 0..<count {
            if stopper.isStopped { return nil }
            try engine.setInputs([fit(items.next())])
            let startNs = clock.monoNs()
            try engine.infer()
            busyNs += clock.monoNs() - startNs
            try keep(engine.outputs)
            try between()
        }
        return Event.evaluated(items: count, busyNs: busyNs, files: finish())
    }

    private func keep(_ outputs: [Tensor]) throws {
        let rows = outputs.map(row)
        if writers.isEmpty {
            for (number, row) in rows.enumerated() {
                let path = try inbox.path(of: fileName(number))
                writers.append(try NpyWriter(path, count: count, item: row.spec))
            }
        }
        for (writer, row) in zip(writers, rows) { try writer.append(row) }
    }

    private func fileName(_ number: Int) -> String { "\(job.outputs).\(number).npy" }

    private func finish() -> [JSON] {
        zip(engine.outputs, writers).enumerated().map { number, pair in
            JSON.record([
                "name": .text(pair.0.spec.name), "path": .text(fileName(number)),
                "sha256": .text(pair.1.finish()),
            ])
        }
    }
}

/// Returns what one item adds to a file: floats as float32, without a batch axis of 1.
private func row(_ output: Tensor) -> Tensor {
    let spec = output.spec
    let shape = spec.shape.first == 1 ? Array(spec.shape.dropFirst()) : spec.shape
    let type = spec.type.isFloat ? ElementType.float32 : spec.type
    let rowSpec = TensorSpec(name: spec.name, type: type, shape: shape)
    if type == spec.type { return Tensor(spec: rowSpec, bytes: output.bytes) }
    var bytes: [UInt8] = []
    for index in 0..<spec.count { bytes.append(output.real(at: index), as: type) }
    return Tensor(spec: rowSpec, bytes: bytes)
}

/// Returns how items become inputs. Throws `bad_eval` when they do not fit.
func fitting(
    _ input: TensorSpec, itemShape: [Int], itemType: ElementType, _ job: EvalJob
) throws -> ([UInt8]) -> Tensor {
    guard itemShape.drop(while: { $0 == 1 }) == input.shape.drop(while: { $0 == 1 }) else {
        throw unfit("its items have the shape \(itemShape), the input \(input.shape)")
    }
    guard let normalise = job.normalise else {
        guard itemType == input.type else {
            throw unfit("its items are \(itemType.rawValue), the input is \(input.type.rawValue)")
        }
        return { Tensor(spec: input, bytes: $0) }
    }
    guard input.type.isFloat else {
        throw unfit("the input takes no real numbers: leave normalise out")
    }
    let channel = try channels(normalise, itemShape, job.layout)
    let item = TensorSpec(name: input.name, type: itemType, shape: itemShape)
    return { normalised(Tensor(spec: item, bytes: $0), as: input, normalise, channel) }
}

/// Returns which channel an element belongs to, by its index.
private func channels(
    _ normalise: Normalise, _ shape: [Int], _ layout: Layout
) throws -> (Int) -> Int {
    let count = (layout == .nchw ? shape.first : shape.last) ?? 1
    for given in [normalise.mean.count, normalise.std.count] where given != 1 && given != count {
        throw unfit("it is normalised by \(given) channels, its items have \(count)")
    }
    if layout == .nhwc || shape.isEmpty { return { $0 % count } }
    let elements = shape.dropFirst().reduce(1, *)
    return { $0 / elements }
}

private func normalised(
    _ item: Tensor, as input: TensorSpec, _ normalise: Normalise, _ channel: (Int) -> Int
) -> Tensor {
    let (mean, std) = (normalise.mean, normalise.std)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(input.count * input.type.byteCount)
    for index in 0..<input.count {
        let c = channel(index)
        let value = item.real(at: index) * normalise.scale - mean[mean.count == 1 ? 0 : c]
        bytes.append(value / std[std.count == 1 ? 0 : c], as: input.type)
    }
    return Tensor(spec: input, bytes: bytes)
}

private func unfit(_ reason: String) -> RunnerFailure {
    RunnerFailure(.badEval, "the eval set does not fit: \(reason)")
}
