import NIOHTTP1

/// The identity service, where people sign up and in.
///
/// It limits how many may try at once and asks the rest for patience (429, 503): that is had here, within bounds.
public struct Identity: Sendable {
  private static let patience = Duration.seconds(60)
  private let client: RESTClient

  public init(_ client: RESTClient) {
    self.client = client
  }

  /// Signs in, with an account that is made for it if there is none.
  ///
  /// - Parameter isNew: whether there probably is none: guesses that are wrong are counted, on either side.
  /// - Returns: the account, and whether it was made now.
  /// - Throws: `UnexpectedAnswer`, for one when that account has another password; `UnansweredError`.
  public func account(
    _ role: Person.Role, name: String, _ credentials: AccountCredentials, isNew: Bool
  ) async throws -> (account: Person, isNew: Bool) {
    if !isNew {
      let (answer, sent) = try await open(credentials)
      if answer.status != 401 { return (try account(answer, credentials, at: sent), false) }
    }
    let body = NewAccount(email: credentials.email, password: credentials.password, name: name, role: role)
    let made = try await ask("/accounts", body).expecting(201, 409, of: "POST /accounts of \(credentials.email)")
    return (try await signIn(credentials), made.status == 201)
  }

  /// - Throws: `UnexpectedAnswer`, `UnansweredError`.
  public func signIn(_ credentials: AccountCredentials) async throws -> Person {
    let (answer, sent) = try await open(credentials)
    return try account(answer, credentials, at: sent)
  }

  /// Another pair of tokens; by the password, if the refresh token is not taken any more.
  func renew(_ session: Session, _ credentials: AccountCredentials) async throws -> Session {
    let sent = ContinuousClock.now
    let answer = try await ask("/sessions/refresh", ["refreshToken": session.refreshToken])
    if answer.status == 201 { return Session(try answer.decode(SessionView.self), at: sent) }
    let (opened, again) = try await open(credentials)
    return try self.session(opened, credentials, at: again)
  }

  private func open(_ credentials: AccountCredentials) async throws -> (answer: Answer, sent: ContinuousClock.Instant) {
    let sent = ContinuousClock.now
    return (try await ask("/sessions", ["email": credentials.email, "password": credentials.password]), sent)
  }

  private func session(_ answer: Answer, _ credentials: AccountCredentials, at sent: ContinuousClock.Instant) throws -> Session {
    let opened = try answer.expecting(201, of: "POST /sessions of \(credentials.email)")
    return Session(try opened.decode(SessionView.self), at: sent)
  }

  private func account(_ answer: Answer, _ credentials: AccountCredentials, at sent: ContinuousClock.Instant) throws -> Person {
    Person(try session(answer, credentials, at: sent), credentials, at: self)
  }

  private func ask(_ path: String, _ body: some Encodable & Sendable) async throws -> Answer {
    let deadline = ContinuousClock.now + Self.patience
    while true {
      let pause: Duration
      do {
        let answer = try await client.call(.POST, path, as: nil, json: body, deadline: .seconds(20))
        guard answer.status == 429 || answer.status == 503, ContinuousClock.now < deadline else { return answer }
        pause = answer.retryAfter ?? .seconds(1)
      } catch let error as UnansweredError {
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
  let role: Person.Role
}
