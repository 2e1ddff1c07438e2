import Contracts

/// What becomes of a saga's row in the statement that changes its order. Times are saga time, in milliseconds.
struct SagaChange: Hashable, Sendable {
  /// The version of the row that this was decided on; `nil` when the order's version is guard enough.
  var expectedVersion: Int64?
  /// The step that the saga is at from now on.
  var step: String
  /// `running`, `compensating`, `completed` or `compensated`.
  var status: String
  var attempts = 0
  /// When the step is to be worked on next; `nil` when there is nothing more to do.
  var due: Int64?
  var deadline: Int64?
  var lastError: String?
  /// Why the saga is being compensated; `nil` keeps what is there.
  var reason: String?
  /// The delivery, once it is known; `nil` keeps what is there.
  var delivery: Identifier?
  /// The card's token is of no more use.
  var forgetsToken = false
  /// How the step that the saga leaves ended, for its history; `nil` adds no entry.
  var outcome: String?
}
