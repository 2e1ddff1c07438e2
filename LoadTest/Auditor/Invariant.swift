/// Something that must always hold of the whole system, with the check that goes through all the evidence for it.
struct Invariant: Sendable {
  /// 1–14, in the order of ``all``.
  let number: Int
  let title: String
  let check: @Sendable (Evidence) async throws -> Finding

  /// All of them, in the order of their numbers.
  static let all: [Invariant] = [
    Invariant(
      number: 1, title: "captured − refunded = price of delivered orders; every ledger transaction balances", check: moneyBalances
    ),
    Invariant(number: 2, title: "at most one capture and one full refund per order", check: nobodyPaysTwice),
    Invariant(number: 3, title: "at rest every paid order is delivered or refunded; no saga is stuck", check: sagasCameToAnEnd),
    Invariant(number: 4, title: "every acknowledged write exists", check: acknowledgedWritesExist),
    Invariant(number: 5, title: "same key + same body = same answer", check: repeatedRequestsAgree),
    Invariant(number: 6, title: "every committed event reached every group", check: committedEventsArrived),
    Invariant(number: 7, title: "no event without its commit", check: publishedEventsWereCommitted),
    Invariant(number: 8, title: "each effect once", check: effectsHappenedOnce),
    Invariant(number: 9, title: "read model = source, field by field", check: readModelsEqualSources),
    Invariant(number: 10, title: "versions never fall", check: versionsNeverFell),
    Invariant(number: 11, title: "what is deleted stays deleted", check: deletedStaysDeleted),
    Invariant(number: 12, title: "histories follow the state graph; fold(events) = snapshot", check: historiesFold),
    Invariant(number: 13, title: "one rider per order; one review per delivered order", check: oneRiderOneReview),
    Invariant(
      number: 14, title: "at rest nothing is pending, outboxes are empty, dead letters are explained", check: nothingIsPending),
  ]
}

/// What the check of one invariant found.
struct Finding: Sendable {
  /// How many things were looked at; an audit of nothing proves nothing.
  var checked = 0
  /// Each thing that breaks the invariant, by name, and how.
  var violations: [String] = []

  /// Looks at one thing.
  mutating func check(_ holds: Bool, _ violation: @autoclosure () -> String) {
    checked += 1
    if !holds { violations.append(violation()) }
  }

  static func + (left: Finding, right: Finding) -> Finding {
    Finding(checked: left.checked + right.checked, violations: left.violations + right.violations)
  }
}
