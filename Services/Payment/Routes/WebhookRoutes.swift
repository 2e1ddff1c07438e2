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

/// Where the card network tells that something happened. What happened it is asked for: a webhook carries no state that anybody believes.
struct WebhookRoutes {
  let store: any PaymentStore
  let signature: WebhookVerifier
  /// Called when an outcome can be found out.
  let due: @Sendable () -> Void

  func add(to router: Router<ServiceRequestContext>) {
    router.post("provider/webhooks", use: receive)
  }

  private func receive(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.bytes(context)
    do {
      try signature.verify(request.headers[.providerSignature], body: body, at: .now())
    } catch {
      throw error.problem
    }
    guard let webhook = try? JSONDecoder().decode(ProviderMessages.Webhook.self, from: Data(body.readableBytesView)),
      (1...200).contains(webhook.id.utf8.count), !webhook.id.utf8.contains(0)
    else { throw Problem.invalidBody([.init(pointer: "", detail: "must have an id of 1 to 200 characters and a reference")]) }
    if try await store.receive(webhook: webhook.id, reference: Identifier(webhook.reference)) { due() }
    return Response(status: .noContent)
  }
}

extension WebhookVerifier.Refusal {
  /// Says no more than the sender must know to mend its clock.
  fileprivate var problem: Problem {
    let detail =
      switch self {
      case .stale: "the time in Provider-Signature is too far from now"
      case .missing, .malformed, .wrong: "Provider-Signature is missing, can't be read, or does not fit the body"
      }
    return Problem(
      .unauthorized, code: self == .stale ? "stale_signature" : "invalid_signature", detail: detail,
      headers: [.wwwAuthenticate: "Provider-Signature"])
  }
}

extension HTTPField.Name {
  fileprivate static let providerSignature = HTTPField.Name("Provider-Signature")!
}
