import RunnerCore
import SwiftUI
import UIKit

/// The parts of the app, put together once.
private enum Parts {
    static let status = Status()
    static let conditions = PhoneConditions()
    static let server = Server(phone: phone, status: status)

    private static var phone: Phone {
        let clock = PhoneClock()
        let version = Bundle.main.infoDictionary?["CFBundleShortVersionString"] as? String
        return Phone(
            inbox: Inbox(root: inboxFolder), clock: clock, thermal: conditions,
            runnerVersion: version ?? "", openEngine: { CoreMLEngine(clock: clock) })
    }

    /// `Documents/labtui`, created if need be.
    private static var inboxFolder: String {
        let documents = FileManager.default.urls(for: .documentDirectory, in: .userDomainMask)[0]
        let inbox = documents.appendingPathComponent("labtui", isDirectory: true)
        try? FileManager.default.createDirectory(at: inbox, withIntermediateDirectories: true)
        return inbox.path
    }
}

/// The runner: keeps the screen awake and serves hosts while it is in front.
@main
struct RunnerApp: App {
    @Environment(\.scenePhase) private var scenePhase

    var body: some Scene {
        WindowGroup {
            StatusView(status: Parts.status, conditions: Parts.conditions)
        }
        .onChange(of: scenePhase) { phase in
            switch phase {
            case .active:
                UIApplication.shared.isIdleTimerDisabled = true
                Parts.server.appCameToFront()
            case .background: Parts.server.appLeftFront()
            default: break  // a notification or the control centre lies over the app
            }
        }
    }
}

/// The one screen.
struct StatusView: View {
    let status: Status
    let conditions: PhoneConditions

    var body: some View {
        TimelineView(.periodic(from: .now, by: 1)) { _ in
            let shown = status.current
            List {
                LabeledContent("State", value: shown.state)
                LabeledContent("Variant", value: shown.variant.isEmpty ? "–" : shown.variant)
                LabeledContent("Inferences", value: "\(shown.sampleCount)")
                LabeledContent("Heat", value: conditions.thermalState ?? "unknown")
                LabeledContent("Low power mode", value: conditions.isLowPower ? "on" : "off")
                Text("Keep this app open: iOS stops it when it leaves the screen.")
                    .font(.footnote)
            }
        }
    }
}
