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

/// What the participants that are reached over HTTP have in common: how an answer is read.
struct HTTPParticipant: Sendable {
  let client: ServiceClient

  /// - Parameter key: the `Idempotency-Key`; without one the command must lead to a state, whoever was there before.
  func post<Answer: Decodable>(_ path: String, _ body: JSONText, key: String?, as type: Answer.Type) async throws -> Answer {
    var headers: HTTPHeaders = ["Content-Type": "application/json"]
    if let key { headers.add(name: "Idempotency-Key", value: key) }
    let request = ServiceRequest(.POST, path, headers: headers, body: body.buffer, isIdempotent: true)
    let response = try await answered { try await client.send(request) }
    guard response.isSuccess else { throw refusal(response, to: "POST \(path)") }
    return try decode(type, response, path)
  }

  /// `nil` for 404.
  func get<Answer: Decodable>(_ path: String, as type: Answer.Type) async throws -> Answer? {
    let response = try await answered { try await client.get(path) }
    if response.status == 404 { return nil }
    guard response.isSuccess else { throw refusal(response, to: "GET \(path)") }
    return try decode(type, response, path)
  }

  private func answered(_ call: () async throws -> ServiceResponse) async throws -> ServiceResponse {
    do {
      return try await call()
    } catch let error as ServiceClientError {
      switch error.code {
      case .breakerOpen, .bulkheadFull, .unresolved: throw ParticipantError.notSent(error.description)
      default: throw ParticipantError.unknown(error.description)
      }
    }
  }

  private func refusal(_ response: ServiceResponse, to request: String) -> ParticipantError {
    let problem = try? Self.decoder.decode(ProblemSummary.self, from: Data(response.body.readableBytesView))
    let reason = problem.map { $0.detail ?? $0.code } ?? "status \(response.status)"
    let detail = "\(client.service) refused \(request): \(reason)"
    switch response.status {
    // Asking again would find nothing new: the payment stays as it was.
    case 409 where problem?.code == "refused_by_network": return .rejected(detail)
    case 409: return .refused(detail)
    // Who we are and how fast we may ask is a matter of configuration, not of this order.
    case 401, 403, 408, 425: return .unknown(detail)
    default: return .rejected(detail)
    }
  }

  private func decode<Answer: Decodable>(_ type: Answer.Type, _ response: ServiceResponse, _ path: String) throws -> Answer {
    do {
      return try Self.decoder.decode(type, from: Data(response.body.readableBytesView))
    } catch {
      throw ParticipantError.unknown("\(client.service) answered \(path) with something else than \(type)")
    }
  }

  private struct ProblemSummary: Decodable {
    let code: String
    let detail: String?
  }

  private static let decoder = JSONDecoder()
}
