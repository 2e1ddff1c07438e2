import ServiceClient
import Testing

@Suite("Circuit breaker")
struct CircuitBreakerTests {
  private enum Step {
    /// Ask at a time in milliseconds; whether it must be admitted.
    case ask(Int, Bool)
    /// Tell the outcome of the latest admitted call.
    case tell(Int, CircuitBreaker.Outcome)
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
      case .ask(let time, let expected):
        let admission = breaker.admit(at: start + .milliseconds(time))
        if case .admitted(let given) = admission { ticket = given }
        #expect(
          { if case .admitted = admission { true } else { false } }() == expected, "step \(index)", sourceLocation: sourceLocation
        )
      case .tell(let time, let outcome):
        if let ticket { breaker.record(outcome, for: ticket, at: start + .milliseconds(time)) }
      case .state(let state):
        #expect(breaker.state == state, "step \(index)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("failures in a row open it; a success between them starts the count again")
  func opens() {
    play([
      .ask(0, true), .tell(1, .failure), .ask(2, true), .tell(3, .success), .ask(4, true), .tell(5, .failure), .state(.closed),
    ])
    play([.ask(0, true), .tell(1, .failure), .ask(2, true), .tell(3, .failure), .state(.open), .ask(4, false)])
  }

  @Test("after its time one probe passes, the others wait")
  func probes() {
    play([
      .ask(0, true), .tell(0, .failure), .ask(0, true), .tell(0, .failure), .ask(99, false), .ask(100, true),
      .state(.halfOpen), .ask(101, false), .tell(110, .success), .state(.closed), .ask(111, true), .ask(111, true),
    ])
  }

  @Test("a failed probe opens it for twice as long, up to the maximum, and a success resets that")
  func backoff() {
    play([
      .ask(0, true), .tell(0, .failure), .ask(0, true), .tell(0, .failure),  // open to 100
      .ask(100, true), .tell(100, .failure), .ask(299, false),  // to 300
      .ask(300, true), .tell(300, .failure), .ask(599, false),  // to 600, the maximum
      .ask(600, true), .tell(600, .failure), .ask(899, false), .ask(900, true), .tell(900, .success), .state(.closed),
      .ask(901, true), .tell(901, .failure), .ask(901, true), .tell(901, .failure), .ask(1000, false), .ask(1001, true),
    ])
  }

  @Test("a probe that is given up leaves its place to the next")
  func abandoned() {
    play([
      .ask(0, true), .tell(0, .failure), .ask(0, true), .tell(0, .failure), .ask(100, true), .tell(120, .abandoned),
      .ask(120, true), .state(.halfOpen),
    ])
  }

  @Test("the outcome of a call from before the opening doesn't judge the probe")
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
