/// Chooses the instance of a service that gets the next call, and leaves out those that fail.
///
/// A pure state machine: time comes in, choices go out. Of two instances taken at random the one with fewer calls under way is chosen. An
/// instance that can't be reached, or fails several times in a row, is out for a while; then one call probes it: its success brings the
/// instance back, its failure keeps it out for twice as long, up to the maximum. When every instance is out, none is: whether the service as a
/// whole is to be left alone is the ``CircuitBreaker``'s question.
/// Sources: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001; Envoy's manual, "Outlier detection".
public struct InstanceBalancer: Sendable {
  public struct Configuration: Sendable {
    /// Failures in a row that put an instance out; one that can't be reached is out at once.
    public var failureThreshold: Int
    public var ejection: Duration
    /// Kept below the promise that everything is back 3 s after an instance's return.
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

  /// The chosen instance; bring it back with the outcome.
  public struct Choice: Hashable, Sendable {
    public let address: ServiceAddress
    /// Whether the call is the one that shows whether the instance is back.
    public let isProbe: Bool
    fileprivate let id: Int
    fileprivate let generation: Int
  }

  public enum Outcome: Sendable {
    case success
    /// Answered with an error of its own (5xx), or not in time.
    case failure
    /// No connection, or one that broke.
    case unreachable
    /// The caller gave up, or the failure was the call's own: says nothing of the instance, but frees the probe's place.
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
    /// Grows whenever the instance goes out or comes back, so that a late outcome doesn't judge the present.
    var generation = 0

    var isIncluded: Bool { if case .included = phase { true } else { false } }

    func isDue(at now: Instant) -> Bool {
      if case .out(let until) = phase { until <= now } else { false }
    }
  }

  public var configuration: Configuration
  /// Grows with every change of ``states`` but the number of calls under way.
  public private(set) var changes = 0
  private var addresses: [ServiceAddress] = []
  private var instances: [Instance] = []
  private var lastID = 0
  private var random: SplitMix64

  /// - Parameter seed: the same seed makes the same choices.
  public init(_ configuration: Configuration = Configuration(), seed: UInt64 = .random(in: 0...UInt64.max)) {
    self.configuration = configuration
    random = SplitMix64(state: seed)
  }

  /// Tells which instances there are now; what is known of those that stay is kept. Cheap when nothing has changed.
  /// - Returns: whether anything has.
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
  /// - Parameter tried: instances that this call has failed at already.
  /// - Returns: `nil` when there is none, or none left that is worth a try.
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

  /// Tells how a call ended.
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

  /// Whether some other instance is included and has not failed lately: then what `choice` met is that instance's trouble and not the service's.
  public func hasSoundInstance(besides choice: Choice) -> Bool {
    instances.contains { instance in
      guard instance.id != choice.id, case .included(failures: 0) = instance.phase else { return false }
      return true
    }
  }

  /// Each instance with its state and the calls that are under way there.
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

/// A small generator of random numbers, for choices of which nobody must be unable to guess the next.
private struct SplitMix64: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
