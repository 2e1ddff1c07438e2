import Contracts
import Idempotency

/// The current state of an order: as a value to decide on, and as the document that clients receive.
struct OrderSnapshot: Sendable {
  var order: Order
  var document: Document
}
