public import Logging
public import Redis
public import ServiceClient
public import ServiceLifecycle

/// Finds services in the registry, where their instances say themselves where they are; see ``Registration``.
///
/// ``run()`` keeps up with changes; what was never asked for is not followed.
public struct RegistryResolver: ServiceResolver, Service {
  private let book: AddressBook

  /// - Parameter interval: how long a change may go unheard of.
  public init(redis: RedisClient, interval: Duration = .milliseconds(500), logger: Logger) {
    let registry = Registry(redis: redis)
    book = AddressBook(interval: interval, logger: logger) { services in
      try await registry.look(at: services).mapValues { $0.living.map(\.address) }
    }
  }

  public func addresses(of service: String) async throws -> [ServiceAddress] {
    try await book.addresses(of: service)
  }

  public func run() async throws {
    await book.follow()
  }
}
