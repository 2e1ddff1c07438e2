/// The result of opening or refreshing a session.
struct SessionGrant: Sendable {
  let holder: SessionHolder
  let refreshToken: RefreshToken
  /// Seconds until the refresh token expires.
  let refreshExpiresIn: Int64
}
