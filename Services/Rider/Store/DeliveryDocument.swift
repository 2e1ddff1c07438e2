import Persistence
import Idempotency

/// The JSON of deliveries, riders and offers, as SQL expressions: the database writes the documents that clients read.
enum DeliveryDocument {
  /// A row of `deliveries`, in the shape of `Contracts.Delivery`. Of a tombstone nothing is known: its ids are the nil UUID, and its places
  /// have no address; only whoever made it sees it so.
  static func delivery(_ row: String) -> String {
    """
    json_build_object(
      'id', \(row).id,
      'orderId', \(row).order_id,
      'customerId', \(id(row, "customer_id")),
      'shopId', \(id(row, "shop_id")),
      'ownerId', \(id(row, "owner_id")),
      'pickup', \(place(row, "pickup")),
      'dropOff', \(place(row, "drop_off")),
      'status', \(row).status,
      'riderId', \(row).rider_id,
      'riderName', \(row).rider_name,
      'reason', \(row).reason,
      'version', \(row).version,
      'createdAt', \(DocumentSQL.time("\(row).created_at")),
      'updatedAt', \(DocumentSQL.time("\(row).updated_at")),
      'timeline', \(row).timeline)
    """
  }

  /// What a reader gets: NULL for a tombstone.
  static func live(_ row: String) -> String {
    "CASE WHEN \(isLive(row)) THEN \(delivery(row)) END"
  }

  /// Whether a row is a delivery and no tombstone.
  static func isLive(_ row: String) -> String { "\(row).customer_id IS NOT NULL" }

  /// A row of `offers` with its delivery.
  static func offer(_ offer: String, of row: String) -> String {
    """
    json_build_object(
      'deliveryId', \(row).id,
      'orderId', \(row).order_id,
      'pickup', \(place(row, "pickup")),
      'dropOff', \(place(row, "drop_off")),
      'distanceMeters', \(offer).distance_meters,
      'expiresAt', \(DocumentSQL.time("\(offer).expires_at")))
    """
  }

  /// A row of `riders`.
  static func rider(_ row: String) -> String {
    """
    json_build_object(
      'id', \(row).id,
      'name', \(row).name,
      'vehicle', \(row).vehicle,
      'status', \(row).status,
      'version', \(row).version,
      'createdAt', \(DocumentSQL.time("\(row).created_at")),
      'updatedAt', \(DocumentSQL.time("\(row).updated_at")))
    """
  }

  /// A line of a timeline, made now.
  static func timelineEntry(version: String, status: String) -> String {
    "jsonb_build_object('version', \(version), 'status', \(status), 'at', \(DocumentSQL.time("now()")))"
  }

  private static func id(_ row: String, _ column: String) -> String {
    "coalesce(\(row).\(column), '00000000-0000-0000-0000-000000000000')"
  }

  private static func place(_ row: String, _ name: String) -> String {
    """
    json_build_object(
      'address', coalesce(\(row).\(name)_address, ''),
      'location', json_build_object(
        'latitude', coalesce(\(row).\(name)_latitude, 0), 'longitude', coalesce(\(row).\(name)_longitude, 0)))
    """
  }
}
