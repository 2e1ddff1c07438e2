import JWTKit
public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// The keys that tokens may be signed with, as last published by the identity service.
///
/// Refreshed at an interval, and at once when a token names an unknown key: one fetch at a time, and at most one per
/// ``Pace/shortest``. While identity is unavailable the last known keys stay. May be used from any task while `run()` runs.
public final class KeySet: Service {
  /// How often keys are fetched.
  public struct Pace: Sendable {
    /// The regular interval: the longest time for which a new key is unknown, or a withdrawn one trusted.
    public var interval: Duration
    /// The shortest pause between fetches caused by unknown key ids; anybody can make up a key id.
    public var shortest: Duration
    /// The pause between attempts while there are no keys at all.
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
    /// A collection with this key only: a collection of several falls back to one of them for an unknown id.
    let collection: JWTKeyCollection
  }

  private struct State {
    var keys: [String: Key] = [:]
    var fetchInProgress: Task<Void, Never>?
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

  /// Whether any key is known, so that tokens can be verified.
  public var isFilled: Bool { state.withLock { !$0.keys.isEmpty } }

  /// Incremented whenever a key is withdrawn: cached verification results are invalid then.
  var withdrawals: Int { withdrawn.load(ordering: .acquiring) }

  /// The key with this id; `nil` when none is published.
  /// - Throws: `.keysUnavailable` as long as no keys were ever fetched.
  func key(_ id: String) async throws(AuthenticationError) -> Key? {
    if let key = state.withLock({ $0.keys[id] }) { return key }
    await fetch(isUrgent: false)
    let (key, isFilled) = state.withLock { ($0.keys[id], !$0.keys.isEmpty) }
    guard isFilled else { throw AuthenticationError(.keysUnavailable, "the keys of the identity service are not known yet") }
    return key
  }

  /// Keeps the keys fresh until the service shuts down.
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
    await state.withLock { $0.fetchInProgress }?.value
    try await source.close()
  }

  /// Joins the fetch in progress, or begins one if enough time has passed since the last.
  private func fetch(isUrgent: Bool) async {
    let fetch = state.withLock { state -> Task<Void, Never>? in
      if let fetch = state.fetchInProgress { return fetch }
      let now = ContinuousClock.now
      if !isUrgent, let last = state.lastFetch, now - last < pace.shortest { return nil }
      state.lastFetch = now
      // An unstructured task: the cancellation of one request must not cancel the fetch that others wait for.
      let fetch = Task { await self.fetchNow() }
      state.fetchInProgress = fetch
      return fetch
    }
    await fetch?.value
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
      state.withLock { $0.fetchInProgress = nil }
      failed.increment()
      logger.debug("Fetching the keys of the identity service failed; the last known stay.", error: error)
    }
  }

  private func accept(_ keys: [String: Key]) {
    let withdrawnKeys = state.withLock { state in
      let old = state.keys
      state.keys = keys
      state.fetchInProgress = nil
      return old.filter { keys[$0.key]?.published != $0.value.published }.map(\.key)
    }
    guard !withdrawnKeys.isEmpty else { return }
    withdrawn.add(1, ordering: .acquiringAndReleasing)
    logger.debug("Keys were withdrawn.", metadata: ["kids": "\(withdrawnKeys.sorted())"])
  }
}
