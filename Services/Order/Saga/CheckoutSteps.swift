import Contracts
import Logging

/// Carries a checkout on as far as it goes now: calls participants as the saga decides, and writes each move as one statement.
///
/// Every call may be repeated and every write is guarded, so it does no harm when two processes work on one checkout, or when one
/// dies at any point and another begins again. No call is made while a transaction is open. Safe to use from any task.
struct CheckoutSteps: Sendable {
  /// Calls to participants before the saga is left to its next turn.
  private static let callLimit = 3
  /// How often a saga that others moved meanwhile is decided on anew, before it is left to its next turn.
  private static let conflictLimit = 5

  let store: SagaStore
  let payments: any PaymentParticipant
  let deliveries: any DeliveryParticipant
  let schedule: SagaSchedule
  let metrics: SagaMetrics

  /// Takes a saga up: after a wake-up, or when it is due.
  /// - Throws: `PostgresError`, `CancellationError`; the saga is due again at the end of its lease.
  func take(_ record: SagaRecord) async throws {
    var record = record
    for _ in 0..<Self.conflictLimit {
      if try await carryOn(&record) { return }
      guard let current = try await store.saga(of: record.order) else { return }
      record = current
    }
  }

  /// Tells a saga what was heard of its delivery.
  /// - Returns: whether the saga now has something to do, for which it should be woken.
  /// - Throws: `PostgresError`; ``Contended``.
  func tell(_ record: SagaRecord, _ status: DeliveryStatus) async throws -> Bool {
    var record = record
    for _ in 0..<Self.conflictLimit {
      if let hasWork = try await consume(.delivery(status), &record) { return hasWork }
      guard let current = try await store.saga(of: record.order) else { return false }
      record = current
    }
    throw Contended()
  }

  /// Others moved the saga again and again.
  struct Contended: Error {}

  /// - Returns: false if another writer was first.
  private func carryOn(_ record: inout SagaRecord) async throws -> Bool {
    var ahead: [SagaInput] = [.taken]
    if let deadline = record.deadline, deadline <= schedule.now { ahead.insert(.deadlinePassed, at: 0) }
    var turn = Turn()
    var input = SagaInput.order(record.saga.order)
    while true {
      if input == .taken { turn.taken = record.saga.step }
      switch record.saga.receive(input) {
      case .go(let step, let action, let outcome):
        // What was heard still holds at the next step, so the same input is looked at again.
        guard try await move(&record, to: step, order: action, outcome: outcome) else { return false }
        turn.hasMoved = true
        turn.tries = 0
      case .send(let command):
        guard turn.calls < Self.callLimit else { return try await park(record, turn) }
        turn.calls += 1
        turn.tries += 1
        input = try await answer(to: command, record, &turn)
      case .stay:
        if !ahead.isEmpty {
          input = ahead.removeFirst()
        } else if turn.taken != record.saga.step, record.isForNow {
          input = .taken
        } else {
          return try await park(record, turn)
        }
      }
    }
  }

  /// - Returns: whether there is something to do now; `nil` if another writer was first.
  private func consume(_ input: SagaInput, _ record: inout SagaRecord) async throws -> Bool? {
    var hasMoved = false
    while true {
      let before = record.saga
      switch record.saga.receive(input) {
      case .go(let step, let action, let outcome):
        guard try await move(&record, to: step, order: action, outcome: outcome) else { return nil }
        hasMoved = true
      case .send:
        return true
      case .stay where record.saga != before && record.saga.step == .capture:
        // The rider is ahead of the capture: kept for when it is done.
        return try await store.write(SagaChange(record), order: nil, of: record.order) ? false : nil
      case .stay:
        return hasMoved && record.isForNow
      }
    }
  }

