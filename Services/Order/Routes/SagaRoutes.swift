import JSON
import Contracts
import Hummingbird
import NIOCore
import Postgres
import Telemetry
import Web

/// `GET /orders/{id}/saga`: where the checkout of an order stands and how it came there.
struct SagaRoutes {
  let postgres: PostgresClient
  let schedule: SagaSchedule

  func add(to router: Router<ServiceRequestContext>) {
    router.get("orders/:id/saga", use: read)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = try context.orderActor()
    let order = try context.identifier("id")
    guard let saga = try await postgres.execute(SelectSagaView(order: order, viewer: viewer)).first else {
      throw OrderError.unknownOrder
    }
    guard !request.hasCurrent(version: saga.version) else { return .notModified(.version(saga.version), headers: .uncached) }
    return .json(bytes: document(of: saga, order), version: saga.version, headers: .uncached)
  }

  private func document(of saga: SelectSagaView.Row, _ order: Identifier) -> ByteBuffer {
    var json = JSONText(capacity: 512 + saga.history.count)
    json.beginObject()
    json.add("orderId", order.description)
    json.add("step", saga.step)
    json.add("status", saga.status)
    json.add("attempts", Int64(saga.attempts))
    // Saga time stands still while the service does, so this is what to expect and no promise.
    json.add("deadline", saga.deadline.map { Timestamp(milliseconds: Timestamp.now().milliseconds + $0 - schedule.now).rfc3339 })
    json.add("lastError", saga.lastError)
    json.add("reason", saga.reason)
    json.key("history")
    json.raw(saga.history)
    json.add("version", saga.version)
    json.endObject()
    return json.buffer
  }
}

extension JSONText {
  /// A member that is `null` without a text.
  fileprivate mutating func add(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }
}
