import Contracts
import Hummingbird
import Web

/// `/sessions`: sign-in, refresh and sign-out. The credentials and tokens in the bodies authenticate; no access token is required.
struct SessionRoutes {
  let signIn: SignIn
  let refreshSession: RefreshSession
  let signOut: SignOut
  let issuer: TokenIssuer
  let address: TrustedClientAddress

  func add(to router: Router<ServiceRequestContext>) {
    router.group("sessions")
      .post(use: open)
      .post("refresh", use: refresh)
      .post("end", use: end)
  }

  private func open(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.json(SignInRequest.self, context)
    return try await respond(
      signIn.open(email: body.email, password: body.password, from: address.of(request, context)))
  }

  private func refresh(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let token = try await request.json(RefreshTokenRequest.self, context).refreshToken
    return try await respond(refreshSession.refresh(token, logger: context.logger))
  }

  private func end(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await signOut.end(request.json(RefreshTokenRequest.self, context).refreshToken)
    return Response(status: .noContent)
  }

  private func respond(_ grant: SessionGrant) async throws -> Response {
    let accessToken = try await issuer.token(for: grant.holder)
    return try .json(SessionResponse(grant, accessToken), status: .created, headers: .uncached)
  }
}

/// The response to `POST /sessions` and `POST /sessions/refresh`.
private struct SessionResponse: Encodable {
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

  init(_ grant: SessionGrant, _ access: IssuedToken) {
    accessToken = access.text
    expiresIn = access.expiresIn
    refreshToken = grant.refreshToken.text
    refreshExpiresIn = grant.refreshExpiresIn
    account = Holder(id: grant.holder.id, role: grant.holder.role, name: grant.holder.name)
  }
}
