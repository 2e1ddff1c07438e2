import JWTKit
public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// The keys that tokens may be signed with, as the identity service published them last.
///
/// Fetched again at an interval, and at once when a token names a key that isn't known: one fetch at a time, and not more often than
/// ``Pace/shortest``. When identity is away the last known keys stay. May be used from any task while `run()` runs.
public final class KeySet: Service {
  /// How often keys are fetched.
  public struct Pace: Sendable {
    /// While all is well: how long a new key may be unknown, and a withdrawn one trusted.
    public var interval: Duration
    /// Between two fetches that unknown key ids cause; anybody can make up a key id.
    public var shortest: Duration
    /// Between tries while there are no keys at all.
    public var retry: Duration

    public init(
      interval: Duration = .seconds(30), shortest: Duration = .seconds(2), retry: Duration = .milliseconds(250)
    ) {
      self.interval = interval
      self.shortest = shortest
      self.retry = retry
    }
  }

  /// One published key.
  struct Key: Sendable {
    let published: JSONWebKey
    /// Of this key alone: a collection of several falls back to one of them for an unknown id.
    let collection: JWTKeyCollection
  }

  private struct State {
    var keys: [String: Key] = [:]
    var flight: Task<Void, Never>?
    var lastFetch: ContinuousClock.Instant?
  }

  private let source: any KeySource
  private let pace: Pace
  private let logger: Logger
  private let state = Mutex(State())
  private let withdrawn = Atomic<Int>(0)
  private let fetched = Counter(label: "auth_key_fetches_total", dimensions: [("outcome", "success")])
  private let failed = Counter(label: "auth_key_fetches_total", dimensions: [("outcome", "failure")])

  public init(source: any KeySource, pace: Pace = Pace(), logger: Logger) {
    self.source = source
    self.pace = pace
    self.logger = logger
  }

  /// Whether any key is known, so that tokens can be told apart.
  public var isFilled: Bool { state.withLock { !$0.keys.isEmpty } }

  /// Grows whenever a key is taken back: what was verified with it before is worth nothing now.
  var withdrawals: Int { withdrawn.load(ordering: .acquiring) }

  /// The key of this id; `nil` when none is published.
  /// - Throws: `.keysUnavailable` as long as no keys were ever fetched.
  func key(_ id: String) async throws(AuthenticationError) -> Key? {
    if let key = state.withLock({ $0.keys[id] }) { return key }
    await fetch(isUrgent: false)
    let (key, isFilled) = state.withLock { ($0.keys[id], !$0.keys.isEmpty) }
    guard isFilled else { throw AuthenticationError(.keysUnavailable, "the keys of the identity service are not known yet") }
    return key
  }

  /// Keeps the keys fresh until the end of the process.
  public func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      var isWaiting = false
      while !Task.isCancelled {
        await fetch(isUrgent: true)
        if !isFilled, !isWaiting { logger.notice("Waiting for the keys of the identity service.") }
        isWaiting = !isFilled
        try? await Task.sleep(for: isWaiting ? pace.retry : pace.interval)
      }
    }
    await state.withLock { $0.flight }?.value
    try await source.close()
  }

  /// Joins the fetch that is under way, or begins one if enough time has passed since the last.
  private func fetch(isUrgent: Bool) async {
    let flight = state.withLock { state -> Task<Void, Never>? in
      if let flight = state.flight { return flight }
      let now = ContinuousClock.now
      if !isUrgent, let last = state.lastFetch, now - last < pace.shortest { return nil }
      state.lastFetch = now
      // A task of its own: one request that gives up must not take the keys away from the others that wait.
      let flight = Task { await self.fetchNow() }
      state.flight = flight
      return flight
    }
    await flight?.value
  }

  private func fetchNow() async {
    do {
      let published = try await source.keys()
      var keys: [String: Key] = [:]
      for key in published {
        guard let publicKey = key.publicKey else { continue }
        let collection = await JWTKeyCollection().add(
          eddsa: EdDSA.PublicKey(backing: publicKey), kid: JWKIdentifier(string: key.kid))
        keys[key.kid] = Key(published: key, collection: collection)
      }
      if keys.isEmpty { throw IdentityHTTP.Failure(description: "no usable key is published") }
      accept(keys)
      fetched.increment()
    } catch {
      state.withLock { $0.flight = nil }
      failed.increment()
      logger.debug("The keys of the identity service can't be had; the last known stay.", error: error)
    }
  }

  private func accept(_ keys: [String: Key]) {
    let takenBack = state.withLock { state in
      let old = state.keys
      state.keys = keys
      state.flight = nil
      return old.filter { keys[$0.key]?.published != $0.value.published }.map(\.key)
    }
    guard !takenBack.isEmpty else { return }
    withdrawn.add(1, ordering: .acquiringAndReleasing)
    logger.debug("Keys were withdrawn.", metadata: ["kids": "\(takenBack.sorted())"])
  }
}
