import Contracts
import Persistence
import Postgres

/// The SQL of the statements that write a saga's change.
extension SagaChange {
  /// The number of history entries that are kept.
  private static let historyLimit = 50

  /// The number of parameters that ``bind(_:)`` appends.
  static let parameterCount = 12

  /// The condition that the row has the expected version.
  /// - Parameters:
  ///   - saga: the alias of `checkout_sagas`.
  ///   - first: the number of the first parameter of ``bind(_:)``.
  static func guardSQL(_ saga: String, from first: Int) -> String {
    "\(saga).version = coalesce($\(first)::bigint, \(saga).version)"
  }

  /// The assignments of `UPDATE checkout_sagas SET`. They delete the card's token when the saga leaves `authorize`.
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
    parameters.append(step)
    parameters.append(status)
    parameters.append(attempts)
    parameters.append(due)
    parameters.append(deadline)
    parameters.append(lastError)
    parameters.append(reason)
    parameters.append(payment)
    parameters.append(delivery)
    parameters.append(awaitsPayment)
    parameters.append(outcome)
  }
}
