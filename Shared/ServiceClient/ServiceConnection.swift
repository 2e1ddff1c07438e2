import AsyncHTTPClient
import Auth
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceContextModule
import Telemetry

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Sends single requests to instances of one service, with credentials, trace and deadline.
struct ServiceConnection: Sendable {
  let service: String
  let credentials: any Credentials
  let http: HTTPClient

  /// Sends the request and reads the whole response.
  /// - Returns: any status below 500.
  /// - Throws: ``ServiceClientError``; ``TimedOut``, when there is no response within `limit`; `CancellationError`.
  func exchange(
    _ request: ServiceRequest, at address: ServiceAddress, within limit: Duration, bytes: Int
  ) async throws -> ServiceResponse {
    var headers = request.headers
    headers.replaceOrAdd(name: "Cache-Control", value: "no-store")
    let trace = ServiceContext.current?.trace?.child() ?? .root()
    headers.replaceOrAdd(name: "traceparent", value: trace.traceparent)
    let end = ContinuousClock.now + limit
    headers.replaceOrAdd(name: DeadlineHeader.name, value: DeadlineHeader.value(until: end))
    let response: ServiceResponse
    do {
      let outgoing = try HTTPClient.Request(
        url: address.url + request.path, method: request.method, headers: headers, body: request.body.map { .byteBuffer($0) })
      response = try await authorized(outgoing, until: end, bytes)
    } catch {
      throw try translated(error, bytes)
    }
    guard response.status < 500, response.status != 429 else {
      let seconds = response.headers.first(name: "Retry-After").flatMap { Int($0) }
      throw ServiceClientError(
        service: service, code: .status(response.status), detail: "returned \(response.status)",
        retryAfter: seconds.map { .seconds(max(0, $0)) })
    }
    return response
  }

  /// Sends a request with this service's credentials, unless it has its own; after a 401 it is resent once with a new token.
  private func authorized(
    _ request: HTTPClient.Request, until end: ContinuousClock.Instant, _ limit: Int
  ) async throws -> ServiceResponse {
    guard !request.headers.contains(name: "Authorization") else { return try await execute(request, until: end, limit) }
    guard let authorization = try await authorization(until: end) else { return try await execute(request, until: end, limit) }
    var request = request
    request.headers.add(name: "Authorization", value: authorization)
    let response = try await execute(request, until: end, limit)
    guard response.status == 401 else { return response }
    credentials.invalidate(authorization)
    if let other = try await self.authorization(until: end), other != authorization {
      request.headers.replaceOrAdd(name: "Authorization", value: other)
      let second = try await execute(request, until: end, limit)
      if second.status != 401 { return second }
    }
    // A 401 concerns this service's token and not the resource, so it is not returned as a response.
    throw error(.status(401), "rejected this service's token with 401")
  }

  private func authorization(until end: ContinuousClock.Instant) async throws -> String? {
    if let cached = credentials.cached { return cached }
    do {
      return try await within(end - .now) { try await credentials.authorization() }
    } catch {
      if Task.isCancelled { throw CancellationError() }
      throw self.error(.noCredentials, "can't be called without an access token: \(error)", wasSent: false)
    }
  }

  /// Uses the client's future-based API: the async one reads the body in pieces, with a task switch each, and its deadline covers
  /// only the head.
  private func execute(
    _ request: HTTPClient.Request, until end: ContinuousClock.Instant, _ limit: Int
  ) async throws -> ServiceResponse {
    let exchange = http.execute(
      request: request, delegate: ResponseAccumulator(request: request, maxBodySize: limit),
      deadline: .now() + TimeAmount(end - .now))
    return try await withTaskCancellationHandler {
      let response = try await exchange.get()
      return ServiceResponse(status: Int(response.status.code), headers: response.headers, body: response.body ?? ByteBuffer())
    } onCancel: {
      exchange.cancel()
    }
  }

  /// A ``ServiceClientError``, or ``TimedOut``.
  /// - Throws: `CancellationError`, if the caller gave up, which is no failure of the service.
  private func translated(_ error: any Error, _ limit: Int) throws -> any Error {
    switch error {
    case is ServiceClientError, is TimedOut: return error
    case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout: return TimedOut()
    case is ResponseAccumulator.ResponseTooBigError:
      return self.error(.responseTooLarge, "responded with more than \(limit) bytes")
    default:
      if Task.isCancelled || error is CancellationError { throw CancellationError() }
      return self.error(.connection, "can't be reached: \(error)", wasSent: !Self.isConnectFailure(error))
    }
  }

  /// Whether no connection was established, so that nothing can have been sent.
  private static func isConnectFailure(_ error: any Error) -> Bool {
    switch error {
    case is NIOConnectionError: true
    case let error as IOError: error.errnoCode == ECONNREFUSED
    case let error as HTTPClientError: error == .connectTimeout || error == .getConnectionFromPoolTimeout
    case let error as ChannelError: if case .connectTimeout = error { true } else { false }
    default: false
    }
  }

  private func error(_ code: ServiceClientError.Code, _ detail: String, wasSent: Bool = true) -> ServiceClientError {
    ServiceClientError(service: service, code: code, detail: detail, wasSent: wasSent)
  }
}
