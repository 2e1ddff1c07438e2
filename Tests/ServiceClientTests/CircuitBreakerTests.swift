import ServiceClient
import Testing

@Suite("Circuit breaker")
struct CircuitBreakerTests {
  private enum Step {
    /// A call at a time in milliseconds; whether it must be admitted.
    case call(Int, Bool)
    /// The outcome of the latest admitted call.
    case record(Int, CircuitBreaker.Outcome)
    case state(CircuitBreaker.State)
  }

  private static let configuration = CircuitBreaker.Configuration(
    failureThreshold: 2, openDuration: .milliseconds(100), maximumOpenDuration: .milliseconds(300))

  private func play(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
    var breaker = CircuitBreaker(Self.configuration)
    var ticket: CircuitBreaker.Ticket?
    let start = ContinuousClock.now
    for (index, step) in steps.enumerated() {
      switch step {
      case .call(let time, let expected):
        let admission = breaker.admit(at: start + .milliseconds(time))
        if case .admitted(let given) = admission { ticket = given }
        #expect(
          { if case .admitted = admission { true } else { false } }() == expected, "step \(index)", sourceLocation: sourceLocation
        )
      case .record(let time, let outcome):
        if let ticket { breaker.record(outcome, for: ticket, at: start + .milliseconds(time)) }
      case .state(let state):
        #expect(breaker.state == state, "step \(index)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("consecutive failures open it; a success between them resets the count")
  func opens() {
    play([
      .call(0, true), .record(1, .failure), .call(2, true), .record(3, .success), .call(4, true), .record(5, .failure),
      .state(.closed),
    ])
    play([.call(0, true), .record(1, .failure), .call(2, true), .record(3, .failure), .state(.open), .call(4, false)])
  }

  @Test("after the open time one probe passes, other calls are rejected")
  func probes() {
    play([
      .call(0, true), .record(0, .failure), .call(0, true), .record(0, .failure), .call(99, false), .call(100, true),
      .state(.halfOpen), .call(101, false), .record(110, .success), .state(.closed), .call(111, true), .call(111, true),
    ])
  }

  @Test("a failed probe opens it for twice as long, up to the maximum, and a success resets that")
  func backoff() {
    play([
      .call(0, true), .record(0, .failure), .call(0, true), .record(0, .failure),  // open to 100
      .call(100, true), .record(100, .failure), .call(299, false),  // to 300
      .call(300, true), .record(300, .failure), .call(599, false),  // to 600, the maximum
      .call(600, true), .record(600, .failure), .call(899, false), .call(900, true), .record(900, .success), .state(.closed),
      .call(901, true), .record(901, .failure), .call(901, true), .record(901, .failure), .call(1000, false), .call(1001, true),
    ])
  }

  @Test("after an abandoned probe the next call is a probe")
  func abandoned() {
    play([
      .call(0, true), .record(0, .failure), .call(0, true), .record(0, .failure), .call(100, true), .record(120, .abandoned),
      .call(120, true), .state(.halfOpen),
    ])
  }

  @Test("the late outcome of an earlier call doesn't affect the probe")
  func late() throws {
    var breaker = CircuitBreaker(Self.configuration)
    let start = ContinuousClock.now
    func admitted(_ breaker: inout CircuitBreaker, at time: Int) throws -> CircuitBreaker.Ticket {
      guard case .admitted(let ticket) = breaker.admit(at: start + .milliseconds(time)) else {
        Issue.record("refused")
        throw CancellationError()
      }
      return ticket
    }
    let old = try admitted(&breaker, at: 0)
    for _ in 0..<2 { breaker.record(.failure, for: try admitted(&breaker, at: 0), at: start) }
    _ = try admitted(&breaker, at: 100)
    breaker.record(.success, for: old, at: start + .milliseconds(101))
    #expect(breaker.state == .halfOpen)
  }
}
