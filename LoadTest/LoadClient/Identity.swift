import NIOHTTP1

/// A client of the identity service: registration, sign-in, token refresh.
///
/// Retries 429 and 503 for up to a minute: identity limits concurrent sign-ins.
public struct Identity: Sendable {
  private static let retryLimit = Duration.seconds(60)
  private let client: RESTClient

  public init(_ client: RESTClient) {
    self.client = client
  }

  /// Signs in, after registering the account if it does not exist.
  ///
  /// - Parameter isNew: whether the account probably does not exist. A wrong guess costs a failed sign-in or a 409, both rate limited.
  /// - Returns: the session, and whether the account was created now.
  /// - Throws: `UnexpectedResponse`, for example when the account has another password; `NoResponseError`.
  public func session(
    _ role: UserSession.Role, name: String, _ credentials: AccountCredentials, isNew: Bool
  ) async throws -> (session: UserSession, isNew: Bool) {
    if !isNew {
      let (response, sent) = try await createSession(credentials)
      if response.status != 401 { return (try userSession(response, credentials, at: sent), false) }
    }
    let body = NewAccount(email: credentials.email, password: credentials.password, name: name, role: role)
    let created = try await post("/accounts", body).expecting(201, 409, of: "POST /accounts of \(credentials.email)")
    return (try await signIn(credentials), created.status == 201)
  }

  /// - Throws: `UnexpectedResponse`, `NoResponseError`.
  public func signIn(_ credentials: AccountCredentials) async throws -> UserSession {
    let (response, sent) = try await createSession(credentials)
    return try userSession(response, credentials, at: sent)
  }

  /// New tokens by the refresh token, or by the password if the refresh token is no longer valid.
  func refresh(_ tokens: SessionTokens, _ credentials: AccountCredentials) async throws -> SessionTokens {
    let sent = ContinuousClock.now
    let response = try await post("/sessions/refresh", ["refreshToken": tokens.refreshToken])
    if response.status == 201 { return SessionTokens(try response.decode(SessionView.self), at: sent) }
    let (created, sentAgain) = try await createSession(credentials)
    return try self.tokens(created, credentials, at: sentAgain)
  }

  private func createSession(
    _ credentials: AccountCredentials
  ) async throws -> (response: RESTResponse, sent: ContinuousClock.Instant) {
    let sent = ContinuousClock.now
    return (try await post("/sessions", ["email": credentials.email, "password": credentials.password]), sent)
  }

  private func tokens(
    _ response: RESTResponse, _ credentials: AccountCredentials, at sent: ContinuousClock.Instant
  ) throws -> SessionTokens {
    let created = try response.expecting(201, of: "POST /sessions of \(credentials.email)")
    return SessionTokens(try created.decode(SessionView.self), at: sent)
  }

  private func userSession(
    _ response: RESTResponse, _ credentials: AccountCredentials, at sent: ContinuousClock.Instant
  ) throws -> UserSession {
    UserSession(try tokens(response, credentials, at: sent), credentials, at: self)
  }

  private func post(_ path: String, _ body: some Encodable & Sendable) async throws -> RESTResponse {
    let deadline = ContinuousClock.now + Self.retryLimit
    while true {
      let pause: Duration
      do {
        let response = try await client.call(.POST, path, as: nil, json: body, deadline: .seconds(20))
        guard response.status == 429 || response.status == 503, ContinuousClock.now < deadline else { return response }
        pause = response.retryAfter ?? .seconds(1)
      } catch let error as NoResponseError {
        guard ContinuousClock.now < deadline else { throw error }
        pause = .seconds(1)
      }
      try await Task.sleep(for: pause * Double.random(in: 1...1.2))
    }
  }
}

/// The body of `POST /accounts`.
private struct NewAccount: Encodable {
  let email: String
  let password: String
  let name: String
  let role: UserSession.Role
}
