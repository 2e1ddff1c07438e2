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

/// Calls one other service: with a deadline, a bounded number of tries within a budget, the instance that has least to do, a circuit breaker,
/// a bulkhead, and one upstream call for identical GETs that are asked at the same time.
///
/// A deadline that stands in the `ServiceContext` holds here too, and what is left of it goes out as `X-Request-Deadline-Ms`.
/// Every call says who calls (`Authorization`), carries the trace, and forbids caches to answer (`Cache-Control: no-store`). May be used from any
/// task; `run()` must be running somewhere, for its end gives the connections back.
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
  let memory = StaleResponseCache()
  let metrics: ServiceClientMetrics
  private let flights: RequestCoalescing<GetKey, ServiceResponse>

  /// - Parameters:
  ///   - service: the name that `resolver` knows.
  ///   - resolver: is run by ``run()`` if it is a `Service`.
  ///   - credentials: what is sent as `Authorization` with calls that have none of their own.
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
    flights = RequestCoalescing(on: EventLoopExecutor(eventLoopGroup.next()))
    var http = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(configuration.connectTimeout)),
      connectionPool: .init(
        idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: ServiceClientConfiguration.largestBulkhead))
    http.httpVersion = .http1Only
    // The breaker and the tries here decide how long to go on; the pool's own retries would hide a refused connection until the deadline.
    http.connectionPool.retryConnectionEstablishment = false
    connection = ServiceConnection(
      service: service, credentials: credentials,
      http: HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: http))
  }

  /// Keeps up with the instances until the end of the process, then closes the connections.
  public func run() async throws {
    if let resolver = resolver as? any Service { try? await resolver.run() } else { try? await gracefulShutdown() }
    try await connection.http.shutdown()
  }

  /// How patient it is.
  public var configuration: ServiceClientConfiguration { settings.withLock { $0 } }

  /// Changes how patient it is, from the next call on.
  public func configure(_ change: (inout ServiceClientConfiguration) -> Void) {
    settings.withLock { settings in
      change(&settings)
      let breaker = settings.breaker
      self.breaker.withLock { $0.configuration = breaker }
    }
  }

  /// Whether calls pass at the moment; for health checks.
  public var breakerState: CircuitBreaker.State {
    breaker.withLock { $0.state }
  }

  /// The answer to `GET path`, whatever its status is below 500.
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
        return try await flights.value(for: GetKey(path, headers), onShared: joined) { [self] in
          try await send(ServiceRequest(.GET, path, headers: headers))
        }
      } catch let error as ServiceClientError where isShared && error.code == .timedOut && deadline.remaining > .zero {
        // Whoever asked first had less time.
        return try await send(ServiceRequest(.GET, path, headers: headers))
      }
    }
    guard deadline.isCallers else { return try await work() }
    // The shared call may go on for those who have more time.
    do {
      return try await within(deadline.remaining, work)
    } catch is TimedOut {
      throw timedOut(deadline)
    }
  }

  /// The decoded answer to `GET path`.
  /// - Throws: ``ServiceClientError``: `.status` for whatever is not 2xx, `.undecodable`; `CancellationError`.
  public func get<T: Decodable>(_ path: String, as type: T.Type, headers: HTTPHeaders = [:]) async throws -> T {
    let response = try await get(path, headers: headers)
    guard response.isSuccess else { throw error(.status(response.status), "answered \(response.status) to GET \(path)") }
    do {
      guard response.body.readableBytes > Self.largeBody else { return try Self.decode(type, response.body) }
      // Not on the event loop that everybody else's requests are on.
      return try await withTaskExecutorPreference(globalConcurrentExecutor) { try Self.decode(type, response.body) }
    } catch {
      throw self.error(.undecodable, "answered GET \(path) with something else than \(type): \(error)")
    }
  }

  /// Makes a call, again if that can do no harm and the failure may pass, within the deadline.
  /// - Returns: any status below 500.
  /// - Throws: ``ServiceClientError``; `CancellationError`.
  public func send(_ request: ServiceRequest) async throws -> ServiceResponse {
    let start = ContinuousClock.now
    let configuration = configuration
    let deadline = CallDeadline(configuration.deadline, from: start)
    guard bulkhead.enter(limit: configuration.bulkhead) else {
      metrics.rejected.increment()
      throw error(.bulkheadFull, "\(configuration.bulkhead) calls are under way already", wasSent: false)
    }
    metrics.inFlight.increment()
    defer {
      bulkhead.leave()
      metrics.inFlight.decrement()
    }
    budget.withLock { $0.noteCall() }
    var attempt = 1
    var tried: [ServiceAddress] = []
    while true {
      do {
        let response = try await attemptOnce(request, until: deadline, &tried)
        metrics.succeeded.recordNanoseconds(Self.nanoseconds(ContinuousClock.now - start))
        return response
      } catch let error as ServiceClientError {
        guard let pause = pause(before: request, again: configuration.retry, attempt, error, deadline, &tried) else {
          metrics.failed.recordNanoseconds(Self.nanoseconds(ContinuousClock.now - start))
          throw error
        }
        metrics.retries.increment()
        logger.debug("trying again", error: error, metadata: ["attempt": "\(attempt)", "pause": "\(pause)"])
        if pause > .zero { try await Task.sleep(for: pause) }
        attempt += 1
      }
    }
  }

  func timedOut(_ deadline: CallDeadline, wasSent: Bool = true) -> ServiceClientError {
    let limit = deadline.isCallers ? "the time that the caller gave" : "\(configuration.deadline)"
    return error(.timedOut, "gave no answer within \(limit)", wasSent: wasSent)
  }

  func error(_ code: ServiceClientError.Code, _ detail: String, wasSent: Bool = true) -> ServiceClientError {
    ServiceClientError(service: service, code: code, detail: detail, wasSent: wasSent)
  }

  private static func nanoseconds(_ duration: Duration) -> Int64 {
    duration.wholeNanoseconds
  }

  private static func decode<T: Decodable>(_ type: T.Type, _ body: ByteBuffer) throws -> T {
    try decoder.decode(type, from: Data(body.readableBytesView))
  }

  /// From where on reading a body takes longer than a change of threads, by far.
  private static let largeBody = 64 * 1024
  private static let decoder = JSONDecoder()
}
