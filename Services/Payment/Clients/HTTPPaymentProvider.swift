import JSON
import Contracts
import NIOCore
import NIOHTTP1
import ServiceClient
import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The HTTP client of the card network: translates its messages, and maps every ambiguous failure to ``ProviderError/unknown(_:)``.
///
/// Deadline, retries, circuit breaker and bulkhead are those of the `ServiceClient`. A request has an idempotency key, so it may be retried.
struct HTTPPaymentProvider: PaymentProvider {
  let client: ServiceClient
  /// The API key that the network issued to us.
  let key: String

  func send(_ request: ProviderRequest, key: String) async throws -> ProviderResponse {
    var headers = headers
    headers.add(name: "Idempotency-Key", value: key)
    headers.add(name: "Content-Type", value: "application/json")
    let response = try await call { [client, headers] in
      try await client.send(ServiceRequest(.POST, request.path, headers: headers, body: request.body, isIdempotent: true))
    }
    guard response.isSuccess else { throw Self.failure(response, of: request) }
    if case .reverse = request { return .reversed }
    return .authorization(try Self.authorization(in: response.body))
  }

  func authorization(of reference: Identifier) async throws -> Authorization? {
    let response = try await call { [client, headers] in
      try await client.get("/authorizations?reference=\(reference)", headers: headers)
    }
    guard response.isSuccess else { throw ProviderError.unknown("status \(response.status)") }
    let list = try Self.decode(ProviderMessages.AuthorizationList.self, response.body)
    guard let view = list.items.first else { return nil }
    guard let authorization = view.authorization else {
      throw ProviderError.unknown("authorization with the status \(view.status)")
    }
    return authorization
  }

  private var headers: HTTPHeaders { ["Authorization": "Bearer \(key)"] }

  private func call(_ send: () async throws -> ServiceResponse) async throws -> ServiceResponse {
    do {
      return try await send()
    } catch let error as ServiceClientError {
      throw ProviderError.unknown(error.detail)
    }
  }

  /// A rejection is final only for statuses that concern the operation itself: 401 or 404 due to a wrong setting must not decline a card.
  private static func failure(_ response: ServiceResponse, of request: ProviderRequest) -> ProviderError {
    let code = (try? decode(ProviderMessages.Problem.self, response.body))?.code ?? "http_\(response.status)"
    switch (request, response.status) {
    case (.authorize, 402), (.authorize, 422): return .refused(code)
    case (.capture, 404), (.capture, 409), (.capture, 410), (.capture, 422),
      (.refund, 404), (.refund, 409), (.refund, 410), (.refund, 422),
      (.void, 404), (.void, 409), (.void, 410), (.void, 422):
      return code == "request_in_flight" ? .unknown(code) : .refused(code)
    default: return .unknown("status \(response.status) \(code)")
    }
  }

  private static func authorization(in body: ByteBuffer) throws -> Authorization {
    let view = try decode(ProviderMessages.AuthorizationView.self, body)
    guard let authorization = view.authorization else {
      throw ProviderError.unknown("authorization with the status \(view.status)")
    }
    return authorization
  }

  private static func decode<Message: Decodable>(_ type: Message.Type, _ body: ByteBuffer) throws -> Message {
    do {
      return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    } catch {
      throw ProviderError.unknown("the body is not of type \(type)")
    }
  }
}

extension ProviderRequest {
  /// The same bytes in each retry: the network compares them with those of the first request.
  fileprivate var body: ByteBuffer {
    var json = JSONText()
    json.beginObject()
    switch self {
    case .authorize(let reference, let amount, let token):
      json.add("reference", reference.description)
      json.add(amount: amount)
      json.add("token", token)
    case .capture(_, let amount), .refund(_, let amount): json.add(amount: amount)
    case .void: break
    case .reverse(let reference): json.add("reference", reference.description)
    }
    json.endObject()
    return json.buffer
  }
}

extension JSONText {
  fileprivate mutating func add(amount: Int64) {
    key("amount")
    beginObject()
    add("amount", amount)
    add("currency", "KRW")
    endObject()
  }
}
