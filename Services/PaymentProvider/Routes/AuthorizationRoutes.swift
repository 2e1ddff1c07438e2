import JSON
import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// What merchants ask of the network: authorize, capture, refund, void, reverse, and look up what became of it.
struct AuthorizationRoutes {
  let store: any AuthorizationStore

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
    let authorization = try StrictJSON.decode(Authorize.self, from: body).validated()
    let answer = try await store.authorize(authorization, request: request.operation(body))
    if authorization.token.verdict == .approvedInSilence, !answer.isReplay { throw await request.silence() }
    var response = Response.answer(answer, status: .created)
    response.headers[.location] = "/authorizations/\(answer.id)"
    return response
  }

  private func capture(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let amount = try StrictJSON.decode(MoveMoney.self, from: body).validated()
    return try await carryOut(.capture(amount), request.operation(body), context)
  }

  private func refund(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let amount = try StrictJSON.decode(MoveMoney.self, from: body).validated()
    return try await carryOut(.refund(amount), request.operation(body), context)
  }

  private func void(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    _ = try StrictJSON.decode(VoidAll.self, from: body)
    return try await carryOut(.void, request.operation(body), context)
  }

  private func reverse(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let body = try await request.jsonBytes(context)
    let reference = try StrictJSON.decode(Reverse.self, from: body).validated()
    let operation = try request.operation(body)
    return .answer(try await store.carryOut(.reverse, on: .reference(reference), request: operation))
  }

  private func carryOut(
    _ operation: Operation, _ request: OperationRequest, _ context: ServiceRequestContext
  ) async throws -> Response {
    .answer(try await store.carryOut(operation, on: .id(context.identifier("id")), request: request))
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
  fileprivate static func answer(_ answer: OperationAnswer, status: HTTPResponse.Status = .ok) -> Response {
    var headers = HTTPFields.uncached
    if answer.isReplay { headers[.idempotencyReplayed] = "true" }
    return .json(bytes: ByteBuffer(bytes: answer.json), status: status, headers: headers)
  }
}
