/// The fields of a saga that clients see.
struct SagaView: Sendable {
  var step: String
  var status: String
  var attempts: Int
  /// Saga time in milliseconds.
  var deadline: Int64?
  var lastError: String?
  var reason: String?
  /// A JSON array.
  var history: [UInt8]
  var version: Int64
}
