/// Stops calls to a failing service, and lets a probe through now and then to find out whether it has recovered.
///
/// A pure state machine. Closed: calls pass, consecutive failures are counted. Open: calls are rejected. Half open: one probe is
/// in flight, other calls are rejected; its success closes the breaker, its failure opens it for twice as long, up to the
/// maximum. Source: Nygard, "Release It!", Circuit Breaker.
public struct CircuitBreaker: Sendable {
  public struct Configuration: Sendable {
    /// Consecutive failures that open it.
    public var failureThreshold: Int
    public var openDuration: Duration
    /// Below the recovery time of 3 s after a peer's return that the system guarantees.
    public var maximumOpenDuration: Duration

    public init(
      failureThreshold: Int = 5, openDuration: Duration = .milliseconds(500), maximumOpenDuration: Duration = .seconds(2)
    ) {
      self.failureThreshold = failureThreshold
      self.openDuration = openDuration
      self.maximumOpenDuration = maximumOpenDuration
    }
  }

  /// Numbered as the metric `circuit_breaker_state` shows it.
  public enum State: Int, Sendable {
    case closed = 0
    case halfOpen = 1
    case open = 2
  }

  public enum Admission: Hashable, Sendable {
    /// Make the call, and record its outcome with the ticket.
    case admitted(Ticket)
    /// Don't call; retry after this time.
    case refused(retryAfter: Duration)
  }

  /// Ties an outcome to the period in which its call began, so that a late outcome doesn't affect the current state.
  public struct Ticket: Hashable, Sendable {
    fileprivate let generation: Int
    public let isProbe: Bool
  }

  public enum Outcome: Sendable {
    case success, failure
    /// The caller gave up: this says nothing about the service, but another probe may be made.
    case abandoned
  }

  public typealias Instant = ContinuousClock.Instant

  private enum Phase: Sendable {
    case closed(failures: Int)
    case open(until: Instant)
    case halfOpen
  }

  /// May be changed at any time; an open breaker keeps the time for which it was opened.
  public var configuration: Configuration
  private var phase = Phase.closed(failures: 0)
  private var nextOpenDuration: Duration
  private var generation = 0

  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    nextOpenDuration = configuration.openDuration
  }

  public var state: State {
    switch phase {
    case .closed: .closed
    case .open: .open
    case .halfOpen: .halfOpen
    }
  }

  /// Requests admission for a call at `now`.
  public mutating func admit(at now: Instant) -> Admission {
    switch phase {
    case .closed:
      return .admitted(Ticket(generation: generation, isProbe: false))
    case .open(let until) where now < until:
      return .refused(retryAfter: until - now)
    case .open:
      generation += 1
      phase = .halfOpen
      return .admitted(Ticket(generation: generation, isProbe: true))
    case .halfOpen:
      return .refused(retryAfter: configuration.openDuration)
    }
  }

  /// Records the outcome of an admitted call.
  public mutating func record(_ outcome: Outcome, for ticket: Ticket, at now: Instant) {
    guard ticket.generation == generation else { return }
    switch (phase, outcome) {
    case (.closed, .success): phase = .closed(failures: 0)
    case (.closed(let failures), .failure):
      if failures + 1 >= configuration.failureThreshold { open(at: now) } else { phase = .closed(failures: failures + 1) }
    case (.halfOpen, .success):
      generation += 1
      nextOpenDuration = configuration.openDuration
      phase = .closed(failures: 0)
    case (.halfOpen, .failure): open(at: now)
    case (.halfOpen, .abandoned): phase = .open(until: now)
    case (.closed, .abandoned), (.open, _): break
    }
  }

  private mutating func open(at now: Instant) {
    generation += 1
    phase = .open(until: now + nextOpenDuration)
    nextOpenDuration = min(nextOpenDuration * 2, configuration.maximumOpenDuration)
  }
}
