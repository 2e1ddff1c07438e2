import Auth
public import Redis
public import Web

/// Puts a query service together: the cache that holds its read model, and what ``ServiceBuilder`` gives every service.
///
/// ```swift
/// let service = try QueryService(environment)
/// let orders = service.project("order", of: "order", at: "/orders", into: OrderReadModel(redis: service.cache), marker: …)
/// service.health.add(.built("read model", orders))
/// return try service.application(historyRouter(reader, health: service.health, authenticator: environment.verifier))
/// ```
public final class QueryService: ServiceBuilder {
  /// Redis `cache`: may lose everything at any time.
  public let cache: RedisClient

  /// - Parameters:
  ///   - needsCache: whether the service is useless without the cache.
  ///   - needsTokens: whether it is useless without the keys of access tokens: false if all of its own routes are public.
  /// - Throws: `SettingsError` that names the key.
  public init(_ environment: ServiceEnvironment, needsCache: Bool = true, needsTokens: Bool = true) throws(SettingsError) {
    let cache = try RedisClient(.cache, for: environment)
    self.cache = cache
    try super.init(environment)
    parts.insert(cache, at: 1)
    health.add(.connected("cache", isRequired: needsCache) { cache.isConnected })
    if let verifier = environment.verifier { health.add(.tokens(verifier, isRequired: needsTokens)) }
  }

  /// Listens to what Redis says of changed keys of the cache.
  /// - Parameter prefixes: what the keys begin with.
  public func invalidation(
    prefixes: [String], _ receive: @escaping @Sendable (RedisInvalidation.Message) -> Void
  ) throws(SettingsError) -> RedisInvalidation {
    RedisInvalidation(
      configuration: try RedisConfiguration(settings, .cache, clientName: environment.instance), prefixes: prefixes,
      eventLoopGroup: eventLoopGroup, logger: logger, onMessage: receive)
  }
}
