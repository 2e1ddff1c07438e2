import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Telemetry
import Web

/// Asks services for the parts of a screen, in the caller's own name and with a deadline for each.
struct ScreenSources: Sendable {
  let upstreams: [String: Upstream]
  let policy: LivePolicy
  let logger: Logger

  /// The answer to `GET target` of a service.
  /// - Throws: 401 and 403 of the service, which are about the caller and not about a part.
  func get(_ service: String, _ target: String, as caller: Caller) async throws -> ScreenPart {
    guard let upstream = upstreams[service] else { return .unavailable }
    var headers: HTTPHeaders = [
      "X-Forwarded-For": caller.address.client, "Via": "1.1 \(ForwardedFields.pseudonym)",
      DeadlineHeader.name: DeadlineHeader.value(until: .now + policy.current.screenDeadline),
    ]
    if let authorization = caller.authorization { headers.add(name: "Authorization", value: authorization) }
    ForwardedFields.addOwn(to: &headers, id: RequestRecord.current?.id ?? RequestID(sent: nil))
    let call = UpstreamCall(method: .GET, target: target, headers: headers, body: .none)
    let limit = policy.current.screenDeadline
    do {
      return try await withThrowingTaskGroup(of: ScreenPart.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await answer(upstream, call, limit) }
        group.addTask {
          try await Task.sleep(for: limit)
          return .unavailable
        }
        return try await group.next() ?? .unavailable
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      logger.debug("part of a screen is away", error: error, metadata: ["service": "\(service)"])
      return .unavailable
    }
  }

  private func answer(_ upstream: Upstream, _ call: UpstreamCall, _ limit: Duration) async throws -> ScreenPart {
    let response = try await upstream.send(call, deadline: .now() + TimeAmount(limit))
    let body = try await response.body.collect(upTo: 1 << 20)
    switch response.status.code {
    case 200: return .document(body)
    case 404, 410: return .absent
    case 401: throw Problem.tokenInvalid
    case 403: throw Problem.forbidden("\(upstream.name) refuses this to the role that asks")
    case 400, 422: throw Problem.badRequest("invalid_request", "\(upstream.name) can't read a parameter of this request")
    default: return .unavailable
    }
  }
}
