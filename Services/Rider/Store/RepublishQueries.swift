import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Riders and deliveries as one table. Tombstones are excluded, because they have no events.
private enum Aggregates {
  static let sql = """
    (SELECT id, version, updated_at, status AS delivery_status FROM deliveries WHERE \(DeliveryDocument.isLive("deliveries"))
     UNION ALL
     SELECT id, version, updated_at, NULL FROM riders) AS aggregates
    """
}

/// A page of riders and deliveries to republish, with the current version and the event type of the current status.
struct SelectRepublishSubjects: RepublishPageStatement {
  static let sql = """
    SELECT id, version, delivery_status
    FROM \(Aggregates.sql)
    \(RepublishPage.sql)
    """
  let page: RepublishPage

  static func decode(_ row: inout PostgresRow) throws -> RepublishSubject {
    let (id, version) = (try row.identifier(), try row.next(Int64.self))
    let delivery = try row.next(String?.self).flatMap(DeliveryStatus.init)
    return RepublishSubject(
      id: id, version: version, type: delivery?.event ?? (version == 1 ? .riderRegistered : .riderStatusChanged))
  }
}

/// The number of riders and deliveries that match the criteria.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM \(Aggregates.sql) WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}
