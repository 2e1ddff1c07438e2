import Auth
import Contracts
import Hummingbird
import Logging
import Telemetry
import Web

/// `GET /.well-known/jwks.json`: the public keys that verify tokens, without authentication.
struct KeyRoutes {
  let keys: SigningKeys

  func add(to router: Router<ServiceRequestContext>) {
    router.get(".well-known/jwks.json", use: list)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) throws -> Response {
    try .json(JSONWebKeySet(keys: keys.published(at: .now())), headers: [.cacheControl: "public, max-age=60"])
  }
}

/// `POST /admin/keys/rotate`: publishes the next key before it is due.
struct KeyRotationRoutes {
  let keys: SigningKeys

  func add(to router: Router<ServiceRequestContext>) {
    router.post("admin/keys/rotate", use: rotate)
  }

  private func rotate(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal(.operator)
    let next = try await keys.rotate()
    context.logger.notice(
      "An operator rotated the signing keys.",
      metadata: ["kid": "\(next.kid)", "signsFrom": "\(next.signsFrom.rfc3339)", "operator": "\(principal.id)"])
    return try .json(NextKey(kid: next.kid, signsFrom: next.signsFrom), status: .accepted)
  }

  private struct NextKey: Encodable {
    let kid: String
    let signsFrom: Timestamp
  }
}
