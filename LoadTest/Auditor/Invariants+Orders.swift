import Contracts
import Idempotency
import Postgres

/// 3: every saga and every order has ended, and every payment of an undelivered order is released or refunded.
func sagasHaveEnded(_ context: AuditContext) async throws -> Finding {
  var finding = try await context.findViolations(StuckSagas(), in: .order)
  let payments = try await context.payments()
  for order in try await context.orders() {
    finding.check(order.status.isFinal, "order \(order.id) is still \(order.status)")
    guard order.status != .delivered, let payment = payments[order.paymentId] else { continue }
    let isSettled = [.declined, .voided, .refunded].contains(payment.status)
    finding.check(isSettled, "order \(order.id) is \(order.status), but its payment \(payment.id) is still \(payment.status)")
  }
  return finding
}

/// 12: each order's events follow the state graph without gaps, and fold to its snapshot.
func eventsFoldToSnapshots(_ context: AuditContext) async throws -> Finding {
  let graph = try await context.findViolations(WrongTransitions(), in: .order)
  return graph + (try await context.findViolations(WrongSnapshots(), in: .order))
}

/// Sagas that are neither completed nor compensated, or whose outcome does not match their order's.
struct StuckSagas: ViolationQuery {
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

/// Events that are not permitted after the previous one. The graph is implemented independently of the service, as an oracle.
struct WrongTransitions: ViolationQuery {
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

/// Snapshots that differ from the fold of their events, and rows that differ from their document. The fold is implemented independently of
/// the service.
struct WrongSnapshots: ViolationQuery {
  static let sql = """
    WITH merged AS (
      SELECT order_id, jsonb_object_agg(key, value) AS members
      FROM order_events, jsonb_each(data::jsonb)
      WHERE version > 1
      GROUP BY order_id
    ), folded AS (
      SELECT order_id,
        (array_agg(data::jsonb ORDER BY version))[1] || '{"preparationMinutes": null, "reason": null}' || jsonb_build_object(
          'status', \(status("(array_agg(type ORDER BY version DESC))[1]")), 'version', count(*),
          'placedAt', \(text("(array_agg(at ORDER BY version))[1]")), 'updatedAt', \(text("(array_agg(at ORDER BY version DESC))[1]")),
          'timeline', jsonb_agg(
            jsonb_build_object('version', version, 'status', \(status("type")), 'at', \(text("at"))) ORDER BY version)) AS document
      FROM order_events GROUP BY order_id
    ), compared AS (
      SELECT order_id, folded.document || coalesce(merged.members, '{}') AS folded, snapshot.document::jsonb AS shown, snapshot.status,
        snapshot.version, snapshot.total, snapshot.customer_id, snapshot.shop_id, snapshot.owner_id, snapshot.payment_id
      FROM folded LEFT JOIN merged USING (order_id) FULL JOIN order_snapshots AS snapshot USING (order_id)
    )
    SELECT (SELECT count(*) FROM order_snapshots), wrong.name
    FROM (SELECT 1) AS one
    LEFT JOIN (
      SELECT 'order ' || order_id || CASE
          WHEN shown IS NULL THEN ' has no snapshot'
          WHEN folded IS NULL THEN ' has no events'
          ELSE ' shows a different ' || (
            SELECT string_agg(key, ', ' ORDER BY key)
            FROM jsonb_object_keys(folded || shown) AS key
            WHERE folded -> key IS DISTINCT FROM shown -> key) || ' than its events'
        END AS name
      FROM compared
      WHERE folded IS DISTINCT FROM shown
      UNION ALL
      SELECT 'order ' || order_id || ' is ' || status || ' (' || version || ') in its row, ' || (shown ->> 'status') || ' ('
        || (shown ->> 'version') || ') in its document, or its total or ids differ'
      FROM compared
      WHERE (status, version::text, total::text, customer_id::text, shop_id::text, owner_id::text, payment_id::text) IS DISTINCT FROM
        (shown ->> 'status', shown ->> 'version', shown #>> '{total,amount}', shown ->> 'customerId', shown ->> 'shopId',
          shown ->> 'ownerId', shown ->> 'paymentId')
      UNION ALL
      SELECT 'order ' || order_id || ' costs ' || (shown #>> '{total,amount}') || ', its items and the delivery '
        || (sum((item #>> '{price,amount}')::bigint * (item ->> 'quantity')::bigint)
          + (shown #>> '{deliveryFee,amount}')::bigint)
      FROM compared, jsonb_array_elements(shown -> 'items') AS item
      GROUP BY order_id, shown
      HAVING sum((item #>> '{price,amount}')::bigint * (item ->> 'quantity')::bigint)
        + (shown #>> '{deliveryFee,amount}')::bigint <> (shown #>> '{total,amount}')::bigint
    ) AS wrong ON true
    """

  /// The status of an event type: `paid` of `order.paid`.
  private static func status(_ type: String) -> String { "substr(\(type), length('order.') + 1)" }

  /// RFC 3339 in UTC with milliseconds, as in documents.
  private static func text(_ time: String) -> String {
    """
    to_char(\(time) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    """
  }
}
