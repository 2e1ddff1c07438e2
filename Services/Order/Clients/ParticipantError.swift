/// Why a call to a participant of the checkout failed.
enum ParticipantError: Error, Hashable {
  /// 409: the participant's state forbids the command, or the same request is being processed.
  case refused(String)
  /// Another 4xx, or declined by the card network: the command will never succeed.
  case rejected(String)
  /// No response, or an unreadable one: the command may have been executed.
  case unknown(String)
  /// The request was not sent: the circuit breaker is open, the bulkhead is full, or no instance is known.
  case notSent(String)

  var detail: String {
    switch self {
    case .refused(let detail), .rejected(let detail), .unknown(let detail), .notSent(let detail): detail
    }
  }
}
