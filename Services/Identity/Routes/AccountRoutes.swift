import AdminAPI
import Auth
import Contracts
import Hummingbird
import Web

/// `/accounts`. Registration is open; an account is readable by itself, services and operators.
struct AccountRoutes {
  let store: any AccountStore
  let registerAccount: RegisterAccount
  let changePassword: ChangePassword
  let changeAccountStatus: ChangeAccountStatus
  let address: TrustedClientAddress

  func add(to router: Router<ServiceRequestContext>) {
    router.group("accounts")
      .post(use: register)
      .get(use: list)
      .get("me", use: readOwn)
      .get(":id", use: read)
      .put(":id/password", use: putPassword)
      .put(":id/status", use: putStatus)
    VersionRoutes(of: "accounts", store.versions(after:changedSince:limit:)).add(to: router)
  }

  private func register(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let account = try await request.json(RegisterAccountRequest.self, context).validated()
    let isByOperator = context.principal?.role == .operator
    if account.role == .operator, !isByOperator { _ = try context.requirePrincipal(.operator) }
    let document = try await registerAccount.register(account, from: isByOperator ? nil : address.of(request, context))
    return .created(document, in: "/accounts")
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let id = try context.identifier("id")
    guard principal.id == id || principal.role == .operator || principal.role == .service else {
      throw AccountError.unknownAccount
    }
    return .document(try await store.account(id), for: request)
  }

  private func readOwn(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    .document(try await store.account(context.requirePrincipal().id), for: request)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.service, .operator)
    let query = try request.query()
    try query.allow("ids")
    guard let ids = try query.identifiers("ids", maximum: 500) else { throw Problem.invalidQuery("ids", "is missing") }
    return .batch(try await store.accounts(ids), of: ids)
  }

  private func putPassword(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let change = try await request.json(ChangePasswordRequest.self, context)
    let target = try AccountTarget(request, context)
    guard principal.id == target.id else { throw AccountError.unknownAccount }
    let document = try await changePassword.change(
      from: change.currentPassword, to: change.newPassword, of: target, at: address.of(request, context))
    return .document(document)
  }

  private func putStatus(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal(.operator)
    let status = try await request.json(ChangeAccountStatusRequest.self, context).status
    let target = try AccountTarget(request, context)
    return .document(try await changeAccountStatus.change(to: status, of: target, by: principal.id))
  }
}

extension AccountTarget {
  /// The account in the path. Read it after the body: preconditions are evaluated last (RFC 9110, section 13.2.1).
  fileprivate init(_ request: Request, _ context: ServiceRequestContext) throws {
    self.init(id: try context.identifier("id"), expectedVersion: try request.ifMatch())
  }
}
