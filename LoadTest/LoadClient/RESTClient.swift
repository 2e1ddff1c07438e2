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

/// Calls one service as a program outside of the system does: by REST, over kept-alive connections.
///
/// A value over a shared HTTP client: it may be used from many tasks at once.
public struct RESTClient: Sendable {
  /// `http://127.0.0.1:8101`, without a slash at the end.
  public let baseURL: String
  /// Between two looks at something that is waited for.
  public let pause: Duration
  let connections: HTTPConnections

  /// - Parameter baseURL: scheme, host, port and what the paths begin with; a slash at the end is left off.
  public init(baseURL: String, connections: HTTPConnections, pause: Duration = .milliseconds(1)) {
    self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.connections = connections
    self.pause = pause
  }

  /// Sends one request and reads its whole answer, whatever its status.
  ///
  /// - Parameters:
  ///   - caller: whose token goes with it; `nil` for nobody's.
  ///   - isFresh: no cache on the way shall answer.
  /// - Throws: `UnansweredError` when there was no complete answer within `deadline`.
  public func call(
    _ method: HTTPMethod, _ path: String, as caller: Person?, json body: (any Encodable)? = nil,
    idempotencyKey: String? = nil, isFresh: Bool = false, deadline: Duration = .seconds(10)
  ) async throws -> Answer {
    // A request that is sent again in another run must be the same, byte for byte, under its idempotency key.
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let bytes = try body.map { ByteBuffer(bytes: try encoder.encode($0)) }
    return try await send(
      method, path, as: caller, body: bytes, idempotencyKey: idempotencyKey, isFresh: isFresh, deadline: deadline)
  }

  /// The same with a body that is JSON already.
  ///
  /// - Throws: `UnansweredError` when there was no complete answer within `deadline`.
  public func send(
    _ method: HTTPMethod, _ path: String, as caller: Person?, body: ByteBuffer? = nil, idempotencyKey: String? = nil,
    isFresh: Bool = false, deadline: Duration = .seconds(10)
  ) async throws -> Answer {
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
      // The client's futures cost a load test less than its sequences do.
      let exchange = connections.client.execute(
        request: request, delegate: ResponseAccumulator(request: request, maxBodySize: 16 * 1024 * 1024),
        deadline: .now() + TimeAmount(deadline))
      let response = try await withTaskCancellationHandler {
        try await exchange.get()
      } onCancel: {
        exchange.cancel()
      }
      return Answer(
        status: Int(response.status.code), headers: response.headers, body: response.body ?? ByteBuffer(), sent: sent,
        received: .now)
    } catch let error as HTTPClientError where error == .cancelled && Task.isCancelled {
      throw CancellationError()
    } catch let error where !(error is CancellationError) {
      throw unanswered(method, path, error)
    }
  }

  func unanswered(_ method: HTTPMethod, _ path: String, _ error: any Error) -> UnansweredError {
    UnansweredError(request: "\(method) \(baseURL)\(path)", reason: Self.reason(for: error))
  }

  private static func reason(for error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError: error.connectionErrors.first.map { reason(for: $0.error) } ?? "\(error)"
    case let error as IOError where error.errnoCode == ECONNREFUSED: "connection refused; does the service run?"
    case let error as HTTPClientError where [.deadlineExceeded, .readTimeout].contains(error): "it took too long"
    case let error as HTTPClientError where error == .connectTimeout: "no connection in time"
    default: "\(error)"
    }
  }
}

/// There was no answer to a request, so it isn't known whether it was carried out.
public struct UnansweredError: Error, CustomStringConvertible {
  public let request: String
  public let reason: String

  public var description: String {
    "\(request) was not answered: \(reason)"
  }
}
