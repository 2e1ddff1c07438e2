import Contracts
import Hummingbird
import Logging
import Metrics
import Telemetry
import Web

/// Signing in, staying signed in, signing out. The tokens in the bodies are all that counts here: nobody is asked who they are.
struct SessionRoutes {
  let signIn: SignIn
  let sessions: any SessionStore
  let issuer: TokenIssuer
  let address: TrustedClientAddress
  let metrics = SessionMetrics()

  func add(to router: Router<ServiceRequestContext>) {
    router.group("sessions")
      .post(use: open)
      .post("refresh", use: refresh)
      .post("end", use: end)
  }

  private func open(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.json(OpenSession.self, context)
    let token = RefreshToken.random()
    do {
      let (holder, expiresIn) = try await signIn.open(
        NewSession(id: .v7(at: .now()), token: token.hash), email: body.email, password: body.password,
        from: address.of(request, context))
      metrics.signedIn.increment()
      return try await answer(holder, token, expiresIn)
    } catch let error as SessionError {
      metrics.refused(error)
      throw error
    }
  }

  private func refresh(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    guard let used = RefreshToken(try await request.json(UseToken.self, context).refreshToken) else {
      throw SessionError.invalidToken
    }
    let next = RefreshToken.random()
    switch try await sessions.rotate(used.hash, to: next.hash) {
    case .rotated(let holder, let expiresIn):
      metrics.refreshed.increment()
      return try await answer(holder, next, expiresIn)
    case .reused(let session, let isFirst):
      metrics.reused.increment()
      if isFirst {
        context.logger.warning("A refresh token was used twice; its session is over.", metadata: ["session": "\(session)"])
      }
      throw SessionError.reusedToken
    case .invalid: throw SessionError.invalidToken
    }
  }

  /// Whoever signs out is signed out, whatever their token was (RFC 7009, section 2.2).
  private func end(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    if let token = RefreshToken(try await request.json(UseToken.self, context).refreshToken) {
      try await sessions.end(token.hash)
    }
    return Response(status: .noContent)
  }

  private func answer(_ holder: SessionHolder, _ token: RefreshToken, _ expiresIn: Int64) async throws -> Response {
    let access = try await issuer.token(for: holder)
    return try .json(
      OpenedSession(
        accessToken: access.text, expiresIn: access.expiresIn, refreshToken: token.text, refreshExpiresIn: expiresIn,
        account: .init(id: holder.id, role: holder.role, name: holder.name)),
      status: .created, headers: .uncached)
  }
}

/// What `POST /sessions` and `POST /sessions/refresh` answer.
private struct OpenedSession: Encodable {
  struct Holder: Encodable {
    let id: Identifier
    let role: AccountRole
    let name: String
  }

  let accessToken: String
  let tokenType = "Bearer"
  let expiresIn: Int64
  let refreshToken: String
  let refreshExpiresIn: Int64
  let account: Holder
}
