import Contracts
import Events

/// The deliveries. A tombstone, of an order that was cancelled before its delivery was requested, has no events.
enum DeliveryTable: AggregateTable {
  static let rows = "deliveries"
  static let isDeleted = "NOT (\(DeliveryDocument.isLive("deliveries")))"
  static let eventType = """
    CASE WHEN \(DeliveryDocument.isLive("deliveries")) THEN \(EventType.sql(for: "status", \DeliveryStatus.event)) END
    """
}

/// The riders, who are never deleted.
enum RiderTable: AggregateTable {
  static let rows = "riders"
  static let eventType = """
    CASE WHEN version = 1 THEN \(EventType.riderRegistered.sql) ELSE \(EventType.riderStatusChanged.sql) END
    """
}
