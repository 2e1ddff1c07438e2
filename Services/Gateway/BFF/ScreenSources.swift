import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Telemetry
import Web

/// Fetches the parts of a screen from the services, with the caller's token and a deadline for each part.
struct ScreenSources: Sendable {
  let upstreams: [String: Upstream]
  let policy: LivePolicy
  let logger: Logger

  /// Sends `GET target` to a service.
  /// - Throws: the service's 400, 401, 403 and 422, which concern the request and not one part.
  func get(_ service: String, _ target: String, as caller: Caller) async throws -> ScreenPart {
    guard let upstream = upstreams[service] else { return .unavailable }
    let timeout = policy.current.screenDeadline
    var headers: HTTPHeaders = [
      "X-Forwarded-For": caller.address.client, "Via": "1.1 \(ForwardedFields.pseudonym)",
      DeadlineHeader.name: DeadlineHeader.value(until: .now + timeout),
    ]
    if let authorization = caller.authorization { headers.add(name: "Authorization", value: authorization) }
    ForwardedFields.addRequestContext(to: &headers, id: RequestRecord.current?.id ?? RequestID(received: nil))
    let call = UpstreamCall(method: .GET, target: target, headers: headers, body: .none)
    do {
      return try await withThrowingTaskGroup(of: ScreenPart.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await fetch(upstream, call, timeout) }
        group.addTask {
          try await Task.sleep(for: timeout)
          return .unavailable
        }
        return try await group.next() ?? .unavailable
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      logger.debug("screen part unavailable", error: error, metadata: ["service": "\(service)"])
      return .unavailable
    }
  }

  private func fetch(_ upstream: Upstream, _ call: UpstreamCall, _ timeout: Duration) async throws -> ScreenPart {
    let response = try await upstream.send(call, deadline: .now() + TimeAmount(timeout))
    let body = try await response.body.collect(upTo: 1 << 20)
    switch response.status.code {
    case 200: return .document(body)
    case 404, 410: return .absent
    case 401: throw Problem.tokenInvalid
    case 403: throw Problem.forbidden("\(upstream.name) does not permit this to the caller")
    case 400, 422: throw Problem.badRequest("invalid_request", "\(upstream.name) rejected a parameter of this request")
    default: return .unavailable
    }
  }
}
