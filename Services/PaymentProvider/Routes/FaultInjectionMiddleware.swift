import Hummingbird
import NIOCore
import ServiceLifecycle
import Web

/// Delays calls, fails them or withholds their responses, by the fault profile in effect. A call that hangs holds nothing but its connection.
struct FaultInjectionMiddleware: RouterMiddleware {
  let control: FaultControl

  /// - Throws: 503 `network_error`, before or after the effect; 504 `no_answer`, if the client is still connected.
  func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    let fault = control.nextFault()
    let delay = control.profile.delayMilliseconds
    if delay > 0 { try await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(delay)) } }
    if fault == .errorBefore { throw Problem.networkError }
    let response = try await next(request, context)
    switch fault {
    case .errorAfter: throw Problem.networkError
    case .hang: throw await request.hang()
    case .none, .errorBefore: return response
    }
  }
}

extension Request {
  /// Returns after `limit`, or once the client disconnects or the service shuts down.
  ///
  /// - Returns: the response for a client that is still connected; it closes the connection.
  func hang(for limit: Duration = .seconds(30)) async -> Problem {
    // The body was read before. An empty one takes its place, so that the closing of the connection can be observed.
    var request = self
    request.body = RequestBody(buffer: ByteBuffer())
    // The error is ignored: a disconnect or a shutdown ends the wait by an error.
    try? await request.body.consumeWithCancellationOnInboundClose { _ in
      try await cancelWhenGracefulShutdown { try await Task.sleep(for: limit) }
    }
    return .noResponse
  }
}

extension Problem {
  fileprivate static let networkError = Problem(
    .serviceUnavailable, code: "network_error",
    detail: "the operation failed and may have been executed: query it by reference, or retry with the same key")

  fileprivate static let noResponse = Problem(
    .gatewayTimeout, code: "no_answer", detail: "the network did not respond in time", headers: [.connection: "close"])
}
