import RandomNumbers

/// Chooses the instance of a service for each call, and ejects failing instances.
///
/// A pure state machine. Of two random instances the one with fewer outstanding calls is chosen. An instance that can't be
/// reached, or fails several times in a row, is ejected for a while; then one call probes it: its success includes the instance
/// again, its failure ejects it for twice as long, up to the maximum. When all instances are ejected, all are eligible: stopping
/// calls to the whole service is the task of the ``CircuitBreaker``.
/// Sources: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001; Envoy's manual, "Outlier detection".
public struct InstanceBalancer: Sendable {
  public struct Configuration: Sendable {
    /// Consecutive failures that eject an instance; one that can't be reached is ejected at once.
    public var failureThreshold: Int
    public var ejection: Duration
    /// Below the recovery time of 3 s after an instance's return that the system guarantees.
    public var maximumEjection: Duration

    public init(
      failureThreshold: Int = 3, ejection: Duration = .milliseconds(500), maximumEjection: Duration = .seconds(2)
    ) {
      self.failureThreshold = failureThreshold
      self.ejection = ejection
      self.maximumEjection = maximumEjection
    }
  }

  /// Numbered as the metric `service_client_instance_state` shows it.
  public enum State: Int, Sendable {
    case included = 0
    case probing = 1
    case out = 2
  }

  /// The chosen instance; record the call's outcome with it.
  public struct Choice: Hashable, Sendable {
    public let address: ServiceAddress
    /// Whether the call probes an ejected instance.
    public let isProbe: Bool
    fileprivate let id: Int
    fileprivate let generation: Int
  }

  public enum Outcome: Sendable {
    case success
    /// It responded with an error of its own (5xx), or not in time.
    case failure
    /// No connection, or a lost one.
    case unreachable
    /// The caller gave up, or the failure was the call's own: this says nothing about the instance, but another probe may be
    /// made.
    case abandoned
  }

  public typealias Instant = ContinuousClock.Instant

  private enum Phase: Sendable {
    case included(failures: Int)
    case probing
    case out(until: Instant)
  }

  private struct Instance: Sendable {
    let id: Int
    let address: ServiceAddress
    var phase = Phase.included(failures: 0)
    var outstanding = 0
    var nextEjection: Duration
    /// Incremented when the instance is ejected or included, so that a late outcome doesn't affect the current state.
    var generation = 0

    var isIncluded: Bool { if case .included = phase { true } else { false } }

    func isDue(at now: Instant) -> Bool {
      if case .out(let until) = phase { until <= now } else { false }
    }
  }

  public var configuration: Configuration
  /// Incremented with every change of ``states`` other than the number of outstanding calls.
  public private(set) var changes = 0
  private var addresses: [ServiceAddress] = []
  private var instances: [Instance] = []
  private var lastID = 0
  private var random: SplitMix64

  /// - Parameter seed: the same seed makes the same choices.
  public init(_ configuration: Configuration = Configuration(), seed: UInt64 = .random(in: 0...UInt64.max)) {
    self.configuration = configuration
    random = SplitMix64(seed: seed)
  }

  /// Sets the current instances; the state of those that stay is kept. Cheap when nothing has changed.
  /// - Returns: whether anything has changed.
  @discardableResult
  public mutating func update(_ addresses: [ServiceAddress]) -> Bool {
    guard addresses != self.addresses else { return false }
    self.addresses = addresses
    changes += 1
    let known = Dictionary(instances.map { ($0.address, $0) }) { first, _ in first }
    var seen: Set<ServiceAddress> = []
    instances = addresses.filter { seen.insert($0).inserted }.map { address in
      if let instance = known[address] { return instance }
      lastID += 1
      return Instance(id: lastID, address: address, nextEjection: configuration.ejection)
    }
    return true
  }

  /// Chooses an instance for a call at `now`.
  /// - Parameter tried: instances at which this call has failed already.
  /// - Returns: `nil` when there is no eligible instance.
  public mutating func choose(at now: Instant, except tried: [ServiceAddress] = []) -> Choice? {
    let untried = instances.indices.filter { !tried.contains(instances[$0].address) }
    if let due = untried.first(where: { instances[$0].isDue(at: now) }) {
      move(due, to: .probing)
      return take(due, isProbe: true)
    }
    let included = untried.filter { instances[$0].isIncluded }
    if let chosen = lessBusyOfTwo(included) { return take(chosen, isProbe: false) }
    guard !instances.contains(where: \.isIncluded) else { return nil }
    return lessBusyOfTwo(untried).map { take($0, isProbe: false) }
  }

  /// Records the outcome of a call.
  public mutating func record(_ outcome: Outcome, for choice: Choice, at now: Instant) {
    guard let index = instances.firstIndex(where: { $0.id == choice.id }) else { return }
    instances[index].outstanding -= 1
    guard instances[index].generation == choice.generation else { return }
    switch (instances[index].phase, outcome) {
    case (.included, .success): instances[index].phase = .included(failures: 0)
    case (.included(let failures), .failure):
      if failures + 1 >= configuration.failureThreshold {
        eject(index, at: now)
      } else {
        instances[index].phase = .included(failures: failures + 1)
      }
    case (.included, .unreachable), (.probing, .failure), (.probing, .unreachable): eject(index, at: now)
    case (.probing, .success), (.out, .success):
      instances[index].nextEjection = configuration.ejection
      move(index, to: .included(failures: 0))
    case (.probing, .abandoned): move(index, to: .out(until: now))
    case (.included, .abandoned), (.out, _): break
    }
  }

  /// Whether another instance is included and has not failed lately: then a failure of `choice` is the instance's and not the
  /// service's.
  public func hasHealthyInstance(besides choice: Choice) -> Bool {
    instances.contains { instance in
      guard instance.id != choice.id, case .included(failures: 0) = instance.phase else { return false }
      return true
    }
  }

  /// Each instance with its state and its outstanding calls.
  public var states: [(address: ServiceAddress, state: State, outstanding: Int)] {
    instances.map { instance in
      let state: State =
        switch instance.phase {
        case .included: .included
        case .probing: .probing
        case .out: .out
        }
      return (instance.address, state, instance.outstanding)
    }
  }

  private mutating func take(_ index: Int, isProbe: Bool) -> Choice {
    instances[index].outstanding += 1
    let instance = instances[index]
    return Choice(address: instance.address, isProbe: isProbe, id: instance.id, generation: instance.generation)
  }

  private mutating func lessBusyOfTwo(_ candidates: [Int]) -> Int? {
    guard candidates.count > 1 else { return candidates.first }
    let first = Int.random(in: 0..<candidates.count, using: &random)
    var second = Int.random(in: 0..<candidates.count - 1, using: &random)
    if second >= first { second += 1 }
    let (one, other) = (candidates[first], candidates[second])
    return instances[other].outstanding < instances[one].outstanding ? other : one
  }

  private mutating func move(_ index: Int, to phase: Phase) {
    instances[index].generation += 1
    instances[index].phase = phase
    changes += 1
  }

  private mutating func eject(_ index: Int, at now: Instant) {
    move(index, to: .out(until: now + instances[index].nextEjection))
    instances[index].nextEjection = min(instances[index].nextEjection * 2, configuration.maximumEjection)
  }
}
