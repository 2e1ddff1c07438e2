import AsyncHTTPClient
public import Auth
public import Logging
import Metrics
public import NIOCore
public import NIOHTTP1
public import ServiceLifecycle
import ServiceContextModule
import Synchronization
import Telemetry

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Calls one other service: with a deadline, a bounded number of tries, a circuit breaker, a bulkhead, and one upstream call for identical
/// GETs that are asked at the same time.
///
/// Every call says who calls (`Authorization`), carries the trace, and forbids caches to answer (`Cache-Control: no-store`). May be used from any
/// task; `run()` must be running somewhere, for its end gives the connections back.
public final class ServiceClient: Service {
  private struct GetKey: Hashable, Sendable {
    let path: String
    let headers: [String]
  }

  /// The other service's name.
  public let service: String
  private let resolver: any ServiceResolver
  private let configuration: ServiceClientConfiguration
  private let credentials: any Credentials
  private let http: HTTPClient
  private let logger: Logger
  private let breaker: Mutex<CircuitBreaker>
  private let bulkhead: Bulkhead
  private let metrics: ServiceClientMetrics
  private let flights = RequestCoalescing<GetKey, ServiceResponse>()

  /// - Parameters:
  ///   - service: the name that `resolver` knows.
  ///   - credentials: what is sent as `Authorization` with calls that have none of their own.
  public init(
    service: String, resolver: any ServiceResolver, configuration: ServiceClientConfiguration = .init(),
    credentials: any Credentials, eventLoopGroup: any EventLoopGroup, logger: Logger
  ) {
    self.service = service
    self.resolver = resolver
    self.configuration = configuration
    self.credentials = credentials
    self.logger = logger
    breaker = Mutex(CircuitBreaker(configuration.breaker))
    bulkhead = Bulkhead(limit: configuration.bulkhead)
    metrics = ServiceClientMetrics(service: service)
    var http = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(configuration.connectTimeout)),
      connectionPool: .init(
        idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: configuration.bulkhead))
    http.httpVersion = .http1Only
    // The breaker and the tries here decide how long to go on; the pool's own retries would hide a refused connection until the deadline.
    http.connectionPool.retryConnectionEstablishment = false
    self.http = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: http)
  }

  /// Waits for the end of the process, then closes the connections.
  public func run() async throws {
    try? await gracefulShutdown()
    try await http.shutdown()
  }

  /// Whether calls pass at the moment; for health checks.
  public var breakerState: CircuitBreaker.State {
    breaker.withLock { $0.state }
  }

  /// The answer to `GET path`, whatever its status is below 500.
  /// - Throws: ``ServiceClientError``; `CancellationError`.
  public func get(_ path: String, headers: HTTPHeaders = [:]) async throws -> ServiceResponse {
    let key = GetKey(path: path, headers: headers.map { "\($0.name.lowercased()):\($0.value)" }.sorted())
    return try await flights.value(for: key, onShared: { metrics.coalesced.increment() }) { [self] in
      try await send(ServiceRequest(.GET, path, headers: headers))
    }
  }

  /// The decoded answer to `GET path`.
  /// - Throws: ``ServiceClientError``: `.status` for whatever is not 2xx, `.undecodable`; `CancellationError`.
  public func get<T: Decodable>(_ path: String, as type: T.Type, headers: HTTPHeaders = [:]) async throws -> T {
    let response = try await get(path, headers: headers)
    guard response.isSuccess else { throw error(.status(response.status), "answered \(response.status) to GET \(path)") }
    do {
      return try Self.decoder.decode(type, from: Data(response.body.readableBytesView))
    } catch {
      throw self.error(.undecodable, "answered GET \(path) with something else than \(type): \(error)")
    }
  }

  /// Makes a call, again if that can do no harm and the failure may pass, within the deadline.
  /// - Returns: any status below 500.
  /// - Throws: ``ServiceClientError``; `CancellationError`.
  public func send(_ request: ServiceRequest) async throws -> ServiceResponse {
    let start = ContinuousClock.now
    guard bulkhead.enter() else {
      metrics.rejected.increment()
      throw error(.bulkheadFull, "\(configuration.bulkhead) calls are under way already")
    }
    defer { bulkhead.leave() }
    var attempt = 1
    while true {
      do {
        let response = try await attemptOnce(request, until: start + configuration.deadline)
        metrics.succeeded.recordNanoseconds(Self.nanoseconds(ContinuousClock.now - start))
        return response
      } catch let error as ServiceClientError {
        let remaining = configuration.deadline - (ContinuousClock.now - start)
        guard request.isIdempotent,
          let pause = configuration.retry.pause(afterAttempt: attempt, error: error, remaining: remaining)
        else {
          metrics.failed.recordNanoseconds(Self.nanoseconds(ContinuousClock.now - start))
          throw error
        }
        metrics.retries.increment()
        logger.debug("trying again", error: error, metadata: ["attempt": "\(attempt)", "pause": "\(pause)"])
        try await Task.sleep(for: pause)
        attempt += 1
      }
    }
  }

  /// One try, judged by the breaker.
  private func attemptOnce(_ request: ServiceRequest, until deadline: ContinuousClock.Instant) async throws -> ServiceResponse {
    let admission = withBreaker { $0.admit(at: .now) }
    guard case .admitted(let ticket) = admission else {
      metrics.rejected.increment()
      throw error(.breakerOpen, "failed lately and is not asked for a moment")
    }
    do {
      let response = try await exchange(request, until: deadline)
      withBreaker { $0.record(.success, for: ticket, at: .now) }
      return response
    } catch let error as ServiceClientError {
      // An answer that is too large, or a name that isn't known, is no sign of illness.
      // Nor is it one of the service that we have nothing to show to it.
      let outcome: CircuitBreaker.Outcome =
        error.code == .noCredentials ? .abandoned : error.isUnavailability ? .failure : .success
      withBreaker { $0.record(outcome, for: ticket, at: .now) }
      throw error
    } catch {
      withBreaker { $0.record(.abandoned, for: ticket, at: .now) }
      throw error
    }
  }

  private func withBreaker<Result: Sendable>(_ body: (inout CircuitBreaker) -> Result) -> Result {
    let (result, before, after) = breaker.withLock { breaker in
      let before = breaker.state
      let result = body(&breaker)
      return (result, before, breaker.state)
    }
    if before != after {
      metrics.show(after)
      if after == .open { logger.warning("circuit breaker opened", metadata: ["service": "\(service)"]) }
    }
    return result
  }

  /// Sends the request and reads the whole answer.
  private func exchange(_ request: ServiceRequest, until deadline: ContinuousClock.Instant) async throws -> ServiceResponse {
    let address = try await resolver.address(of: service)
    var outgoing = HTTPClientRequest(url: address.url + request.path)
    outgoing.method = request.method
    outgoing.headers = request.headers
    outgoing.headers.replaceOrAdd(name: "Cache-Control", value: "no-store")
    let trace = ServiceContext.current?.trace?.child() ?? .root()
    outgoing.headers.replaceOrAdd(name: "traceparent", value: trace.traceparent)
    if let body = request.body { outgoing.body = .bytes(body) }
    let remaining = deadline - .now
    guard remaining > .zero else { throw error(.timedOut, "gave no answer within \(configuration.deadline)") }
    let response: ServiceResponse
    do {
      response = try await Self.within(remaining) { [self, outgoing] in
        try await authorized(outgoing, timeout: TimeAmount(remaining))
      }
    } catch {
      throw try translated(error)
    }
    guard response.status < 500, response.status != 429 else {
      let seconds = response.headers.first(name: "Retry-After").flatMap { Int($0) }
      throw ServiceClientError(
        service: service, code: .status(response.status), detail: "answered \(response.status)",
        retryAfter: seconds.map { .seconds(max(0, $0)) })
    }
    return response
  }

  /// Sends a request with our credentials, unless it has its own; after a 401 once more with new ones: nothing was done then.
  private func authorized(_ request: HTTPClientRequest, timeout: TimeAmount) async throws -> ServiceResponse {
    guard !request.headers.contains(name: "Authorization") else { return try await execute(request, timeout) }
    guard let authorization = try await authorization() else { return try await execute(request, timeout) }
    var request = request
    request.headers.add(name: "Authorization", value: authorization)
    let response = try await execute(request, timeout)
    guard response.status == 401 else { return response }
    credentials.refuse(authorization)
    if let other = try await self.authorization(), other != authorization {
      request.headers.replaceOrAdd(name: "Authorization", value: other)
      let second = try await execute(request, timeout)
      if second.status != 401 { return second }
    }
    // No answer to what was asked, which may well be there.
    throw error(.status(401), "answered 401 to our own token")
  }

  private func authorization() async throws -> String? {
    do {
      return try await credentials.authorization()
    } catch {
      throw self.error(.noCredentials, "can't be asked, for there is no token of our own: \(error)")
    }
  }

  private func execute(_ request: HTTPClientRequest, _ timeout: TimeAmount) async throws -> ServiceResponse {
    let answer = try await http.execute(request, timeout: timeout)
    let body = try await answer.body.collect(upTo: configuration.maximumResponseBytes)
    return ServiceResponse(status: Int(answer.status.code), headers: answer.headers, body: body)
  }

  /// - Throws: `CancellationError`, if the caller gave up; that is no failure of the service.
  private func translated(_ error: any Error) throws -> ServiceClientError {
    switch error {
    case let error as ServiceClientError: return error
    case is TimedOut: return self.error(.timedOut, "gave no answer within \(configuration.deadline)")
    case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
      return self.error(.timedOut, "gave no answer within \(configuration.deadline)")
    case is NIOTooManyBytesError:
      return self.error(.responseTooLarge, "answered with more than \(configuration.maximumResponseBytes) bytes")
    default:
      if Task.isCancelled || error is CancellationError { throw CancellationError() }
      return self.error(.connection, "can't be reached: \(error)")
    }
  }

  private func error(_ code: ServiceClientError.Code, _ detail: String) -> ServiceClientError {
    ServiceClientError(service: service, code: code, detail: detail)
  }

  private static func within<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
      defer { group.cancelAll() }
      group.addTask(operation: body)
      group.addTask {
        try await Task.sleep(for: limit)
        throw TimedOut()
      }
      guard let value = try await group.next() else { throw CancellationError() }
      return value
    }
  }

  private static func nanoseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
  }

  private static let decoder = JSONDecoder()
}

private struct TimedOut: Error {}
