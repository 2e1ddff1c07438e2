import Hummingbird
import NIOCore
import ServiceLifecycle
import Web

/// Makes calls slow, fail or stay without an answer, as the behaviour in force says; nothing is held meanwhile but the
/// connection.
struct FaultInjectionMiddleware: RouterMiddleware {
  let control: FaultControl

  /// - Throws: 503 `network_error`, before or after the effect; 504 `no_answer`, if anybody still listens.
  func handle(
    _ request: Request, context: ServiceRequestContext,
    next: (Request, ServiceRequestContext) async throws -> Response
  ) async throws -> Response {
    let fate = control.nextFate()
    let delay = control.behaviour.delayMilliseconds
    if delay > 0 { try await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(delay)) } }
    if fate == .failedBefore { throw Problem.networkError }
    let response = try await next(request, context)
    switch fate {
    case .failedAfter: throw Problem.networkError
    case .unanswered: throw await request.silence()
    case .wellDone, .failedBefore: return response
    }
  }
}

extension Request {
  /// Gives no answer for half a minute, or until the caller goes or the service stops.
  ///
  /// - Returns: what to say to a caller who has waited for so long; the connection ends with it.
  func silence(for limit: Duration = .seconds(30)) async -> Problem {
    // The body has been read. In its place stands an empty one, behind which the connection's own end is watched for.
    var request = self
    request.body = RequestBody(buffer: ByteBuffer())
    // Ending early by an error is what it is for.
    try? await request.body.consumeWithCancellationOnInboundClose { _ in
      try await cancelWhenGracefulShutdown { try await Task.sleep(for: limit) }
    }
    return .noAnswer
  }
}

extension Problem {
  fileprivate static let networkError = Problem(
    .serviceUnavailable, code: "network_error",
    detail:
      "the network failed; what was asked for may have been done, or not: ask by reference, or send it again with the same key")

  fileprivate static let noAnswer = Problem(
    .gatewayTimeout, code: "no_answer", detail: "the network gave no answer in time", headers: [.connection: "close"])
}
