import Persistence
import Contracts
import Events
import Idempotency
import Postgres

/// Riders and deliveries as one table, for what is said again of both; tombstones were never announced.
private enum Aggregates {
  static let sql = """
    (SELECT id, version, updated_at, status AS delivery_status FROM deliveries WHERE \(DeliveryDocument.isLive("deliveries"))
     UNION ALL
     SELECT id, version, updated_at, NULL FROM riders) AS aggregates
    """
}

/// Riders and deliveries to announce again, behind a cursor, each with the version and type that tell where it stands.
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

/// How many riders and deliveries a request to republish means.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM \(Aggregates.sql) WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}
