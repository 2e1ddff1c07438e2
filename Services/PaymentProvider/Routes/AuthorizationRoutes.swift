import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Web

/// The API of the simulated card network: authorize, capture, refund, void, reverse, and query authorizations.
struct AuthorizationRoutes {
  let store: any AuthorizationStore
  let createAuthorization: CreateAuthorization
  let changeAuthorization: ChangeAuthorization

  func add(to network: RouterGroup<ServiceRequestContext>) {
    network.group("authorizations")
      .post(use: authorize)
      .get(use: find)
      .get(":id", use: read)
      .post(":id/captures", use: capture)
      .post(":id/refunds", use: refund)
      .post(":id/void", use: void)
    network.post("reversals", use: reverse)
  }

  private func authorize(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let authorization = try StrictJSON.decode(AuthorizeBody.self, from: body).validated()
    let result = try await createAuthorization(authorization, by: request.operation(body))
    if authorization.token.verdict == .approvedWithoutResponse, !result.isReplay { throw await request.hang() }
    var response = Response.result(result, status: .created)
    response.headers[.location] = "/authorizations/\(result.id)"
    return response
  }

  private func capture(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let amount = try StrictJSON.decode(AmountBody.self, from: body).validated()
    return try await change(.capture(amount), request.operation(body), context)
  }

  private func refund(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let amount = try StrictJSON.decode(AmountBody.self, from: body).validated()
    return try await change(.refund(amount), request.operation(body), context)
  }

  private func void(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    _ = try StrictJSON.decode(VoidBody.self, from: body)
    return try await change(.void, request.operation(body), context)
  }

  private func reverse(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let reference = try StrictJSON.decode(ReverseBody.self, from: body).validated()
    return .result(try await changeAuthorization(.reverse, on: .reference(reference), by: request.operation(body)))
  }

  private func change(
    _ operation: Operation, _ request: OperationRequest, _ context: ServiceRequestContext
  ) async throws -> Response {
    .result(try await changeAuthorization(operation, on: .id(context.identifier("id")), by: request))
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    guard let json = try await store.authorization(context.identifier("id")) else {
      throw OperationError.unknownAuthorization
    }
    return .json(bytes: ByteBuffer(bytes: json), headers: .uncached)
  }

  private func find(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let query = try request.query()
    try query.allow("reference")
    guard let reference = query["reference"] else { throw Problem.invalidQuery("reference", "is missing") }
    var json = JSONText(capacity: 512)
    json.beginObject()
    json.key("items")
    json.beginArray()
    if let authorization = try await store.authorization(reference: reference) { json.raw(authorization) }
    json.endArray()
    json.endObject()
    return .json(bytes: json.buffer, headers: .uncached)
  }
}

extension Response {
  fileprivate static func result(_ result: OperationResult, status: HTTPResponse.Status = .ok) -> Response {
    var headers = HTTPFields.uncached
    if result.isReplay { headers[.idempotencyReplayed] = "true" }
    return .json(bytes: ByteBuffer(bytes: result.json), status: status, headers: headers)
  }
}
