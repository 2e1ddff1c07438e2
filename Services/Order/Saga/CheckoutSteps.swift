import Contracts

/// Executes a checkout as far as possible now: calls the participants as the saga decides, and writes each move in one statement.
///
/// All calls are idempotent and all writes are guarded by versions, so two processes may execute one saga, and a process may crash
/// at any point. No call is made during a transaction. Safe to use from any task.
struct CheckoutSteps: Sendable {
  /// Calls to participants per turn.
  private static let callLimit = 3
  /// Attempts of a turn while concurrent writers change the saga.
  private static let conflictLimit = 5

  let store: any SagaStore
  let changeOrder: ChangeOrder
  let payments: HTTPPaymentParticipant
  let deliveries: HTTPDeliveryParticipant
  let schedule: SagaSchedule
  let metrics: SagaMetrics

  /// Executes a saga that was woken or is due.
  /// - Throws: `PostgresError`, `CancellationError`; the saga is due again when its lease ends.
  func resume(_ record: SagaRecord) async throws {
    var record = record
    for _ in 0..<Self.conflictLimit {
      if try await advance(&record) { return }
      guard let current = try await store.saga(of: record.order) else { return }
      record = current
    }
  }

  /// Applies the status of its delivery to a saga, without calling participants.
  /// - Returns: whether the saga has something to execute now, and should be woken.
  /// - Throws: `PostgresError`; ``Contended``.
  func apply(_ status: DeliveryStatus, to record: SagaRecord) async throws -> Bool {
    var record = record
    for _ in 0..<Self.conflictLimit {
      if let hasWork = try await consume(.delivery(status), &record) { return hasWork }
      guard let current = try await store.saga(of: record.order) else { return false }
      record = current
    }
    throw Contended()
  }

  /// Concurrent writers changed the saga at every attempt.
  struct Contended: Error {}

  /// - Returns: false if a concurrent writer was first.
  private func advance(_ record: inout SagaRecord) async throws -> Bool {
    var pending: [SagaInput] = [.resumed]
    if let deadline = record.deadline, deadline <= schedule.now { pending.insert(.deadlinePassed, at: 0) }
    var turn = Turn()
    var input = SagaInput.order(record.saga.order)
    while true {
      if input == .resumed { turn.resumedStep = record.saga.step }
      switch record.saga.receive(input) {
      case .move(let step, let action, let outcome):
        // The input is given to the next step too, where it is still true.
        guard try await move(&record, to: step, order: action, outcome: outcome) else { return false }
        turn.hasMoved = true
        turn.callsOfStep = 0
      case .send(let command):
        guard turn.calls < Self.callLimit else { return try await park(record, turn) }
        turn.calls += 1
        turn.callsOfStep += 1
        input = try await send(command, record, &turn)
      case .stay:
        if !pending.isEmpty {
          input = pending.removeFirst()
        } else if turn.resumedStep != record.saga.step, record.saga.hasImmediateWork {
          input = .resumed
        } else {
          return try await park(record, turn)
        }
      }
    }
  }

  /// - Returns: whether the saga has something to execute now; `nil` if a concurrent writer was first.
  private func consume(_ input: SagaInput, _ record: inout SagaRecord) async throws -> Bool? {
    var hasMoved = false
    while true {
      let before = record.saga
      switch record.saga.receive(input) {
      case .move(let step, let action, let outcome):
        guard try await move(&record, to: step, order: action, outcome: outcome) else { return nil }
        hasMoved = true
      case .send:
        return true
      case .stay where record.saga != before && record.saga.step == .capture:
        // The order was picked up before the capture: stored for the step after it.
        return try await store.update(SagaChange(record), of: record.order) ? false : nil
      case .stay:
        return hasMoved && record.saga.hasImmediateWork
      }
    }
  }

  /// - Returns: false if a concurrent writer was first.
  private func move(
    _ record: inout SagaRecord, to step: SagaStep, order action: OrderAction?, outcome: String
  ) async throws -> Bool {
    let previous = record.saga.step
    var moved = record
    moved.saga.move(to: step, order: action)
    if step != previous { moved.deadline = schedule.deadline(of: step) }
    moved.lastError = nil
    moved.awaitsPayment = false
    moved.due =
      moved.saga.hasImmediateWork ? schedule.lease : schedule.due(step, attempts: moved.saga.attempts, deadline: moved.deadline)
    guard try await write(SagaChange(moved, outcome: outcome), order: action, of: record.order) else { return false }
    moved.version += 1
    record = moved
    metrics.stepLeft(previous, outcome, record.saga.status)
    return true
  }

  /// Writes a change and the order's action in one statement.
  /// - Returns: false if a concurrent writer was first; nothing was changed.
  private func write(_ change: SagaChange, order action: OrderAction?, of order: Identifier) async throws -> Bool {
    guard let action else { return try await store.update(change, of: order) }
    do {
      try await changeOrder.execute(action, on: order, saga: change)
      return true
    } catch OrderError.sagaChanged, OrderError.illegalTransition, OrderError.contended {
      return false
    }
  }

  /// Leaves a saga until it is due again, or until an event.
  /// - Returns: false if a concurrent writer was first.
  private func park(_ record: SagaRecord, _ turn: Turn) async throws -> Bool {
    // The move has written when the saga is due.
    if turn.hasMoved, turn.callsOfStep == 0 { return true }
    // No request was sent, so nothing is new. The saga is due when its lease ends; thousands of waiting sagas write nothing.
    if case .notSent = turn.failure, turn.calls == 1, record.lastError != nil { return true }
    var parked = record
    if turn.callsOfStep > 0 { parked.saga.attempts += 1 }
    parked.lastError = turn.failure?.detail
    parked.due = schedule.due(record.saga.step, attempts: parked.saga.attempts, deadline: record.deadline)
    parked.awaitsPayment = parked.saga.attempts > 0 && record.saga.plan.statusQuery == .queryPayment
    guard parked != record else { return true }
    return try await store.update(SagaChange(parked), of: record.order)
  }

  /// What one turn has done so far.
  private struct Turn {
    var calls = 0
    /// Those of them that the current step has made.
    var callsOfStep = 0
    var hasMoved = false
    /// The step that last received `.resumed`.
    var resumedStep: SagaStep?
    /// Of the last call, if it failed.
    var failure: ParticipantError?
  }
}

extension CheckoutSteps {
  /// Sends a command and returns the response, or the failure, as the saga's next input.
  private func send(_ command: SagaCommand, _ record: SagaRecord, _ turn: inout Turn) async throws -> SagaInput {
    turn.failure = nil
    do {
      return try await call(command, record)
    } catch let error as ParticipantError {
      turn.failure = error
      metrics.callFailed(record.saga.step)
      switch (error, command) {
      // A failed query reveals nothing about the state, whatever the error.
      case (_, .queryPayment), (_, .queryDelivery): return .failed(error.detail)
      case (.refused(let detail), _): return .refused(detail)
      case (.rejected(let detail), _): return .rejected(detail)
      case (.unknown(let detail), _), (.notSent(let detail), _): return .failed(detail)
      }
    }
  }
}
