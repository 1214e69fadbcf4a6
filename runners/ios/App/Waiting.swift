import Foundation

/// Waits for asynchronous work. Only for the launch's own thread: it blocks.
func waiting<Value>(_ work: @escaping () async throws -> Value) throws -> Value {
    let box = ResultBox<Value>()
    let done = DispatchSemaphore(value: 0)
    Task.detached(priority: .userInitiated) {
        do {
            box.result = .success(try await work())
        } catch {
            box.result = .failure(error)
        }
        done.signal()
    }
    done.wait()
    return try box.result.get()
}

/// Written by one task before the semaphore is signalled, read after it.
private final class ResultBox<Value>: @unchecked Sendable {
    var result: Result<Value, Error> = .failure(CancellationError())
}
