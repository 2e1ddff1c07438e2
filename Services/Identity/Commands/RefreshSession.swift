import Logging
import Metrics

/// Exchanges a refresh token for the next one: refresh token rotation with reuse detection (RFC 9700, section 4.14.2).
struct RefreshSession: Sendable {
  let sessions: any SessionStore
  private let refreshed = Counter(label: "sessions_refreshed_total")
  /// A reused token was stolen, or its client lost the response to the first use.
  private let reused = Counter(label: "refresh_tokens_reused_total")

  /// - Parameter text: the refresh token as the client sent it.
  /// - Throws: `SessionError.invalidToken`, `.reusedToken`.
  func refresh(_ text: String, logger: Logger) async throws -> SessionGrant {
    guard let used = RefreshToken(text) else { throw SessionError.invalidToken }
    let next = RefreshToken.random()
    switch try await sessions.rotate(used.hash, to: next.hash) {
    case .rotated(let holder, let expiresIn):
      refreshed.increment()
      return SessionGrant(holder: holder, refreshToken: next, refreshExpiresIn: expiresIn)
    case .reused(let session, let isFirst):
      reused.increment()
      if isFirst {
        logger.warning("A refresh token was used twice; its session has ended.", metadata: ["session": "\(session)"])
      }
      throw SessionError.reusedToken
    case .invalid: throw SessionError.invalidToken
    }
  }
}
