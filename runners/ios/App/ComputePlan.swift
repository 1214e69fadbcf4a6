import CoreML
import Foundation
import RunnerCore

/// Asks Core ML where it means to run each op of a compiled variant.
///
/// The plan is an anticipation, and its costs are estimated shares, no times.
@available(iOS 17.4, *)
func anticipatedPlacement(_ compiled: URL, _ configuration: MLModelConfiguration) -> Placement {
    do {
        let plan = try waiting {
            try await MLComputePlan.load(contentsOf: compiled, configuration: configuration)
        }
        var tally = PlanTally(plan: plan)
        tally.add(plan.modelStructure)
        return Placement(opsByUnit: tally.opsByUnit, note: tally.note)
    } catch {
        return Placement(
            opsByUnit: [:], note: "Core ML made no compute plan: \(error.localizedDescription)")
    }
}

@available(iOS 17.4, *)
private struct PlanTally {
    let plan: MLComputePlan
    var opsByUnit: [String: Int] = [:]
    var costByUnit: [String: Double] = [:]

    init(plan: MLComputePlan) {
        self.plan = plan
    }

    /// Shares of the estimated cost, in a sentence.
    var note: String? {
        let total = costByUnit.values.reduce(0, +)
        if total <= 0 { return nil }
        let shares = costByUnit.sorted { $0.key < $1.key }.map { unit, cost in
            "\(unit) \(Int((100 * cost / total).rounded())) %"
        }
        return "estimated share of the cost: " + shares.joined(separator: ", ")
    }

    mutating func add(_ structure: MLModelStructure) {
        switch structure {
        case .program(let program):
            for function in program.functions.values { add(function.block) }
        case .neuralNetwork(let network):
            for layer in network.layers { add(plan.deviceUsage(for: layer), cost: nil) }
        case .pipeline(let pipeline):
            for part in pipeline.subModels { add(part) }
        default:
            break
        }
    }

    private mutating func add(_ block: MLModelStructure.Program.Block) {
        for operation in block.operations {
            let cost = plan.estimatedCost(of: operation)?.weight
            add(plan.deviceUsage(for: operation), cost: cost)
            for inner in operation.blocks { add(inner) }
        }
    }

    /// Counts an op; those without a usage (constants) run nowhere.
    private mutating func add(_ usage: MLComputePlan.DeviceUsage?, cost: Double?) {
        guard let usage else { return }
        let unit = unitName(usage.preferred)
        opsByUnit[unit, default: 0] += 1
        costByUnit[unit, default: 0] += cost ?? 0
    }

    private func unitName(_ device: MLComputeDevice) -> String {
        switch device {
        case .cpu: return "cpu"
        case .gpu: return "gpu"
        case .neuralEngine: return "npu"
        default: return "unknown"
        }
    }
}
