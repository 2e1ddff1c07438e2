import Concurrency
public import Logging
public import Redis
public import ServiceClient
public import ServiceLifecycle

/// Registers this instance's address while it can serve requests. The entry has a lease, so that of a crashed instance expires.
///
/// Needs, in Redis `events`: `~registry:<own>` HSET, HDEL, HGETALL; TIME. Resolvers need `%R~registry:*` HGETALL; TIME.
/// It must start after the listener and so stop before it: callers then switch to other instances while this one still serves
/// requests.
public struct Registration: Service {
  private let service: String
  private let instance: String
  private let address: @Sendable () async -> ServiceAddress?
  private let registry: Registry
  private let lease: Duration
  private let renewal: Duration
  private let farewell: Duration
  private let logger: Logger

  /// - Parameters:
  ///   - service: the executable's name.
  ///   - instance: this instance's name, the same after a restart.
  ///   - lease: how long the entry is valid after its last renewal.
  ///   - farewell: how long to keep running after deregistration, if there are other instances: longer than the interval of a
  ///     ``RegistryResolver``.
  ///   - address: where others reach this process; `nil` while it can't serve requests.
  public init(
    service: String, instance: String, redis: RedisClient, lease: Duration = .seconds(3), renewal: Duration = .seconds(1),
    farewell: Duration = .milliseconds(750), logger: Logger, address: @escaping @Sendable () async -> ServiceAddress?
  ) {
    self.service = service
    self.instance = instance
    self.address = address
    self.lease = lease
    self.renewal = renewal
    self.farewell = farewell
    self.logger = logger
    registry = Registry(redis: redis)
  }

  /// Registers, renews, and deregisters at shutdown.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var isUnavailable = false
      while !Task.isCancelled {
        let isWaiting = await !self.renew(&isUnavailable)
        // Right after the start callers are waiting for this instance.
        try? await Task.sleep(for: isWaiting ? min(.milliseconds(100), self.renewal) : self.renewal)
      }
    }
    await deregister()
  }

  /// - Returns: whether a registration was attempted; `false` while the instance can't serve requests.
  private func renew(_ isUnavailable: inout Bool) async -> Bool {
    guard let address = await address() else { return false }
    do {
      let snapshot = try await registry.snapshot(of: service)
      let entry = Registry.Entry(instance: instance, address: address, end: snapshot.now + lease.wholeMilliseconds)
      try await registry.set(entry, of: service)
      // Registered instances also remove entries that expired long ago.
      let expired = snapshot.entries
        .filter { $0.instance != instance && $0.end + 10 * lease.wholeMilliseconds < snapshot.now }.map(\.instance)
      try await registry.remove(expired + snapshot.unreadable.filter { $0 != instance }, of: service)
      isUnavailable = false
      return true
    } catch {
      if !isUnavailable, !(error is CancellationError), !Task.isCancelled {
        logger.notice("The registry can't be reached; others keep the last known address of this instance.", error: error)
        isUnavailable = true
      }
      return true
    }
  }

  private func deregister() async {
    do {
      try await registry.remove([instance], of: service)
      guard try await !registry.snapshot(of: service).valid.isEmpty else { return }
      try await Task.sleep(for: farewell)
    } catch {
      // The lease expires.
      logger.debug("Deregistering failed; the lease will expire.", metadata: ["error": "\(error)"])
    }
  }
}
