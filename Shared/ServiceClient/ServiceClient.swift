import AsyncHTTPClient
public import Auth
import Concurrency
public import Logging
import Metrics
public import NIOCore
public import NIOHTTP1
public import ServiceLifecycle
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Calls one other service, with a deadline, a bounded number of attempts within a retry budget, load balancing between
/// instances, a circuit breaker, a bulkhead, and coalescing of identical concurrent GETs.
///
/// A deadline in the `ServiceContext` applies here too, and the remaining time is sent as `X-Request-Deadline-Ms`. Every call
/// carries
/// `Authorization`, the trace, and `Cache-Control: no-store`. May be used from any task; `run()` must be running, because its end
/// closes the connections.
public final class ServiceClient: Service {
  struct GetKey: Hashable, Sendable {
    let path: String
    let headers: [String]

    init(_ path: String, _ headers: HTTPHeaders) {
      self.path = path
      self.headers = headers.map { "\($0.name.lowercased()):\($0.value)" }.sorted()
    }
  }

  /// The other service's name.
  public let service: String
  private let resolver: any ServiceResolver
  let instances: ServiceInstances
  private let settings: Mutex<ServiceClientConfiguration>
  let connection: ServiceConnection
  let logger: Logger
  let breaker: Mutex<CircuitBreaker>
  let budget = Mutex(RetryBudget())
  private let bulkhead = Bulkhead()
  let staleResponses = StaleResponseCache()
  let metrics: ServiceClientMetrics
  private let coalescing: RequestCoalescing<GetKey, ServiceResponse>

