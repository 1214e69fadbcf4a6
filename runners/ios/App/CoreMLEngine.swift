import CoreML
import Foundation
import RunnerCore
import os

/// Runs `.mlpackage` and `.mlmodel` variants, which it compiles on the phone.
final class CoreMLEngine: ModelEngine {
    let name = "Core ML"
    let formats: Set<String> = ["mlpackage", "mlmodel"]
    private(set) var inputs: [TensorSpec] = []
    private(set) var outputs: [Tensor] = []

    private let clock: DeviceClock
    private let configuration = MLModelConfiguration()
    private var compiled: URL?
    private var model: MLModel?
    private var outputNames: [String] = []
    private var feeds: [(tensor: Tensor, array: MLMultiArray)] = []

    init(clock: DeviceClock) {
        self.clock = clock
    }

    deinit {
        if let compiled { try? FileManager.default.removeItem(at: compiled) }
    }

    /// Core ML is a part of iOS and has no version of its own.
    var version: String {
        let ios = ProcessInfo.processInfo.operatingSystemVersion
        return "iOS \(ios.majorVersion).\(ios.minorVersion).\(ios.patchVersion)"
    }

    func load(_ path: String, accelerator: String) throws -> LoadTimes {
        configuration.computeUnits = try computeUnits(for: accelerator)
        do {
            let times = try timedLoad(URL(fileURLWithPath: path))
            try describe()
            return times
        } catch let failure as RunnerFailure {
            throw failure
        } catch {
            throw loadFailure(error)
        }
    }

    private func timedLoad(_ source: URL) throws -> LoadTimes {
        let startNs = clock.monoNs()
        let compiled = try waiting { try await MLModel.compileModel(at: source) }
        self.compiled = compiled
        let compiledNs = clock.monoNs()
        model = try MLModel(contentsOf: compiled, configuration: configuration)
        let loadedNs = clock.monoNs()
        model = nil  // so that the variant is never in memory twice
        let againNs = clock.monoNs()
        model = try MLModel(contentsOf: compiled, configuration: configuration)
        return LoadTimes(
            compileNs: compiledNs - startNs, loadNs: loadedNs - compiledNs,
            reloadNs: clock.monoNs() - againNs)
    }

    private func describe() throws {
        guard let description = model?.modelDescription else { return }
        inputs = try sorted(description.inputDescriptionsByName)
            .filter { !$0.isOptional }
            .map(inputSpec)
        outputNames = sorted(description.outputDescriptionsByName)
            .filter { $0.type == .multiArray }
            .map(\.name)
        guard !outputNames.isEmpty else {
            throw RunnerFailure(
                .modelRefused, "the variant has no output that is a tensor: convert it with some")
        }
    }

    func setInputs(_ tensors: [Tensor]) throws {
        feeds = try tensors.map { tensor in
            let shape = tensor.spec.shape.map { NSNumber(value: $0) }
            let type = try multiArrayType(tensor.spec)
            let array = try MLMultiArray(shape: shape, dataType: type)
            return (tensor: tensor, array: array)
        }
    }

    func infer() throws {
        do {
            try autoreleasepool { try predict() }
        } catch let failure as RunnerFailure {
            throw failure
        } catch {
            throw RunnerFailure(.runFailed, "the inference failed: \(error.localizedDescription)")
        }
    }

    private func predict() throws {
        guard let model else { throw RunnerFailure(.internalError, "no variant is loaded") }
        var features: [String: Any] = [:]
        for feed in feeds {
            feed.array.withUnsafeMutableBytes { raw, _ in raw.copyBytes(from: feed.tensor.bytes) }
            features[feed.tensor.spec.name] = feed.array
        }
        let provider = try MLDictionaryFeatureProvider(dictionary: features)
        let prediction = try model.prediction(from: provider)
        outputs = try outputNames.map { name in
            guard let array = prediction.featureValue(for: name)?.multiArrayValue else {
                throw RunnerFailure(.runFailed, "the output \(name) is missing")
            }
            return try tensor(name, array)
        }
    }

    func placement() -> Placement {
        guard #available(iOS 17.4, *), let compiled else {
            return Placement(
                opsByUnit: [:], note: "iOS tells where ops run from 17.4 on: see the control run")
        }
        return anticipatedPlacement(compiled, configuration)
    }
}

private func computeUnits(for accelerator: String) throws -> MLComputeUnits {
    switch accelerator {
    case "cpu": return .cpuOnly
    case "gpu": return .cpuAndGPU
    case "npu" where hasNeuralEngine: return .cpuAndNeuralEngine
    case "all": return .all
    default:
        throw RunnerFailure(
            .acceleratorMissing,
            "this device has no accelerator \(accelerator) for Core ML: use cpu, gpu, npu or all")
    }
}

/// Whether the device has one; true where iOS does not tell (before 17).
private var hasNeuralEngine: Bool {
    guard #available(iOS 17.0, *) else { return true }
    return MLComputeDevice.allComputeDevices.contains { device in
        if case .neuralEngine = device { return true }
        return false
    }
}

private func loadFailure(_ error: Error) -> RunnerFailure {
    let lowMemoryBytes = 67_108_864
    let text = "Core ML cannot load the variant: \(error.localizedDescription)"
    let code = (error as? MLModelError)?.code
    if code == .customLayer || code == .customModel { return RunnerFailure(.opUnsupported, text) }
    let isMemoryShort = Int(os_proc_available_memory()) < lowMemoryBytes
    return RunnerFailure(isMemoryShort ? .outOfMemory : .modelRefused, text)
}
