import Contracts
import HTTPTypes
import Hummingbird
import Telemetry
import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Receives the webhooks of the card network.
struct WebhookRoutes {
  let receiveWebhook: ReceiveWebhook
  let verifier: WebhookVerifier

  func add(to router: Router<ServiceRequestContext>) {
    router.post("provider/webhooks", use: receive)
  }

  private func receive(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.bytes(context)
    do {
      try verifier.verify(request.headers[.providerSignature], body: body, at: .now())
    } catch {
      throw error.problem
    }
    guard let webhook = try? JSONDecoder().decode(WebhookBody.self, from: Data(body.readableBytesView)),
      (1...200).contains(webhook.id.utf8.count), !webhook.id.utf8.contains(0)
    else { throw Problem.invalidBody([.init(pointer: "", detail: "must have an id of 1 to 200 characters and a reference")]) }
    try await receiveWebhook(webhook.id, reference: Identifier(webhook.reference))
    return Response(status: .noContent)
  }
}

/// `POST /provider/webhooks`: only what identifies the payment is read.
private struct WebhookBody: Decodable {
  let id: String
  let reference: String
}

extension WebhookVerifier.Rejection {
  /// A sender with a wrong clock gets a code of its own; the other reasons are not distinguished.
  fileprivate var problem: Problem {
    let detail =
      switch self {
      case .stale: "the time in Provider-Signature differs too much from the current time"
      case .missing, .malformed, .wrong: "Provider-Signature is missing, malformed or wrong"
      }
    return Problem(
      .unauthorized, code: self == .stale ? "stale_signature" : "invalid_signature", detail: detail,
      headers: [.wwwAuthenticate: "Provider-Signature"])
  }
}

extension HTTPField.Name {
  fileprivate static let providerSignature = HTTPField.Name("Provider-Signature")!
}
