public import Logging
public import Redis
public import ServiceClient
public import ServiceLifecycle

/// Tells the registry where this instance is, for as long as it can be given work: the entry has a lease, so one that dies is forgotten by itself.
///
/// Needs, in Redis `events`: `~registry:<own>` HSET, HDEL, HGETALL; TIME. Who looks others up needs `%R~registry:*` HGETALL; TIME.
/// It must start after the listener and so stop before it: then whoever calls has learnt to go elsewhere while this instance still answers.
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
  ///   - instance: the stable name of this process among its like.
  ///   - lease: how long the entry outlives its last renewal.
  ///   - farewell: how long to stay after leaving, if there are other instances: longer than a ``RegistryResolver`` takes to hear of it.
  ///   - address: where others reach this process; `nil` while it can't be given work.
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

  /// Registers, renews, and leaves when the service is told to stop.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var isAway = false
      while !Task.isCancelled {
        let isWaiting = await !self.renew(&isAway)
        // The first moments are when somebody waits for this instance.
        try? await Task.sleep(for: isWaiting ? min(.milliseconds(100), self.renewal) : self.renewal)
      }
    }
    await leave()
  }

  /// - Returns: whether it is registered now; `false` too while it can't be given work.
  private func renew(_ isAway: inout Bool) async -> Bool {
    guard let address = await address() else { return false }
    do {
      let look = try await registry.look(at: service)
      let entry = Registry.Entry(instance: instance, address: address, end: look.now + lease.milliseconds)
      try await registry.set(entry, of: service)
      // What died long ago is swept up by those who live.
      let dead = look.entries.filter { $0.instance != instance && $0.end + 10 * lease.milliseconds < look.now }.map(\.instance)
      try await registry.remove(dead + look.unreadable.filter { $0 != instance }, of: service)
      isAway = false
      return true
    } catch {
      if !isAway, !(error is CancellationError), !Task.isCancelled {
        logger.notice("The registry can't be reached; others keep what they know of this instance.", error: error)
        isAway = true
      }
      return true
    }
  }

  private func leave() async {
    do {
      try await registry.remove([instance], of: service)
      guard try await !registry.look(at: service).living.isEmpty else { return }
      try await Task.sleep(for: farewell)
    } catch {
      // The lease ends by itself.
      logger.debug("The registry was not told of the end.", metadata: ["error": "\(error)"])
    }
  }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
