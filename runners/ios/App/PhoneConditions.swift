import Foundation
import RunnerCore

/// The clocks of iOS. Its `CLOCK_UPTIME_RAW` is what others call monotonic: it stands still
/// while the device sleeps, and `CLOCK_MONOTONIC_RAW` does not.
final class PhoneClock: DeviceClock {
    func monoNs() -> Int { Int(clock_gettime_nsec_np(CLOCK_UPTIME_RAW)) }

    func bootNs() -> Int { Int(clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW)) }
}

/// Heat, power and memory as iOS tells them.
final class PhoneConditions: ThermalSource {
    var thermalState: String? {
        switch ProcessInfo.processInfo.thermalState {
        case .nominal: return "nominal"
        case .fair: return "fair"
        case .serious: return "serious"
        case .critical: return "critical"
        @unknown default: return nil
        }
    }

    var isLowPower: Bool { ProcessInfo.processInfo.isLowPowerModeEnabled }

    var residentBytes: Int? {
        var info = mach_task_basic_info()
        let words = MemoryLayout<mach_task_basic_info>.size / MemoryLayout<natural_t>.size
        var count = mach_msg_type_number_t(words)
        let result = withUnsafeMutablePointer(to: &info) { pointer in
            pointer.withMemoryRebound(to: integer_t.self, capacity: words) {
                task_info(mach_task_self_, task_flavor_t(MACH_TASK_BASIC_INFO), $0, &count)
            }
        }
        return result == KERN_SUCCESS ? Int(info.resident_size) : nil
    }
}
