/// A system-wide invariant and its check.
struct Invariant: Sendable {
  /// 1–14, in the order of ``all``.
  let number: Int
  let title: String
  let check: @Sendable (AuditContext) async throws -> Finding

  /// All invariants, in the order of their numbers.
  static let all: [Invariant] = [
    Invariant(
      number: 1, title: "captured − refunded = price of delivered orders; every ledger transaction balances", check: moneyBalances
    ),
    Invariant(number: 2, title: "at most one capture and one full refund per order", check: cardsAreChargedOnce),
    Invariant(
      number: 3, title: "when quiescent, every paid order is delivered or refunded; no saga is stuck", check: sagasHaveEnded),
    Invariant(number: 4, title: "every acknowledged write exists", check: acknowledgedWritesExist),
    Invariant(number: 5, title: "same key + same body = same response", check: repeatedRequestsAgree),
    Invariant(number: 6, title: "every committed event was consumed by every group", check: committedEventsArrived),
    Invariant(number: 7, title: "no event without a commit", check: publishedEventsWereCommitted),
    Invariant(number: 8, title: "each effect happens once", check: effectsAreIdempotent),
    Invariant(number: 9, title: "read model = source, field by field", check: readModelsEqualSources),
    Invariant(number: 10, title: "versions never decrease", check: versionsNeverDecreased),
    Invariant(number: 11, title: "deleted aggregates stay deleted", check: deletedStaysDeleted),
    Invariant(number: 12, title: "event histories follow the state graph; fold(events) = snapshot", check: eventsFoldToSnapshots),
    Invariant(number: 13, title: "one rider per order; one review per delivered order", check: oneRiderOneReview),
    Invariant(
      number: 14, title: "when quiescent, nothing is pending, outboxes are empty, dead letters have a reason",
      check: nothingIsPending),
  ]
}

/// The result of one invariant's check.
struct Finding: Sendable {
  /// The number of checked items.
  var checked = 0
  /// A description of each violation.
  var violations: [String] = []

  /// Counts an item, and records a violation unless the condition holds.
  mutating func check(_ holds: Bool, _ violation: @autoclosure () -> String) {
    checked += 1
    if !holds { violations.append(violation()) }
  }

  static func + (left: Finding, right: Finding) -> Finding {
    Finding(checked: left.checked + right.checked, violations: left.violations + right.violations)
  }
}
