import AsyncHTTPClient
import Auth
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Redis
import ServiceClient
import ServiceLifecycle
import Web

/// The parts of the ingress, put together.
struct Gateway: Sendable {
  let upstreams: [String: Upstream]
  let admission: Admission
  let cache: ResponseCache
  let policy: LivePolicy
  let connections: ConnectionLimit
  let http: HTTPClient
  private let configuration: GatewayConfiguration
  private let proxy: Proxy
  private let ingress: Ingress
  private let log: AccessLog
  private let metrics: GatewayMetrics
  private let logger: Logger

  /// - Parameters:
  ///   - resolver: knows where each of the services is.
  init(
    _ configuration: GatewayConfiguration, resolver: any ServiceResolver, services: [String], redis: RedisClient,
    authenticator: TokenVerifier, eventLoopGroup: any EventLoopGroup, logger: Logger
  ) {
    self.configuration = configuration
    self.logger = logger
    let http = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: .gateway(configuration))
    self.http = http
    let metrics = GatewayMetrics()
    self.metrics = metrics
    policy = LivePolicy(configuration.policy)
    admission = Admission(limit: configuration.policy.concurrency)
    cache = ResponseCache(byteLimit: configuration.cacheBytes)
    connections = ConnectionLimit(limit: configuration.connections)
    upstreams = Dictionary(
      uniqueKeysWithValues: services.map { name in
        (name, Upstream(name: name, resolver: resolver, http: http, bulkhead: configuration.perService, logger: logger))
      })
    log = AccessLog(metrics: metrics, isWritten: configuration.isLogged)
    proxy = Proxy(
      upstreams: upstreams, shared: PublicResponseCache(cache: cache, metrics: metrics),
      limits: ConcurrencyLimit(
        requests: admission, streams: Admission(limit: configuration.streams),
        perCaller: PerCallerLimiter(limit: configuration.streamsPerPrincipal), uploads: Admission(limit: configuration.uploads)),
      policy: policy, maximumBody: configuration.bodyLimit, log: log)
    ingress = Ingress(
      authenticator: authenticator, limiter: RateLimiter(redis: redis, logger: logger), policy: policy, metrics: metrics,
      trustedProxies: configuration.trustedProxies)
  }

  /// Adds everything that is asked for through the ingress.
  func addRoutes(to router: Router<ServiceRequestContext>, table: RouteTable = .standard) {
    router.add(middleware: log)
    router.add(middleware: AddressLimit(ingress: ingress))
    let screens = Screens(sources: ScreenSources(upstreams: upstreams, policy: policy, logger: logger))
    ScreenRoutes(screens: screens, ingress: ingress, admission: admission).add(to: router)
    ProxyRoutes(table: table, ingress: ingress, proxy: proxy).add(to: router)
  }

  /// Makes the pipeline of a client's connection.
  var channel: HTTPServerBuilder {
    let fastPath = FastPath(cache: cache, admission: admission, metrics: metrics)
    let hygiene = RequestFramingValidator(maximumBody: configuration.bodyLimit, buffered: Proxy.buffered)
    let unfinished = IncompleteRequestLimiter(limit: configuration.unfinished, metrics: metrics)
    return HTTPServerBuilder { [connections, patience = configuration.patience] responder in
      EventLoopChannel(
        base: GatewayChannel(
          responder: responder, fastPath: fastPath, hygiene: hygiene, connections: connections, unfinished: unfinished,
          patience: patience))
    }
  }

  /// Gives the services' connections back at the end.
  var service: any Service { UpstreamConnections(http: http) }
}

private struct UpstreamConnections: Service {
  let http: HTTPClient

  func run() async throws {
    try? await gracefulShutdown()
    try await http.shutdown()
  }
}

extension HTTPClient.Configuration {
  /// ConnectionLimit to services: kept, never redirected, and as many as there are streams.
  fileprivate static func gateway(_ configuration: GatewayConfiguration) -> HTTPClient.Configuration {
    var http = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .milliseconds(500), read: .seconds(60)),
      connectionPool: .init(
        idleTimeout: .seconds(20),
        concurrentHTTP1ConnectionsPerHostSoftLimit: configuration.perService + configuration.streams + configuration.uploads),
      decompression: .disabled)
    http.httpVersion = .http1Only
    // Which instance is tried next is decided here; the pool's own retries would hide a refused connection until the deadline.
    http.connectionPool.retryConnectionEstablishment = false
    return http
  }
}
