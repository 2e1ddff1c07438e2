public import Logging
public import Redis
public import ServiceClient
public import ServiceLifecycle

/// Resolves services from the registry, where instances register themselves; see ``Registration``.
///
/// ``run()`` keeps the addresses of all requested services up to date.
public struct RegistryResolver: ServiceResolver, Service {
  private let book: AddressBook

  /// - Parameter interval: the longest time until a change is noticed.
  public init(redis: RedisClient, interval: Duration = .milliseconds(500), logger: Logger) {
    let registry = Registry(redis: redis)
    book = AddressBook(interval: interval, logger: logger) { services in
      try await registry.snapshots(of: services).mapValues { $0.valid.map(\.address) }
    }
  }

  public func addresses(of service: String) async throws -> [ServiceAddress] {
    try await book.addresses(of: service)
  }

  public func run() async throws {
    await book.follow()
  }
}
