import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Telemetry
import Web

/// Asks services for the parts of a board, in the caller's own name and with a deadline for each.
struct BoardSources: Sendable {
  let upstreams: [String: Upstream]
  let policy: LivePolicy
  let logger: Logger

  /// The answer to `GET target` of a service.
  /// - Throws: 401 and 403 of the service, which are about the caller and not about a part.
  func get(_ service: String, _ target: String, as visitor: Visitor) async throws -> BoardPart {
    guard let upstream = upstreams[service] else { return .unavailable }
    var headers: HTTPHeaders = [
      "X-Forwarded-For": visitor.address.client, "Via": "1.1 \(ForwardedFields.pseudonym)",
      DeadlineHeader.name: DeadlineHeader.value(until: .now + policy.current.boardDeadline),
    ]
    if let authorization = visitor.authorization { headers.add(name: "Authorization", value: authorization) }
    ForwardedFields.addOwn(to: &headers, id: RequestRecord.current?.id ?? RequestID(sent: nil))
    let call = UpstreamCall(method: .GET, target: target, headers: headers, body: .none)
    let limit = policy.current.boardDeadline
    do {
      return try await withThrowingTaskGroup(of: BoardPart.self) { group in
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
      logger.debug("part of a board is away", error: error, metadata: ["service": "\(service)"])
      return .unavailable
    }
  }

  private func answer(_ upstream: Upstream, _ call: UpstreamCall, _ limit: Duration) async throws -> BoardPart {
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
