import Contracts

/// Fetches orders from the order service.
protocol OrderSource: Sendable {
  /// - Returns: `nil` if the order does not exist.
  /// - Throws: `ReviewError.orderUnavailable`.
  func order(_ id: Identifier) async throws -> Order?
}
