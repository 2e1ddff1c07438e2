import Hummingbird
import Synchronization

/// What is to go wrong with the next calls of a stand-in: a list for each kind of call, used up from the front.
final class SagaFaults: Sendable {
  enum Fault: Sendable {
    /// 503 before anything is done.
    case error
    /// 503 when it is done already.
    case errorAfterwards
    /// Done, but nobody hears of it: no answer as long as the stand-in lives.
    case loseAnswer
    /// Neither done nor answered.
    case hang
    /// 202: kept, and done when the test says so.
    case pending
    /// 409 of the card network.
    case refuse
  }

  private struct State {
    var faults: [String: [Fault]] = [:]
    var isDown = false
    var calls: [String] = []
    var keys: [String: Set<String>] = [:]
    var patience: [Int] = []
    var held: [CheckedContinuation<Void, Never>] = []
    var isOver = false
  }

  private let state = Mutex(State())

  func next(_ call: String, _ faults: Fault...) {
    state.withLock { $0.faults[call, default: []] += faults }
  }

  /// Everything is answered with 503 while it is so.
  var isDown: Bool {
    get { state.withLock { $0.isDown } }
    set { state.withLock { $0.isDown = newValue } }
  }

  /// Every call in order.
  var calls: [String] { state.withLock { $0.calls } }

  func count(_ call: String) -> Int { calls.count { $0 == call } }

  /// The idempotency keys under which a kind of call came.
  func keys(_ call: String) -> Set<String> { state.withLock { $0.keys[call] ?? [] } }

  /// How many milliseconds each call gave for its answer.
  var patience: [Int] { state.withLock { $0.patience } }

  /// Notes a call, does it unless it goes wrong first, and answers unless it goes wrong then.
  func meet(
    _ call: String, _ request: Request, _ effect: (_ isPending: Bool) throws -> Response
  ) async throws -> Response {
    let key = request.headers.first { $0.name.canonicalName == "idempotency-key" }?.value
    let patience = request.headers.first { $0.name.canonicalName == "x-request-deadline-ms" }.flatMap { Int($0.value) }
    let (fault, isDown) = state.withLock { state in
      state.calls.append(call)
      if let key { state.keys[call, default: []].insert(key) }
      if let patience { state.patience.append(patience) }
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
    case .loseAnswer:
      _ = try effect(false)
      await hold()
      throw HTTPError(.serviceUnavailable)
    case .hang:
      await hold()
      throw HTTPError(.serviceUnavailable)
    case .pending: return try effect(true)
    case .refuse:
      return Response(
        status: .conflict, headers: [.contentType: "application/problem+json"],
        body: .init(byteBuffer: .init(string: #"{"code":"refused_by_network","detail":"the card network refused the capture"}"#)))
    case nil: return try effect(false)
    }
  }

  /// Ends the calls that have no answer.
  func release() {
    let held = state.withLock { state in
      state.isOver = true
      defer { state.held = [] }
      return state.held
    }
    for continuation in held { continuation.resume() }
  }

  private func hold() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if !state.isOver { state.held.append(continuation) }
        return state.isOver
      }
      if isOver { continuation.resume() }
    }
  }
}
