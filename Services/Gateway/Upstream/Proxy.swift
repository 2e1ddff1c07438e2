import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Telemetry
import Web

/// Forwards a request to its service and the response to the client. Small bodies are buffered, others streamed in both
/// directions.
struct Proxy: Sendable {
  /// A response body up to this size, in bytes, is buffered and sent in one write.
  static let bufferedResponse = 256 * 1024

  let upstreams: [String: Upstream]
  let publicCache: PublicResponseCache
  let limits: ConcurrencyLimit
  let policy: LivePolicy
  let bodyLimit: RequestBodyLimit
  let log: AccessLog

  /// - Throws: ``Problem``, ``UpstreamFailure``.
  func forward(
    _ request: Request, _ match: RouteMatch, _ caller: Caller, _ context: ServiceRequestContext
  ) async throws -> Response {
    guard let upstream = upstreams[match.service] else { throw UpstreamFailure(service: match.service, reason: .unreachable) }
    let id = RequestRecord.current?.id ?? RequestID(received: nil)
    // Read before a permit is acquired, so that slow clients hold none.
    let body = try await body(of: request)
    let permit = try limits.acquire(kind(of: match, body, caller))
    var call = UpstreamCall(
      method: HTTPMethod(request.method), target: match.target,
      headers: ForwardedFields.toService(request, from: caller, id: id), body: body, isLongLived: match.isLongLived,
      isIdempotent: match.isIdempotent)
    guard !match.isLongLived else {
      return try await exchange(call, upstream, request, context, holding: permit).response
    }
    defer { permit.release() }
    guard match.access == .public, publicCache.isEligible(request) else {
      return try await exchange(call, upstream, request, context, holding: nil).response
    }
    // The cache needs the full response; it evaluates the client's condition itself.
    call.headers.remove(name: "If-None-Match")
    call.headers.remove(name: "If-Modified-Since")
    return try await publicCache.response(to: request) { [call] in
      try await self.exchange(call, upstream, request, context, holding: nil)
    }
  }

  private func kind(of match: RouteMatch, _ body: UpstreamCall.Body, _ caller: Caller) -> ConcurrencyLimit.Kind {
    guard !match.isLongLived else { return .longLived(caller.key) }
    return if case .stream = body { .upload } else { .short }
  }

  private func exchange(
    _ call: UpstreamCall, _ upstream: Upstream, _ request: Request, _ context: ServiceRequestContext,
    holding permit: ConcurrencyLimit.Permit?
  ) async throws -> UpstreamResponse {
    let policy = policy.current
    let deadline = NIODeadline.now() + TimeAmount(call.isLongLived ? policy.longLivedDeadline : policy.deadline)
    var call = call
    if !call.isLongLived {
      call.headers.add(name: DeadlineHeader.name, value: DeadlineHeader.value(until: .now + policy.deadline))
    }
    let response: HTTPClientResponse
    do {
      response = try await upstream.send(call, deadline: deadline)
    } catch let error as HTTPClientError where error == .deadlineExceeded {
      throw Problem.bodyTooSlow
    }
    return try await relay(response, of: upstream.name, to: request, context, holding: permit)
  }

  /// The request's body: buffered if it is small, which also keeps slow clients from occupying services.
  private func body(of request: Request) async throws -> UpstreamCall.Body {
    if request.headers.contains(.transferEncoding) {
      return .stream(BodyPump(request.body, limit: bodyLimit.maximum), length: nil)
    }
    guard let length = request.headers[.contentLength].flatMap({ Int($0) }), length > 0 else { return .none }
    guard length <= bodyLimit.buffered else {
      return .stream(BodyPump(request.body, limit: bodyLimit.maximum), length: Int64(length))
    }
    let timeout = policy.current.bodyDeadline
    return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await request.body.collect(upTo: length) }
      group.addTask {
        try await Task.sleep(for: timeout)
        throw Problem.bodyTooSlow
      }
      guard let bytes = try await group.next() else { throw CancellationError() }
      guard bytes.readableBytes == length else { throw Problem.malformedRequest }
      return .buffered(bytes)
    }
  }
}

extension HTTPMethod {
  init(_ method: HTTPRequest.Method) {
    self = HTTPMethod(rawValue: method.rawValue)
  }
}

extension Problem {
  /// 408 `request_timeout`: the body was not received in time.
  fileprivate static let bodyTooSlow = Problem(
    .requestTimeout, code: "request_timeout", detail: "the body was not received in time", headers: [.connection: "close"])
}
