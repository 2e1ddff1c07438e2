import Contracts
import Idempotency
import Postgres

/// 3: every saga came to an end, every order too, and whoever paid has the food or the money.
func sagasCameToAnEnd(_ evidence: Evidence) async throws -> Finding {
  var finding = try await evidence.find(StuckSagas(), in: .order)
  let payments = try await evidence.payments()
  for order in try await evidence.orders() {
    finding.check(order.status.isFinal, "order \(order.id) is still \(order.status)")
    guard order.status != .delivered, let payment = payments[order.paymentId] else { continue }
    let isSettled = [.declined, .voided, .refunded].contains(payment.status)
    finding.check(isSettled, "order \(order.id) is \(order.status), and its payment \(payment.id) still \(payment.status)")
  }
  return finding
}

/// 12: each order's events follow the state graph without gaps, and folded up they are its snapshot.
func historiesFold(_ evidence: Evidence) async throws -> Finding {
  let graph = try await evidence.find(WrongTransitions(), in: .order)
  return graph + (try await evidence.find(WrongSnapshots(), in: .order))
}

/// Sagas that are neither completed nor compensated, or whose end is not that of their order.
struct StuckSagas: OffenderQuery {
  static let sql = """
    SELECT (SELECT count(*) FROM checkout_sagas), wrong.name
    FROM (SELECT 1) AS one
    LEFT JOIN (
      SELECT 'saga of order ' || order_id || ' is ' || sagas.status || ' at ' || step || ', the order ' || orders.status
        || coalesce(' (' || last_error || ')', '') AS name
      FROM checkout_sagas AS sagas JOIN order_snapshots AS orders USING (order_id)
      WHERE sagas.status NOT IN ('completed', 'compensated') OR (sagas.status = 'completed') <> (orders.status = 'delivered')
      UNION ALL
      SELECT 'order ' || order_id || ' has no saga'
      FROM order_snapshots WHERE NOT EXISTS (SELECT FROM checkout_sagas WHERE checkout_sagas.order_id = order_snapshots.order_id)
    ) AS wrong ON true
    """
}

/// Events that don't follow from the one before. The graph is written here once more, on purpose: a mistake in the service's own table would
/// go unnoticed if it were its judge too.
struct WrongTransitions: OffenderQuery {
  static let sql = """
    WITH history AS (
      SELECT order_id, version, type,
        lag(version) OVER (PARTITION BY order_id ORDER BY version) AS version_before,
        lag(type) OVER (PARTITION BY order_id ORDER BY version) AS type_before
      FROM order_events
    ), graph (type_before, type) AS (
      VALUES ('order.placed', 'order.paid'), ('order.placed', 'order.paymentFailed'), ('order.placed', 'order.cancelled'),
        ('order.placed', 'order.expired'), ('order.paid', 'order.accepted'), ('order.paid', 'order.rejected'),
        ('order.paid', 'order.cancelled'), ('order.paid', 'order.expired'), ('order.accepted', 'order.pickedUp'),
        ('order.accepted', 'order.expired'), ('order.accepted', 'order.paymentFailed'), ('order.pickedUp', 'order.delivered'),
        ('order.pickedUp', 'order.expired')
    )
    SELECT (SELECT count(*) FROM order_events), wrong.name
    FROM (SELECT 1) AS one
    LEFT JOIN (
      SELECT 'order ' || order_id || ' went from ' || coalesce(type_before || ' (' || version_before || ')', 'nothing') || ' to '
        || type || ' (' || version || ')' AS name
      FROM history
      WHERE CASE
        WHEN type_before IS NULL THEN version <> 1 OR type <> 'order.placed'
        ELSE version <> version_before + 1 OR (type_before, type) NOT IN (SELECT * FROM graph)
      END
    ) AS wrong ON true
    """
}

/// Snapshots that are not what the events add up to: version, status, and every field of what was placed.
struct WrongSnapshots: OffenderQuery {
  static let sql = """
    WITH folded AS (
      SELECT order_id, count(*) AS version, (array_agg(type ORDER BY version DESC))[1] AS last_type,
        (array_agg(data::jsonb ORDER BY version))[1] AS placed
      FROM order_events GROUP BY order_id
    ), compared AS (
      SELECT order_id, folded.version AS folded_version, snapshot.version, folded.last_type, snapshot.status, placed,
        snapshot.document::jsonb AS document
      FROM folded FULL JOIN order_snapshots AS snapshot USING (order_id)
    )
    SELECT (SELECT count(*) FROM order_snapshots), wrong.name
    FROM (SELECT 1) AS one
    LEFT JOIN (
      SELECT 'order ' || order_id || ' is ' || coalesce(status || ' (' || version || ')', 'without snapshot') || ', its events say '
        || coalesce(last_type || ' (' || folded_version || ')', 'nothing') AS name
      FROM compared
      WHERE version IS DISTINCT FROM folded_version OR 'order.' || status IS DISTINCT FROM last_type
        OR document ->> 'status' IS DISTINCT FROM status OR (document ->> 'version')::bigint IS DISTINCT FROM version
        OR json_array_length((document -> 'timeline')::json) IS DISTINCT FROM version
      UNION ALL
      SELECT 'order ' || order_id || ' shows another ' || field.key || ' than was placed'
      FROM compared, jsonb_each(placed) AS field
      WHERE document ? field.key AND document -> field.key IS DISTINCT FROM field.value
      UNION ALL
      SELECT 'order ' || order_id || ' costs ' || (document #>> '{total,amount}') || ', its items and the delivery '
        || (sum((item #>> '{price,amount}')::bigint * (item ->> 'quantity')::bigint)
          + (document #>> '{deliveryFee,amount}')::bigint)
      FROM compared, jsonb_array_elements(document -> 'items') AS item
      GROUP BY order_id, document
      HAVING sum((item #>> '{price,amount}')::bigint * (item ->> 'quantity')::bigint)
        + (document #>> '{deliveryFee,amount}')::bigint <> (document #>> '{total,amount}')::bigint
    ) AS wrong ON true
    """
}
