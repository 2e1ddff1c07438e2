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

/// Sends single requests to instances of one service, with what every request carries: our credentials, the trace, the time that is left.
struct ServiceConnection: Sendable {
  let service: String
  let credentials: any Credentials
  let http: HTTPClient

  /// Sends the request and reads the whole answer.
  /// - Returns: any status below 500.
  /// - Throws: ``ServiceClientError``; ``TimedOut``, when there is no answer within `limit`; `CancellationError`.
  func exchange(
    _ request: ServiceRequest, at address: ServiceAddress, within limit: Duration, bytes: Int
  ) async throws -> ServiceResponse {
    var outgoing = HTTPClientRequest(url: address.url + request.path)
    outgoing.method = request.method
    outgoing.headers = request.headers
    outgoing.headers.replaceOrAdd(name: "Cache-Control", value: "no-store")
    let trace = ServiceContext.current?.trace?.child() ?? .root()
    outgoing.headers.replaceOrAdd(name: "traceparent", value: trace.traceparent)
    outgoing.headers.replaceOrAdd(name: DeadlineHeader.name, value: DeadlineHeader.value(until: .now + limit))
    if let body = request.body { outgoing.body = .bytes(body) }
    let response: ServiceResponse
    do {
      response = try await within(limit) { [outgoing] in
        try await authorized(outgoing, timeout: TimeAmount(limit), bytes)
      }
    } catch {
      throw try translated(error, bytes)
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
  private func authorized(_ request: HTTPClientRequest, timeout: TimeAmount, _ limit: Int) async throws -> ServiceResponse {
    guard !request.headers.contains(name: "Authorization") else { return try await execute(request, timeout, limit) }
    guard let authorization = try await authorization() else { return try await execute(request, timeout, limit) }
    var request = request
    request.headers.add(name: "Authorization", value: authorization)
    let response = try await execute(request, timeout, limit)
    guard response.status == 401 else { return response }
    credentials.refuse(authorization)
    if let other = try await self.authorization(), other != authorization {
      request.headers.replaceOrAdd(name: "Authorization", value: other)
      let second = try await execute(request, timeout, limit)
      if second.status != 401 { return second }
    }
    // No answer to what was asked, which may well be there.
    throw error(.status(401), "answered 401 to our own token")
  }

  private func authorization() async throws -> String? {
    do {
      return try await credentials.authorization()
    } catch {
      throw self.error(.noCredentials, "can't be asked, for there is no token of our own: \(error)", wasSent: false)
    }
  }

  private func execute(_ request: HTTPClientRequest, _ timeout: TimeAmount, _ limit: Int) async throws -> ServiceResponse {
    let answer = try await http.execute(request, timeout: timeout)
    let body = try await answer.body.collect(upTo: limit)
    return ServiceResponse(status: Int(answer.status.code), headers: answer.headers, body: body)
  }

  /// A ``ServiceClientError``, or ``TimedOut``.
  /// - Throws: `CancellationError`, if the caller gave up; that is no failure of the service.
  private func translated(_ error: any Error, _ limit: Int) throws -> any Error {
    switch error {
    case is ServiceClientError, is TimedOut: return error
    case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout: return TimedOut()
    case is NIOTooManyBytesError: return self.error(.responseTooLarge, "answered with more than \(limit) bytes")
    default:
      if Task.isCancelled || error is CancellationError { throw CancellationError() }
      return self.error(.connection, "can't be reached: \(error)", wasSent: !Self.isRefusal(error))
    }
  }

  /// Whether there was no connection to send anything by.
  private static func isRefusal(_ error: any Error) -> Bool {
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
