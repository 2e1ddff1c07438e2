import Contracts
import Hummingbird
import JSON
import NIOCore
import Telemetry
import Web

/// `GET /orders/{id}/saga`: the state and history of an order's checkout.
struct SagaRoutes {
  let store: any SagaStore
  let schedule: SagaSchedule

  func add(to router: Router<ServiceRequestContext>) {
    router.get("orders/:id/saga", use: read)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = try context.orderActor()
    let order = try context.identifier("id")
    let saga = try await store.view(of: order, for: viewer)
    guard !request.hasCurrent(version: saga.version) else { return .notModified(.version(saga.version), headers: .uncached) }
    return .json(bytes: document(of: saga, order), version: saga.version, headers: .uncached)
  }

  private func document(of saga: SagaView, _ order: Identifier) -> ByteBuffer {
    var json = JSONText(capacity: 512 + saga.history.count)
    json.beginObject()
    json.add("orderId", order)
    json.add("step", saga.step)
    json.add("status", saga.status)
    json.add("attempts", Int64(saga.attempts))
    // An estimate: saga time stands still while no instance runs.
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
