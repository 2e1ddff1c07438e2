/// Ends the session of a refresh token.
struct SignOut: Sendable {
  let sessions: any SessionStore

  /// Succeeds for invalid tokens too (RFC 7009, section 2.2).
  func end(_ text: String) async throws {
    guard let token = RefreshToken(text) else { return }
    try await sessions.end(token.hash)
  }
}
