import Foundation
import Network
import RunnerCore

/// One connection: its token, one request, and the events of a launch on their way to the host.
///
/// Everything but `write` happens on the server's queue.
final class Connection: EventSink {
    private static let closeSeconds = 2.0
    private static let aliveCheckSeconds = 0.25
    private static let launchStackBytes = 8_388_608

    private let connection: NWConnection
    private let phone: Phone
    private let status: Status
    private unowned let server: Server
    private let stopper = Stopper()
    private var session: Session
    private var aliveTimer: DispatchSourceTimer?
    private var hasRequest = false

    init(_ connection: NWConnection, phone: Phone, status: Status, server: Server) {
        self.connection = connection
        self.phone = phone
        self.status = status
        self.server = server
        session = Session(token: phone.inbox.token)
    }

    func start() {
        connection.start(queue: server.queue)
        receive()
        server.queue.asyncAfter(deadline: .now() + RunnerProtocol.authSeconds) { [weak self] in
            if let self, !self.session.isTrusted { self.cancel() }
        }
    }

    /// Ends a launch, if there is one, after the inference under way.
    func stop() {
        stopper.stop()
    }

    func write(_ line: [UInt8], of event: Event, done: @escaping (Bool) -> Void) {
        if let count = event.sampleCount { status.update { $0.sampleCount = count } }
        connection.send(
            content: Data(line), completion: .contentProcessed { error in done(error == nil) })
    }

    private func receive() {
        connection.receive(minimumIncompleteLength: 1, maximumLength: 65_536) {
            [weak self] data, _, isComplete, error in
            guard let self else { return }
            if let data { self.session.receive(Array(data)).forEach(self.react(to:)) }
            if isComplete || error != nil { self.hostLeft() } else { self.receive() }
        }
    }

    private func hostLeft() {
        stopper.stop()
        if hasRequest { return }
        if !session.isTrusted { return cancel() }
        answer(.error(RunnerFailure(.badJob, "told to stop before a job came")))
    }

    private func react(to reaction: Reaction) {
        switch reaction {
        case .stop: return stop()
        case .close: cancel()
        case .refuse(let failure): answer(.error(failure))
        case .digest(let paths): digest(paths)
        case .launch(let job): launch(job)
        }
        hasRequest = true
    }

    private func digest(_ paths: [String]) {
        DispatchQueue.global(qos: .utility).async {
            do {
                self.answer(.digests(try self.phone.inbox.digests(paths)))
            } catch {
                self.answer(.error(RunnerFailure.of(error)))
            }
        }
    }

    private func answer(_ event: Event) {
        write(event.line, of: event) { _ in }
        close()
    }

    private func launch(_ job: Job) {
        guard server.claimLaunch(self) else {
            answer(.error(RunnerFailure(.runFailed, "another launch runs on this phone: wait")))
            return
        }
        status.update { $0.state = "Running"; $0.variant = job.variant; $0.sampleCount = 0 }
        let (phone, stopper) = (self.phone, self.stopper)
        let reporter = Reporter(sink: self, clock: phone.clock, onLost: stopper.stop)
        keepAlive(reporter)
        let thread = Thread {
            Launch.carryOut(job, on: phone, to: reporter, until: stopper)
            self.server.queue.async { self.launchEnded() }
        }
        thread.qualityOfService = .userInteractive
        thread.stackSize = Connection.launchStackBytes
        thread.start()
    }

    private func keepAlive(_ reporter: Reporter) {
        let timer = DispatchSource.makeTimerSource(queue: server.queue)
        let interval = Connection.aliveCheckSeconds
        timer.schedule(deadline: .now() + interval, repeating: interval)
        timer.setEventHandler { reporter.sayAliveIfSilent() }
        timer.resume()
        aliveTimer = timer
    }

    private func launchEnded() {
        aliveTimer?.cancel()
        aliveTimer = nil
        status.update { $0.state = "Waiting for a host" }
        server.launchEnded()
        close()
    }

    /// Lets what was sent leave, then closes.
    private func close() {
        connection.send(
            content: nil, contentContext: .finalMessage, isComplete: true,
            completion: .contentProcessed { _ in self.cancel() })
        server.queue.asyncAfter(deadline: .now() + Connection.closeSeconds) { self.cancel() }
    }

    private func cancel() {
        connection.cancel()
        server.forget(self)
    }
}
