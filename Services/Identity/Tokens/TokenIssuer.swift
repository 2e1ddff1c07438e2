import Auth
import Contracts
import Telemetry

/// The lifetimes of access tokens, in seconds.
struct TokenLifetimes: Hashable, Sendable {
  let access: Int64
  let service: Int64

  var longest: Int64 { max(access, service) }
}

/// A signed token.
struct IssuedToken: Hashable, Sendable {
  let text: String
  /// Seconds.
  let expiresIn: Int64
}

/// Issues access tokens, signed with the current key.
struct TokenIssuer: Sendable {
  let issuer: String
  let audience: String
  let lifetimes: TokenLifetimes
  let keys: SigningKeys

  func token(for holder: SessionHolder) async throws -> IssuedToken {
    try await token(for: Principal(role: Principal.Role(holder.role), id: holder.id), lifetime: lifetimes.access)
  }

  func token(for client: ServiceClients.Client) async throws -> IssuedToken {
    try await token(for: Principal(role: .service, id: client.id, client: client.name), lifetime: lifetimes.service)
  }

  private func token(for principal: Principal, lifetime: Int64) async throws -> IssuedToken {
    let now = Timestamp.now()
    let claims = AccessToken(
      for: principal, issuer: issuer, audience: audience, issuedAt: now.milliseconds / 1000, lifetime: lifetime,
      id: Identifier.v7(at: now).description)
    return IssuedToken(text: try await keys.sign(claims, at: now), expiresIn: lifetime)
  }
}

extension Principal.Role {
  init(_ role: AccountRole) {
    self =
      switch role {
      case .customer: .customer
      case .owner: .owner
      case .rider: .rider
      case .operator: .operator
      }
  }
}
