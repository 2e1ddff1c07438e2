import Persistence
import Contracts
import Idempotency
import Postgres

/// What becomes of a saga's row, alone or in the statement that changes its order. Times are saga time, in milliseconds.
struct SagaChange: Hashable, Sendable {
  /// The version of the row that this was decided on; `nil` when the order's version is guard enough.
  var expectedVersion: Int64?
  /// The step that the saga is at from now on.
  var step: SagaStep
  var status: SagaStatus
  /// How often the step was tried.
  var attempts = 0
  /// When the step is to be worked on next; `nil` when there is nothing more to do.
  var due: Int64?
  var deadline: Int64?
  var lastError: String?
  /// Why the order is given up; `nil` keeps what is there.
  var reason: String?
  /// What the participants were last seen to say; `nil` keeps what is there.
  var payment: PaymentStatus?
  var delivery: DeliveryStatus?
  /// What became of the last call to payment is not known, so its next event is of interest.
  var awaitsPayment = false
  /// How the step that the saga leaves ended, for its history; `nil` adds no entry.
  var outcome: String?
}

extension SagaChange {
  /// How many of the last steps the history keeps.
  private static let historyLimit = 50

  /// The number of parameters that ``bind(_:)`` appends.
  static let parameterCount = 12

  /// The condition that the row of alias `saga` is at the version that this was decided on.
  /// - Parameter first: the number of the first parameter of ``bind(_:)``.
  static func guardSQL(_ saga: String, from first: Int) -> String {
    "\(saga).version = coalesce($\(first)::bigint, \(saga).version)"
  }

  /// What stands behind `UPDATE checkout_sagas SET`.
  ///
  /// The card's token goes with the step that needs it.
  /// - Parameter first: the number of the first parameter of ``bind(_:)``.
  static func assignmentsSQL(from first: Int) -> String {
    """
    version = checkout_sagas.version + 1,
    updated_at = now(),
    step = $\(first + 1),
    status = $\(first + 2),
    attempts = $\(first + 3),
    due_ms = $\(first + 4),
    deadline_ms = $\(first + 5),
    last_error = $\(first + 6),
    reason = coalesce($\(first + 7), checkout_sagas.reason),
    payment = coalesce($\(first + 8), checkout_sagas.payment),
    delivery = coalesce($\(first + 9), checkout_sagas.delivery),
    awaits_payment = $\(first + 10),
    token = CASE WHEN $\(first + 1) = '\(SagaStep.authorize)' THEN checkout_sagas.token END,
    history = CASE
      WHEN $\(first + 11)::text IS NULL THEN checkout_sagas.history
      ELSE (CASE WHEN jsonb_array_length(checkout_sagas.history) < \(historyLimit) THEN checkout_sagas.history
            ELSE checkout_sagas.history - 0 END)
        || jsonb_build_object('step', checkout_sagas.step, 'outcome', $\(first + 11)::text,
             'at', \(DocumentSQL.time("now()")))
      END
    """
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(expectedVersion)
    parameters.append(step.rawValue)
    parameters.append(status.rawValue)
    parameters.append(attempts)
    parameters.append(due)
    parameters.append(deadline)
    parameters.append(lastError)
    parameters.append(reason)
    parameters.append(payment?.rawValue)
    parameters.append(delivery?.rawValue)
    parameters.append(awaitsPayment)
    parameters.append(outcome)
  }
}
