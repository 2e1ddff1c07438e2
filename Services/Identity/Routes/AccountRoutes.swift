import AdminAPI
import Auth
import Contracts
import Hummingbird
import Web

/// Accounts: who they are for, and who may see and change them.
struct AccountRoutes {
  let store: any AccountStore
  let membership: AccountRegistration
  let address: TrustedClientAddress

  func add(to router: Router<ServiceRequestContext>) {
    router.group("accounts")
      .post(use: register)
      .get(use: list)
      .get("me", use: readOwn)
      .get(":id", use: read)
      .put(":id/password", use: changePassword)
      .put(":id/status", use: changeStatus)
    VersionRoutes(of: "accounts", store.versions(after:changedSince:limit:)).add(to: router)
  }

  private func register(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let account = try await request.json(RegisterAccount.self, context).validated()
    let isByOperator = context.principal?.role == .operator
    if account.role == .operator, !isByOperator { _ = try context.requirePrincipal(.operator) }
    let document = try await membership.register(account, from: isByOperator ? nil : address.of(request, context))
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

  private func changePassword(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let change = try await request.json(ChangePassword.self, context)
    let target = try AccountTarget(request, context)
    guard principal.id == target.id else { throw AccountError.unknownAccount }
    let document = try await membership.changePassword(
      from: change.currentPassword, to: change.newPassword, of: target, at: address.of(request, context),
      validate: change.validate)
    return .document(document)
  }

  private func changeStatus(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal(.operator)
    let status = try await request.json(ChangeStatus.self, context).status
    let target = try AccountTarget(request, context)
    guard principal.id != target.id else { throw AccountError.ownAccount }
    return .document(try await store.setStatus(status, of: target))
  }
}

extension AccountTarget {
  /// The account in the path. To be read after the body: preconditions are evaluated last (RFC 9110, section 13.2.1).
  fileprivate init(_ request: Request, _ context: ServiceRequestContext) throws {
    self.init(id: try context.identifier("id"), expectedVersion: try request.ifMatch())
  }
}
