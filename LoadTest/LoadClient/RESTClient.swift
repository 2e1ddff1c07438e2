import AsyncHTTPClient
public import NIOCore
public import NIOHTTP1
import NIOPosix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An HTTP client of one service.
///
/// A value over a shared connection pool; safe to use from many tasks.
public struct RESTClient: Sendable {
  /// `http://127.0.0.1:8101`, without a trailing slash.
  public let baseURL: String
  /// The interval between two polls.
  public let pause: Duration
  let connections: HTTPConnections

  /// - Parameter baseURL: scheme, host, port and path prefix; a trailing slash is removed.
  public init(baseURL: String, connections: HTTPConnections, pause: Duration = .milliseconds(1)) {
    self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.connections = connections
    self.pause = pause
  }

  /// Sends one request and reads the whole response, whatever its status.
  ///
  /// - Parameters:
  ///   - caller: whose access token is sent; `nil` for an anonymous request.
  ///   - isFresh: sends `Cache-Control: no-cache`.
  /// - Throws: `NoResponseError` when there was no complete response within `deadline`.
  public func call(
    _ method: HTTPMethod, _ path: String, as caller: UserSession?, json body: (any Encodable)? = nil,
    idempotencyKey: String? = nil, isFresh: Bool = false, deadline: Duration = .seconds(10)
  ) async throws -> RESTResponse {
    // A request that another run repeats with the same idempotency key must be equal byte for byte.
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let bytes = try body.map { ByteBuffer(bytes: try encoder.encode($0)) }
    return try await send(
      method, path, as: caller, body: bytes, idempotencyKey: idempotencyKey, isFresh: isFresh, deadline: deadline)
  }

  /// The same with an encoded JSON body.
  ///
  /// - Throws: `NoResponseError` when there was no complete response within `deadline`.
  public func send(
    _ method: HTTPMethod, _ path: String, as caller: UserSession?, body: ByteBuffer? = nil, idempotencyKey: String? = nil,
    isFresh: Bool = false, deadline: Duration = .seconds(10)
  ) async throws -> RESTResponse {
    var headers = HTTPHeaders()
    if let caller { headers.add(name: "Authorization", value: "Bearer \(try await caller.token())") }
    if isFresh { headers.add(name: "Cache-Control", value: "no-cache") }
    if let idempotencyKey {
      headers.add(name: "Idempotency-Key", value: idempotencyKey)
    }
    if body != nil { headers.add(name: "Content-Type", value: "application/json") }
    let sent = ContinuousClock.now
    do {
      let request = try HTTPClient.Request(
        url: baseURL + path, method: method, headers: headers, body: body.map { .byteBuffer($0) })
      // The client's future-based API costs less than its async sequences.
      let exchange = connections.client.execute(
        request: request, delegate: ResponseAccumulator(request: request, maxBodySize: 16 * 1024 * 1024),
        deadline: .now() + TimeAmount(deadline))
      let response = try await withTaskCancellationHandler {
        try await exchange.get()
      } onCancel: {
        exchange.cancel()
      }
      return RESTResponse(
        status: Int(response.status.code), headers: response.headers, body: response.body ?? ByteBuffer(), sent: sent,
        received: .now)
    } catch let error as HTTPClientError where error == .cancelled && Task.isCancelled {
      throw CancellationError()
    } catch let error where !(error is CancellationError) {
      throw noResponse(method, path, error)
    }
  }

  func noResponse(_ method: HTTPMethod, _ path: String, _ error: any Error) -> NoResponseError {
    NoResponseError(request: "\(method) \(baseURL)\(path)", reason: Self.reason(for: error))
  }

  private static func reason(for error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError: error.connectionErrors.first.map { reason(for: $0.error) } ?? "\(error)"
    case let error as IOError where error.errnoCode == ECONNREFUSED: "connection refused; is the service running?"
    case let error as HTTPClientError where [.deadlineExceeded, .readTimeout].contains(error): "deadline exceeded"
    case let error as HTTPClientError where error == .connectTimeout: "connect timeout"
    default: "\(error)"
    }
  }
}

/// There was no response, so the outcome of the request is unknown.
public struct NoResponseError: Error, CustomStringConvertible {
  public let request: String
  public let reason: String

  public var description: String {
    "\(request) had no response: \(reason)"
  }
}
