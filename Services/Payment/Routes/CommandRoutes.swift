import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Idempotency
import JSON
import NIOCore
import Web

/// Commands that move money, for the service `order` and for operators. Each needs an idempotency key; the response is 202 while the outcome at
/// the card network is unknown.
struct CommandRoutes {
  let createPayment: CreatePayment
  let changePayment: ChangePayment

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
    let payment = try StrictJSON.decode(CreatePaymentBody.self, from: body).validated()
    let result = try await createPayment(payment, by: request.requireIdempotentRequest(by: principal, body: body))
    return result.isPending ? .pending(result) : .created(result.document, in: "/payments")
  }

  private func capture(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requireService("order", or: .operator)
    let body = try await request.jsonBytes(context)
    _ = try StrictJSON.decode(CapturePaymentBody.self, from: body)
    let command = PaymentCommand(
      operation: .capture, id: try context.identifier("id"), expectedVersion: try request.ifMatch())
    return try await change(command, request.requireIdempotentRequest(by: principal, body: body))
  }

  private func void(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requireService("order", or: .operator)
    let body = try await request.jsonBytes(context)
    let order = try StrictJSON.decode(VoidPaymentBody.self, from: body).orderId
    let command = PaymentCommand(
      operation: .void, id: try context.identifier("id"), orderId: order, expectedVersion: try request.ifMatch())
    return try await change(command, request.requireIdempotentRequest(by: principal, body: body))
  }

  private func refund(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requireService("order", or: .operator)
    let body = try await request.jsonBytes(context)
    let amount = try StrictJSON.decode(RefundPaymentBody.self, from: body).validated()
    let command = PaymentCommand(
      operation: .refund, id: try context.identifier("id"), amount: amount?.amount, expectedVersion: try request.ifMatch())
    return try await change(command, request.requireIdempotentRequest(by: principal, body: body))
  }

  private func change(_ command: PaymentCommand, _ request: IdempotentRequest) async throws -> Response {
    let result = try await changePayment(command, by: request)
    return result.isPending ? .pending(result) : .document(result.document)
  }
}

extension Response {
  /// 202: the intent is stored, and `pending` is the operation whose outcome is unknown.
  fileprivate static func pending(_ result: PaymentResult) -> Response {
    var response = Response.document(result.document, status: .accepted)
    response.headers[.location] = "/payments/\(result.document.id)"
    return response
  }
}