  private func move(
    _ record: inout SagaRecord, to step: SagaStep, order action: OrderAction?, outcome: String
  ) async throws -> Bool {
    let left = record.saga.step
    var moved = record
    moved.saga.move(to: step, order: action)
    if step != left { moved.deadline = schedule.deadline(of: step) }
    moved.lastError = nil
    moved.awaitsPayment = false
    moved.due =
      moved.isForNow ? schedule.lease : schedule.due(step, attempts: moved.saga.attempts, deadline: moved.deadline)
    guard try await store.write(SagaChange(moved, outcome: outcome), order: action, of: record.order) else { return false }
    moved.version += 1
    record = moved
    metrics.left(left, outcome, record.saga.status)
    return true
  }

  /// Leaves a saga until it is due again, or until something is heard.
  private func park(_ record: SagaRecord, _ turn: Turn) async throws -> Bool {
    // The move that led here has said when to come back.
    if turn.hasMoved, turn.tries == 0 { return true }
    // Who was not even asked knows no more than before; the lease brings the saga back, and thousands that wait write nothing.
    if case .notSent = turn.failure, turn.calls == 1, record.lastError != nil { return true }
    var parked = record
    if turn.tries > 0 { parked.saga.attempts += 1 }
    parked.lastError = turn.failure?.detail
    parked.due = schedule.due(record.saga.step, attempts: parked.saga.attempts, deadline: record.deadline)
    parked.awaitsPayment = parked.saga.attempts > 0 && record.saga.plan.statusQuery == .queryPayment
    guard parked != record else { return true }
    return try await store.write(SagaChange(parked), order: nil, of: record.order)
  }

  /// Calls a participant; what went wrong is an input like any other.
  private func answer(to command: SagaCommand, _ record: SagaRecord, _ turn: inout Turn) async throws -> SagaInput {
    turn.failure = nil
    do {
      return try await call(command, record)
    } catch let error as ParticipantError {
      turn.failure = error
      metrics.failed(record.saga.step)
      switch (error, command) {
      // A statusQuery that is not answered tells nothing, whatever the reason.
      case (_, .queryPayment), (_, .askDelivery): return .failed(error.detail)
      case (.refused(let detail), _): return .refused(detail)
      case (.rejected(let detail), _): return .rejected(detail)
      case (.unknown(let detail), _), (.notSent(let detail), _): return .failed(detail)
      }
    }
  }

  private func call(_ command: SagaCommand, _ record: SagaRecord) async throws -> SagaInput {
    switch command {
    case .authorize: .payment(try await payments.authorize(record))
    case .capture: .payment(try await payments.capture(record))
    case .void: .payment(try await payments.void(record))
    case .refund: .payment(try await payments.refund(record))
    case .queryPayment: try await payments.payment(of: record).map { .payment($0) } ?? .noPayment
    case .cancelDelivery(let isLost): .delivery(try await deliveries.cancel(record, isLost: isLost))
    case .askDelivery: try await deliveries.delivery(of: record).map { .delivery($0) } ?? .noDelivery
    }
  }

  /// What one turn has done so far.
  private struct Turn {
    var calls = 0
    /// Of them at the step where the saga is now.
    var tries = 0
    var hasMoved = false
    /// The step that was taken up last.
    var taken: SagaStep?
    /// Of the last call, if it failed.
    var failure: ParticipantError?
  }
}

extension SagaRecord {
  /// Whether the step has something to do at once, rather than to wait for.
  fileprivate var isForNow: Bool {
    saga.plan.action != nil || saga.step == .awaitRider && saga.delivery != nil
  }
}

extension SagaChange {
  /// The row as `record` has it.
  fileprivate init(_ record: SagaRecord, outcome: String? = nil) {
    self.init(
      expectedVersion: record.version, step: record.saga.step, status: record.saga.status, attempts: record.saga.attempts,
      due: record.due, deadline: record.deadline, lastError: record.lastError, reason: record.saga.reason,
      payment: record.saga.payment, delivery: record.saga.delivery, awaitsPayment: record.awaitsPayment,
      outcome: outcome)
  }
}
