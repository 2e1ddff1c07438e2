import Persistence

/// SQL expressions for the JSON documents of deliveries, riders and offers.
enum DeliveryDocument {
  /// A row of `deliveries` as `Contracts.Delivery`. In a tombstone, the unknown ids are the nil UUID, and the addresses are empty; only
  /// the response to the cancellation contains it.
  static func delivery(_ row: String) -> String {
    """
    json_build_object(
      'id', \(row).id,
      'orderId', \(row).order_id,
      'customerId', \(id(row, "customer_id")),
      'shopId', \(id(row, "shop_id")),
      'ownerId', \(id(row, "owner_id")),
      'pickup', \(address(row, "pickup")),
      'dropOff', \(address(row, "drop_off")),
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

  /// The document for reads: NULL for a tombstone.
  static func live(_ row: String) -> String {
    "CASE WHEN \(isLive(row)) THEN \(delivery(row)) END"
  }

  /// True for a delivery, false for a tombstone.
  static func isLive(_ row: String) -> String { "\(row).customer_id IS NOT NULL" }

  /// A row of `offers` joined with its delivery.
  static func offer(_ offer: String, of row: String) -> String {
    """
    json_build_object(
      'deliveryId', \(row).id,
      'orderId', \(row).order_id,
      'pickup', \(address(row, "pickup")),
      'dropOff', \(address(row, "drop_off")),
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

  /// An entry of a timeline with the current time.
  static func timelineEntry(version: String, status: String) -> String {
    "jsonb_build_object('version', \(version), 'status', \(status), 'at', \(DocumentSQL.time("now()")))"
  }

  private static func id(_ row: String, _ column: String) -> String {
    "coalesce(\(row).\(column), '00000000-0000-0000-0000-000000000000')"
  }

  private static func address(_ row: String, _ name: String) -> String {
    """
    json_build_object(
      'address', coalesce(\(row).\(name)_address, ''),
      'location', json_build_object(
        'latitude', coalesce(\(row).\(name)_latitude, 0), 'longitude', coalesce(\(row).\(name)_longitude, 0)))
    """
  }
}
