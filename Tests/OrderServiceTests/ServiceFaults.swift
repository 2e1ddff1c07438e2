import Hummingbird
import Synchronization

/// The faults of the next requests to a fake service: a queue for each kind of request.
final class ServiceFaults: Sendable {
  enum Fault: Sendable {
    /// 503 without execution.
    case error
    /// 503 after execution.
    case errorAfterwards
    /// Executed, but without a response.
    case loseResponse
    /// Neither executed nor responded to.
    case hang
    /// 202: executed when the test says so.
    case pending
    /// 409: the card network declines.
    case refuse
  }

  private struct State {
    var faults: [String: [Fault]] = [:]
    var isDown = false
    var calls: [String] = []
    var keys: [String: Set<String>] = [:]
    var deadlines: [Int] = []
    var suspended: [CheckedContinuation<Void, Never>] = []
    var isReleased = false
  }

  private let state = Mutex(State())

  func next(_ call: String, _ faults: Fault...) {
    state.withLock { $0.faults[call, default: []] += faults }
  }

  /// While it is true, every response is 503.
  var isDown: Bool {
    get { state.withLock { $0.isDown } }
    set { state.withLock { $0.isDown = newValue } }
  }

  /// The kinds of all requests, in order.
  var calls: [String] { state.withLock { $0.calls } }

  func count(_ call: String) -> Int { calls.count { $0 == call } }

  /// The idempotency keys of a kind of request.
  func keys(_ call: String) -> Set<String> { state.withLock { $0.keys[call] ?? [] } }

  /// The propagated deadlines of all requests, in milliseconds.
  var deadlines: [Int] { state.withLock { $0.deadlines } }

  /// Records a request, and responds with its effect or its fault.
  func handle(
    _ call: String, _ request: Request, _ effect: (_ isPending: Bool) throws -> Response
  ) async throws -> Response {
    let key = request.headers.first { $0.name.canonicalName == "idempotency-key" }?.value
    let deadline = request.headers.first { $0.name.canonicalName == "x-request-deadline-ms" }.flatMap { Int($0.value) }
    let (fault, isDown) = state.withLock { state in
      state.calls.append(call)
      if let key { state.keys[call, default: []].insert(key) }
      if let deadline { state.deadlines.append(deadline) }
      if state.isDown { return (Fault?.none, true) }
      guard var faults = state.faults[call], !faults.isEmpty else { return (nil, false) }
      let fault = faults.removeFirst()
      state.faults[call] = faults
      return (fault, false)
    }
    if isDown { throw HTTPError(.serviceUnavailable) }
    switch fault {
    case .error: throw HTTPError(.serviceUnavailable)
    case .errorAfterwards:
      _ = try effect(false)
      throw HTTPError(.serviceUnavailable)
    case .loseResponse:
      _ = try effect(false)
      await suspend()
      throw HTTPError(.serviceUnavailable)
    case .hang:
      await suspend()
      throw HTTPError(.serviceUnavailable)
    case .pending: return try effect(true)
    case .refuse:
      return Response(
        status: .conflict, headers: [.contentType: "application/problem+json"],
        body: .init(byteBuffer: .init(string: #"{"code":"refused_by_network","detail":"the card network refused the capture"}"#)))
    case nil: return try effect(false)
    }
  }

  /// Ends the requests that have no response.
  func release() {
    let suspended = state.withLock { state in
      state.isReleased = true
      defer { state.suspended = [] }
      return state.suspended
    }
    for continuation in suspended { continuation.resume() }
  }

  private func suspend() async {
    await withCheckedContinuation { continuation in
      let isReleased = state.withLock { state in
        if !state.isReleased { state.suspended.append(continuation) }
        return state.isReleased
      }
      if isReleased { continuation.resume() }
    }
  }
}
