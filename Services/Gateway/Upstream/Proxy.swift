import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Telemetry
import Web

/// Passes a request on to its service, and the answer back; both ways as a stream where they are not small.
struct Proxy: Sendable {
  /// Bytes of a request's body that is taken whole, so that it can be sent again.
  static let buffered = 16 * 1024
  /// Bytes of an answer's body that is taken whole: one write in place of several.
  static let bufferedAnswer = 256 * 1024

  let upstreams: [String: Upstream]
  let shared: PublicResponseCache
  let limits: ConcurrencyLimit
  let policy: LivePolicy
  let maximumBody: Int
  let log: AccessLog

  /// - Throws: ``Problem``, ``UpstreamFailure``.
  func forward(
    _ request: Request, _ match: RouteMatch, _ caller: Caller, _ context: ServiceRequestContext
  ) async throws -> Response {
    guard let upstream = upstreams[match.service] else { throw UpstreamFailure(service: match.service, reason: .unreachable) }
    let id = RequestRecord.current?.id ?? RequestID(sent: nil)
    // No place is held while a client takes its time.
    let body = try await body(of: request)
    let place = try limits.enter(for: body, isLongLived: match.isLongLived, of: caller)
    var call = UpstreamCall(
      method: HTTPMethod(request.method), target: match.target,
      headers: ForwardedFields.toService(request, from: caller, id: id), body: body, isLongLived: match.isLongLived,
      isIdempotent: match.isIdempotent)
    guard !match.isLongLived else {
      return try await exchange(call, upstream, request, context, holding: place).response
    }
    defer { place.leave() }
    // A cache asks for the page itself, whatever this client has of it.
    guard match.access == .public, shared.mayAnswer(request) else {
      return try await exchange(call, upstream, request, context, holding: nil).response
    }
    call.headers.remove(name: "If-None-Match")
    call.headers.remove(name: "If-Modified-Since")
    return try await shared.response(to: request) { [call] in
      try await self.exchange(call, upstream, request, context, holding: nil)
    }
  }

  private func exchange(
    _ call: UpstreamCall, _ upstream: Upstream, _ request: Request, _ context: ServiceRequestContext,
    holding stream: ConcurrencyLimit.Permit?
  ) async throws -> UpstreamResponse {
    let policy = policy.current
    let deadline = NIODeadline.now() + TimeAmount(call.isLongLived ? policy.patientDeadline : policy.deadline)
    var call = call
    // A service needn't go on for longer than anybody waits.
    if !call.isLongLived {
      call.headers.add(name: DeadlineHeader.name, value: DeadlineHeader.value(until: .now + policy.deadline))
    }
    let answer: HTTPClientResponse
    do {
      answer = try await upstream.send(call, deadline: deadline)
    } catch let error as HTTPClientError where error == .deadlineExceeded {
      throw Problem.bodyTooSlow
    }
    return try await relay(answer, of: upstream.name, to: request, context, holding: stream)
  }

  /// The request's body: whole if it is small, which also keeps slow clients away from services.
  private func body(of request: Request) async throws -> UpstreamCall.Body {
    if request.headers.contains(.transferEncoding) { return .stream(BodyPump(request.body, limit: maximumBody), length: nil) }
    guard let length = request.headers[.contentLength].flatMap({ Int($0) }), length > 0 else { return .none }
    guard length <= Self.buffered else {
      return .stream(BodyPump(request.body, limit: maximumBody), length: Int64(length))
    }
    let limit = policy.current.bodyDeadline
    return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await request.body.collect(upTo: length) }
      group.addTask {
        try await Task.sleep(for: limit)
        throw Problem.bodyTooSlow
      }
      guard let bytes = try await group.next() else { throw CancellationError() }
      guard bytes.readableBytes == length else { throw Problem.malformedRequest }
      return .whole(bytes)
    }
  }
}

extension HTTPMethod {
  init(_ method: HTTPRequest.Method) {
    self = HTTPMethod(rawValue: method.rawValue)
  }
}
