import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Web

/// The payment service's API over payments in memory, with tombstones.
final class FakePaymentService: Sendable {
  fileprivate struct Effect {
    let operation: PaymentOperation
    let payment: Identifier
  }

  fileprivate struct State {
    var payments: [Identifier: Payment] = [:]
    /// Every operation that the card network has executed.
    var effects: [Effect] = []
  }

  let faults = ServiceFaults()
  private let state = Mutex(State())

  func payment(_ id: Identifier) -> Payment? { state.withLock { $0.payments[id] } }

  /// How often the card network executed an operation: in total, or for one payment.
  func effects(_ operation: PaymentOperation, of payment: Identifier? = nil) -> Int {
    state.withLock { state in
      state.effects.count { $0.operation == operation && $0.payment == payment ?? $0.payment }
    }
  }

  /// The outcome of the pending operation becomes known: it was executed.
  func resolve(_ id: Identifier) {
    state.withLock { state in
      guard let pending = state.payments[id]?.pending else { return }
      state.execute(pending, id)
    }
  }

  /// Sets the status, as an operator could.
  func set(_ id: Identifier, _ status: PaymentStatus) {
    state.withLock { $0.payments[id]?.status = status }
  }

  func add(to router: Router<BasicRequestContext>) {
    router.post("payments") { request, context in
      struct Body: Decodable {
        let id, orderId, customerId: Identifier
        let amount: Money
        let token: String
      }
      let body = try await request.json(Body.self, context)
      return try await self.faults.handle("authorize", request) { isPending in
        try self.state.withLock { state in
          let payment =
            state.payments[body.id]
            ?? Payment(
              id: body.id, orderId: body.orderId, customerId: body.customerId, amount: body.amount, status: .requested,
              captured: Money(amount: 0), refunded: Money(amount: 0), pending: .authorize, declineReason: nil, version: 1,
              createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0), timeline: [])
          let isNew = state.payments[body.id] == nil
          state.payments[body.id] = payment
          if isNew, body.token == "tok_declined" {
            state.payments[body.id]?.status = .declined
            state.payments[body.id]?.pending = nil
            state.payments[body.id]?.declineReason = "declined"
          } else if isNew, !isPending {
            state.execute(.authorize, body.id)
          }
          return try state.response(body.id, created: true)
        }
      }
    }
    for operation in [PaymentOperation.capture, .void, .refund] {
      router.post("payments/:id/\(operation.rawValue)") { request, context in
        let id = try context.identifier("id")
        let body = try await request.json(VoidBody.self, context)
        return try await self.faults.handle(operation.rawValue, request) { isPending in
          try self.state.withLock { try $0.command(operation, id, order: body.orderId, isPending) }
        }
      }
    }
    router.get("payments/:id") { request, context in
      let id = try context.identifier("id")
      return try await self.faults.handle("query", request) { _ in
        try self.state.withLock { state in
          guard state.payments[id] != nil else { throw Problem.notFound("payment_not_found") }
          return try state.response(id)
        }
      }
    }
  }

  private struct VoidBody: Decodable {
    let orderId: Identifier?
  }
}

extension FakePaymentService.State {
  fileprivate mutating func command(
    _ operation: PaymentOperation, _ id: Identifier, order: Identifier?, _ isPending: Bool
  ) throws -> Response {
    guard let payment = payments[id] else {
      guard operation == .void, let order else { throw Problem.notFound("payment_not_found") }
      payments[id] = Payment(
        id: id, orderId: order, customerId: order, amount: Money(amount: 0), status: .voided, captured: Money(amount: 0),
        refunded: Money(amount: 0), pending: nil, declineReason: nil, version: 1, createdAt: Timestamp(milliseconds: 0),
        updatedAt: Timestamp(milliseconds: 0), timeline: [])
      return try response(id)
    }
    switch (operation, payment.status, payment.pending) {
    case (.capture, .captured, _), (.void, .voided, _), (.void, .declined, _), (.refund, .refunded, _): return try response(id)
    case (.void, .requested, .authorize), (.void, .requested, .void):
      payments[id]?.pending = .void
      return try response(id)
    case (.capture, .authorized, nil), (.void, .authorized, nil), (.refund, .captured, nil):
      if isPending { payments[id]?.pending = operation } else { execute(operation, id) }
      return try response(id)
    default: throw Problem.conflict("illegal_transition", "a \(payment.status) payment can't take \(operation)")
    }
  }

  fileprivate mutating func execute(_ operation: PaymentOperation, _ id: Identifier) {
    guard var payment = payments[id] else { return }
    payment.pending = nil
    payment.version += 1
    switch operation {
    case .authorize: payment.status = .authorized
    case .capture:
      payment.status = .captured
      payment.captured = payment.amount
    case .void: payment.status = .voided
    case .refund:
      payment.status = .refunded
      payment.refunded = payment.captured
    }
    payments[id] = payment
    effects.append(FakePaymentService.Effect(operation: operation, payment: id))
  }

  fileprivate func response(_ id: Identifier, created: Bool = false) throws -> Response {
    let payment = payments[id]
    return try .json(payment, status: payment?.pending != nil ? .accepted : created ? .created : .ok)
  }
}
