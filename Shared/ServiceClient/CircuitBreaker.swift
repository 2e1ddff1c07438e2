/// Keeps calls away from a service that fails, and lets one through now and then to see whether it is back.
///
/// A pure state machine: time comes in, decisions go out. Closed: calls pass, failures in a row are counted. Open: calls are refused. Half open:
/// one probe is under way, the others are refused; its success closes, its failure opens for twice as long, up to the maximum.
/// Source: Nygard, "Release It!", Circuit Breaker.
public struct CircuitBreaker: Sendable {
  public struct Configuration: Sendable {
    /// Failures in a row that open it.
    public var failureThreshold: Int
    public var openDuration: Duration
    /// Kept below the promise that everything is back 3 s after a peer's return.
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
    /// Go; bring the ticket back with the outcome.
    case admitted(Ticket)
    /// Don't; another try makes sense after this long.
    case refused(retryAfter: Duration)
  }

  /// Ties an outcome to the period in which its call began, so that a late one doesn't judge the present.
  public struct Ticket: Hashable, Sendable {
    fileprivate let generation: Int
    public let isProbe: Bool
  }

  public enum Outcome: Sendable {
    case success, failure
    /// The caller gave up: says nothing of the service, but frees the probe's place.
    case abandoned
  }

  public typealias Instant = ContinuousClock.Instant

  private enum Phase: Sendable {
    case closed(failures: Int)
    case open(until: Instant)
    case halfOpen
  }

  /// May change at any time; what is open already stays so for as long as it was to.
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

  /// Asks for a call at `now`.
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

  /// Tells how an admitted call ended.
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
