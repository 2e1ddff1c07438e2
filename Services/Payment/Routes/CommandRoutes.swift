import JSON
import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Idempotency
import NIOCore
import Web

/// What moves money, at the word of the checkout or of an operator. Each command has a key; its answer is 202 as long as the card network's is not known.
struct CommandRoutes {
  let desk: PaymentCommands

  func add(to router: Router<ServiceRequestContext>) {
    router.group("payments")
      .post(use: create)
      .post(":id/capture", use: capture)
      .post(":id/void", use: void)
      .post(":id/refund", use: refund)
  }

  private func create(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requireService("order")
    let body = try await request.jsonBytes(context)
    let payment = try StrictJSON.decode(CreatePayment.self, from: body).validated()
    let repeatable = try request.requireIdempotentRequest(by: principal, body: body)
    let answer = try await desk.request(payment, by: repeatable)
    return answer.isPending ? .pending(answer) : .created(answer.document, in: "/payments")
  }

  private func capture(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requireService("order", or: .operator)
    let body = try await request.jsonBytes(context)
    _ = try StrictJSON.decode(CapturePayment.self, from: body)
    let command = PaymentCommand(
      operation: .capture, id: try context.identifier("id"), expectedVersion: try request.ifMatch())
    return try await carryOut(command, request.requireIdempotentRequest(by: principal, body: body))
  }

  private func void(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requireService("order", or: .operator)
    let body = try await request.jsonBytes(context)
    let order = try StrictJSON.decode(VoidPayment.self, from: body).orderId
    let command = PaymentCommand(
      operation: .void, id: try context.identifier("id"), orderId: order, expectedVersion: try request.ifMatch())
    return try await carryOut(command, request.requireIdempotentRequest(by: principal, body: body))
  }

  private func refund(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requireService("order", or: .operator)
    let body = try await request.jsonBytes(context)
    let amount = try StrictJSON.decode(RefundPayment.self, from: body).validated()
    let command = PaymentCommand(
      operation: .refund, id: try context.identifier("id"), amount: amount?.amount, expectedVersion: try request.ifMatch())
    return try await carryOut(command, request.requireIdempotentRequest(by: principal, body: body))
  }

  private func carryOut(_ command: PaymentCommand, _ request: IdempotentRequest) async throws -> Response {
    let answer = try await desk.carryOut(command, by: request)
    return answer.isPending ? .pending(answer) : .document(answer.document)
  }
}

extension Response {
  /// 202: the intent is kept, and `pending` says what the card network was asked for.
  fileprivate static func pending(_ answer: PaymentAnswer) -> Response {
    var response = Response.document(answer.document, status: .accepted)
    response.headers[.location] = "/payments/\(answer.document.id)"
    return response
  }
}
