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

/// Constructs the gateway's components and connects them.
struct Gateway: Sendable {
  let upstreams: [String: Upstream]
  let admission: Admission
  let cache: ResponseCache
  let policy: LivePolicy
  let connections: ConnectionLimit
  let http: HTTPClient
  private let configuration: GatewayConfiguration
  private let bodyLimit: RequestBodyLimit
  private let proxy: Proxy
  private let ingress: Ingress
  private let log: AccessLog
  private let metrics: GatewayMetrics
  private let logger: Logger

  /// - Parameter resolver: resolves the addresses of each of `services`.
  init(
    _ configuration: GatewayConfiguration, resolver: any ServiceResolver, services: [String], redis: RedisClient,
    authenticator: TokenVerifier, eventLoopGroup: any EventLoopGroup, logger: Logger
  ) {
    self.configuration = configuration
    self.logger = logger
    let http = HTTPClient(
      eventLoopGroupProvider: .shared(eventLoopGroup),
      configuration: .upstream(
        connectionsPerInstance: configuration.perService + configuration.streams + configuration.uploads))
    self.http = http
    let metrics = GatewayMetrics()
    self.metrics = metrics
    policy = LivePolicy(configuration.policy)
    admission = Admission(limit: configuration.policy.concurrency)
    cache = ResponseCache(byteLimit: configuration.cacheBytes)
    connections = ConnectionLimit(limit: configuration.connections)
    bodyLimit = RequestBodyLimit(maximum: configuration.bodyLimit)
    upstreams = Dictionary(
      uniqueKeysWithValues: services.map { name in
        (name, Upstream(name: name, resolver: resolver, http: http, bulkhead: configuration.perService, logger: logger))
      })
    log = AccessLog(metrics: metrics, isEnabled: configuration.isLogged)
    proxy = Proxy(
      upstreams: upstreams, publicCache: PublicResponseCache(cache: cache, metrics: metrics),
      limits: ConcurrencyLimit(
        requests: admission, streams: Admission(limit: configuration.streams),
        perCaller: PerCallerLimiter(limit: configuration.streamsPerPrincipal), uploads: Admission(limit: configuration.uploads)),
      policy: policy, bodyLimit: bodyLimit, log: log)
    ingress = Ingress(
      authenticator: authenticator, limiter: RateLimiter(redis: redis, logger: logger), policy: policy, metrics: metrics,
      trustedProxies: configuration.trustedProxies)
  }

  func addRoutes(to router: Router<ServiceRequestContext>, table: RouteTable = .standard) {
    router.add(middleware: log)
    router.add(middleware: AddressLimit(ingress: ingress))
    let screens = Screens(sources: ScreenSources(upstreams: upstreams, policy: policy, logger: logger))
    ScreenRoutes(screens: screens, ingress: ingress, admission: admission).add(to: router)
    ProxyRoutes(table: table, ingress: ingress, proxy: proxy).add(to: router)
  }

  /// Builds the pipeline of each client connection.
  var channel: HTTPServerBuilder {
    let fastPath = FastPath(cache: cache, admission: admission, metrics: metrics, bodyLimit: bodyLimit)
    let validator = RequestFramingValidator(bodyLimit: bodyLimit)
    let incompleteRequests = IncompleteRequestLimiter(limit: configuration.incompleteRequests, metrics: metrics)
    return HTTPServerBuilder { [connections, timeouts = configuration.clientTimeouts] responder in
      EventLoopChannel(
        base: GatewayChannel(
          responder: responder, fastPath: fastPath, validator: validator, connections: connections,
          incompleteRequests: incompleteRequests, timeouts: timeouts))
    }
  }

  /// Closes the connections to services at shutdown.
  var service: any Service { UpstreamConnections(http: http) }
}
