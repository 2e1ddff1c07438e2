import JSON
import NIOCore
import NIOHTTP1
import ServiceClient
import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Sends the requests of the checkout to one participant, and maps responses and failures to ``ParticipantError``.
struct HTTPParticipant: Sendable {
  let client: ServiceClient

  /// - Parameter key: the `Idempotency-Key`; `nil` for a command that is idempotent without one.
  func post<Body: Decodable>(_ path: String, _ body: JSONText, key: String?, as type: Body.Type) async throws -> Body {
    var headers: HTTPHeaders = ["Content-Type": "application/json"]
    if let key { headers.add(name: "Idempotency-Key", value: key) }
    let request = ServiceRequest(.POST, path, headers: headers, body: body.buffer, isIdempotent: true)
    let response = try await response { try await client.send(request) }
    guard response.isSuccess else { throw error(for: response, to: "POST \(path)") }
    return try decode(type, response, path)
  }

  /// - Returns: `nil` for 404.
  func get<Body: Decodable>(_ path: String, as type: Body.Type) async throws -> Body? {
    let response = try await response { try await client.get(path) }
    if response.status == 404 { return nil }
    guard response.isSuccess else { throw error(for: response, to: "GET \(path)") }
    return try decode(type, response, path)
  }

  private func response(_ call: () async throws -> ServiceResponse) async throws -> ServiceResponse {
    do {
      return try await call()
    } catch let error as ServiceClientError {
      switch error.code {
      case .breakerOpen, .bulkheadFull, .unresolved: throw ParticipantError.notSent(error.description)
      default: throw ParticipantError.unknown(error.description)
      }
    }
  }

  private func error(for response: ServiceResponse, to request: String) -> ParticipantError {
    let problem = try? Self.decoder.decode(ProblemSummary.self, from: Data(response.body.readableBytesView))
    let reason = problem.map { $0.detail ?? $0.code } ?? "status \(response.status)"
    let detail = "\(client.service) refused \(request): \(reason)"
    switch response.status {
    // Final, although it is a 409: a query would find the payment unchanged.
    case 409 where problem?.code == "refused_by_network": return .rejected(detail)
    case 409: return .refused(detail)
    // Credentials and rate limits depend on this service's configuration, not on the order.
    case 401, 403, 408, 425: return .unknown(detail)
    default: return .rejected(detail)
    }
  }

  private func decode<Body: Decodable>(_ type: Body.Type, _ response: ServiceResponse, _ path: String) throws -> Body {
    do {
      return try Self.decoder.decode(type, from: Data(response.body.readableBytesView))
    } catch {
      throw ParticipantError.unknown("\(client.service)'s response to \(path) cannot be decoded as \(type)")
    }
  }

  private struct ProblemSummary: Decodable {
    let code: String
    let detail: String?
  }

  private static let decoder = JSONDecoder()
}

extension JSONText {
  /// An object with the members that `members` adds.
  static func object(_ members: (inout JSONText) -> Void) -> JSONText {
    var json = JSONText(capacity: 256)
    json.beginObject()
    members(&json)
    json.endObject()
    return json
  }
}