  /// - Parameters:
  ///   - service: the name that `resolver` knows.
  ///   - resolver: ``run()`` runs it if it is a `Service`.
  ///   - credentials: sent as `Authorization` with calls that have none of their own.
  public init(
    service: String, resolver: any ServiceResolver, configuration: ServiceClientConfiguration = .init(),
    credentials: any Credentials, eventLoopGroup: any EventLoopGroup, logger: Logger
  ) {
    self.service = service
    self.resolver = resolver
    instances = ServiceInstances(service: service, resolver: resolver, logger: logger)
    settings = Mutex(configuration)
    self.logger = logger
    breaker = Mutex(CircuitBreaker(configuration.breaker))
    metrics = ServiceClientMetrics(service: service)
    coalescing = RequestCoalescing(on: EventLoopExecutor(eventLoopGroup.next()))
    var http = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(configuration.connectTimeout)),
      connectionPool: .init(
        idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: ServiceClientConfiguration.largestBulkhead))
    http.httpVersion = .http1Only
    // The pool's own connection retries would hide a refused connection until the deadline; retries are made here.
    http.connectionPool.retryConnectionEstablishment = false
    connection = ServiceConnection(
      service: service, credentials: credentials,
      http: HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: http))
  }

  /// Keeps the instances up to date until shutdown, then closes the connections.
  public func run() async throws {
    if let resolver = resolver as? any Service { try? await resolver.run() } else { try? await gracefulShutdown() }
    try await connection.http.shutdown()
  }

  /// The current limits.
  public var configuration: ServiceClientConfiguration { settings.withLock { $0 } }

  /// Changes the limits, from the next call on.
  public func configure(_ change: (inout ServiceClientConfiguration) -> Void) {
    settings.withLock { settings in
      change(&settings)
      let breaker = settings.breaker
      self.breaker.withLock { $0.configuration = breaker }
    }
  }

  /// The state of the circuit breaker; for health checks.
  public var breakerState: CircuitBreaker.State {
    breaker.withLock { $0.state }
  }

  /// The response to `GET path`, with any status below 500.
  /// - Throws: ``ServiceClientError``; `CancellationError`.
  public func get(_ path: String, headers: HTTPHeaders = [:]) async throws -> ServiceResponse {
    let deadline = CallDeadline(configuration.deadline)
    let work: @Sendable () async throws -> ServiceResponse = { [self] in
      var isShared = false
      let joined = {
        isShared = true
        self.metrics.coalesced.increment()
      }
      do {
        return try await coalescing.value(for: GetKey(path, headers), onShared: joined) { [self] in
          try await send(ServiceRequest(.GET, path, headers: headers))
        }
      } catch let error as ServiceClientError where isShared && error.code == .timedOut && deadline.remaining > .zero {
        // The first caller's deadline was earlier.
        return try await send(ServiceRequest(.GET, path, headers: headers))
      }
    }
    guard deadline.isInherited else { return try await work() }
    // The shared call may continue for callers with more time.
    do {
      return try await within(deadline.remaining, work)
    } catch is TimedOut {
      throw timedOut(deadline)
    }
  }

  /// The decoded response to `GET path`.
  /// - Throws: ``ServiceClientError``: `.status` for any status other than 2xx, `.undecodable`; `CancellationError`.
  public func get<T: Decodable>(_ path: String, as type: T.Type, headers: HTTPHeaders = [:]) async throws -> T {
    let response = try await get(path, headers: headers)
    guard response.isSuccess else { throw error(.status(response.status), "returned \(response.status) for GET \(path)") }
    do {
      guard response.body.readableBytes > Self.largeBody else { return try Self.decode(type, response.body) }
      // Off the event loop, so as not to delay other requests.
      return try await withTaskExecutorPreference(globalConcurrentExecutor) { try Self.decode(type, response.body) }
    } catch {
      throw self.error(.undecodable, "the response to GET \(path) is not a valid \(type): \(error)")
    }
  }

  /// Makes a call, and retries it within the deadline if the request is idempotent and the failure may be transient.
  /// - Returns: any status below 500.
  /// - Throws: ``ServiceClientError``; `CancellationError`.
  public func send(_ request: ServiceRequest) async throws -> ServiceResponse {
    let start = ContinuousClock.now
    let configuration = configuration
    let deadline = CallDeadline(configuration.deadline, from: start)
    guard bulkhead.enter(limit: configuration.bulkhead) else {
      metrics.rejected.increment()
      throw error(.bulkheadFull, "\(configuration.bulkhead) calls are in flight already", wasSent: false)
    }
    metrics.inFlight.increment()
    defer {
      bulkhead.leave()
      metrics.inFlight.decrement()
    }
    budget.withLock { $0.recordCall() }
    var attempt = 1
    var tried: [ServiceAddress] = []
    while true {
      do {
        let response = try await attemptOnce(request, until: deadline, &tried)
        metrics.succeeded.recordNanoseconds((ContinuousClock.now - start).wholeNanoseconds)
        return response
      } catch let error as ServiceClientError {
        guard let pause = pause(before: request, configuration.retry, after: attempt, error, deadline, &tried) else {
          metrics.failed.recordNanoseconds((ContinuousClock.now - start).wholeNanoseconds)
          throw error
        }
        metrics.retries.increment()
        logger.debug("A call is retried.", error: error, metadata: ["attempt": "\(attempt)", "pause": "\(pause)"])
        if pause > .zero { try await Task.sleep(for: pause) }
        attempt += 1
      }
    }
  }

  func timedOut(_ deadline: CallDeadline, wasSent: Bool = true) -> ServiceClientError {
    let limit = deadline.isInherited ? "the deadline of the request" : "\(configuration.deadline)"
    return error(.timedOut, "did not respond within \(limit)", wasSent: wasSent)
  }

  func error(_ code: ServiceClientError.Code, _ detail: String, wasSent: Bool = true) -> ServiceClientError {
    ServiceClientError(service: service, code: code, detail: detail, wasSent: wasSent)
  }

  private static func decode<T: Decodable>(_ type: T.Type, _ body: ByteBuffer) throws -> T {
    try decoder.decode(type, from: Data(body.readableBytesView))
  }

  /// Bodies above this size take much longer to decode than to switch threads.
  private static let largeBody = 64 * 1024
  private static let decoder = JSONDecoder()
}
