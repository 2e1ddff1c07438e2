import Auth
import Contracts
import Hummingbird
import Web

/// `/__paths__`: operators write, every role reads; batches are for services and operators.
struct __Aggregate__Routes {
  let store: any __Aggregate__Store
  let create: Create__Aggregate__
  let rename: Rename__Aggregate__

  func add(to router: Router<ServiceRequestContext>) {
    router.group("__paths__")
      .post(use: post)
      .get(use: list)
      .get(":id", use: read)
      .patch(":id", use: patch)
  }

  private func post(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let caller = try context.requirePrincipal(.operator)
    let body = try await request.jsonBytes(context)
    let name = try StrictJSON.decode(__Aggregate__Body.self, from: body).validated()
    let key = try request.idempotentRequest(by: caller, body: body)
    return .created(try await create(name: name, request: key), in: "/__paths__")
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal()
    guard let found = try await store.__aggregates__([context.identifier("id")]).first else {
      throw __Aggregate__Error.unknown
    }
    return .document(found, for: request)
  }

  /// What read models fetch after an event: many at a time, by id.
  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.service, .operator)
    let query = try request.query()
    try query.allow("ids")
    guard let ids = try query.identifiers("ids", maximum: 500) else {
      throw Problem.invalidQuery("ids", "is missing")
    }
    return .batch(try await store.__aggregates__(ids), of: ids)
  }

  private func patch(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let name = try await request.json(__Aggregate__Body.self, context).validated()
    let id = try context.identifier("id")
    return .document(try await rename(id, to: name, expectedVersion: request.ifMatch()))
  }
}
