import Foundation
import Network
import RunnerCore

/// Listens on the phone's loopback address while the app is in front.
final class Server {
    private static let retrySeconds = 1.0

    /// Where all connections live.
    let queue = DispatchQueue(label: "labtui.server", qos: .userInitiated)
    private let phone: Phone
    private let status: Status
    private var listener: NWListener?
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var launching: Connection?
    private var isInFront = false

    init(phone: Phone, status: Status) {
        self.phone = phone
        self.status = status
    }

    /// The app has come to the front: iOS has killed the listener that it may have had before.
    func appCameToFront() {
        queue.async {
            if self.isInFront { return }
            self.isInFront = true
            self.listen()
        }
    }

    /// The app has left the front: a launch that runs ends as stopped.
    func appLeftFront() {
        queue.async {
            self.isInFront = false
            self.listener?.cancel()
            self.listener = nil
            self.launching?.stop()
        }
    }

    /// Lets one connection launch at a time; call it on the queue.
    func claimLaunch(_ connection: Connection) -> Bool {
        guard launching == nil else { return false }
        launching = connection
        return true
    }

    /// Lets the next connection launch; call it on the queue.
    func launchEnded() {
        launching = nil
    }

    /// Drops a connection that is closed.
    func forget(_ connection: Connection) {
        queue.async { self.connections[ObjectIdentifier(connection)] = nil }
    }

    private func listen() {
        guard isInFront else { return }
        do {
            let listener = try NWListener(using: Server.parameters)
            listener.newConnectionHandler = { [weak self] in self?.accept($0) }
            listener.stateUpdateHandler = { [weak self] in self?.listenerBecame($0) }
            listener.start(queue: queue)
            self.listener = listener
        } catch {
            retry(after: error)
        }
    }

    private static var parameters: NWParameters {
        let tcp = NWProtocolTCP.Options()
        tcp.noDelay = true
        let parameters = NWParameters(tls: nil, tcp: tcp)
        parameters.allowLocalEndpointReuse = true
        let port = NWEndpoint.Port(integerLiteral: RunnerProtocol.port)
        parameters.requiredLocalEndpoint = .hostPort(host: .ipv4(.loopback), port: port)
        return parameters
    }

    private func listenerBecame(_ state: NWListener.State) {
        switch state {
        case .ready: status.update { $0.state = "Waiting for a host" }
        case .failed(let error): retry(after: error)
        default: break
        }
    }

    private func retry(after error: Error) {
        listener?.cancel()
        listener = nil
        status.update { $0.state = "Cannot listen: \(error.localizedDescription)" }
        queue.asyncAfter(deadline: .now() + Server.retrySeconds) { [weak self] in
            if let self, self.listener == nil { self.listen() }
        }
    }

    private func accept(_ connection: NWConnection) {
        let accepted = Connection(connection, phone: phone, status: status, server: self)
        connections[ObjectIdentifier(accepted)] = accepted
        accepted.start()
    }
}
