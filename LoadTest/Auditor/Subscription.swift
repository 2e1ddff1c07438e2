import Events
import Redis

/// Who hears whom: the map of the system's streams.
struct Subscription: Sendable {
  /// The service that publishes.
  let source: String
  /// The consumer group, by the name of the service that hears it.
  let group: String

  static let all =
    [
      ("shop", ["shop-listing", "order"]), ("order", ["rider", "review", "order-history"]),
      ("payment", ["order", "order-history"]),
      ("rider", ["order", "order-history"]), ("review", ["shop-listing"]),
    ].flatMap { source, groups in groups.map { Subscription(source: source, group: $0) } }

  static let groups = Set(all.map(\.group)).sorted()

  var stream: String { StreamNames.events(of: source) }

  /// What the group has not done yet; `nil` when it has heard and acknowledged everything.
  func motion(in evidence: Evidence) async throws -> String? {
    let groups = try await evidence.events.xinfoGroups(stream)
    guard let state = groups.first(where: { $0.name == group }) else { return "\(stream) has no group \(group)" }
    if state.pending > 0 { return "\(group) holds \(state.pending) unacknowledged events of \(stream)" }
    let last = try await lastEntry(in: evidence)
    if let lag = state.lag {
      if lag > 0 { return "\(group) has not heard \(lag) events of \(stream)" }
    } else if let last, last != state.lastDeliveredID {
      return "\(group) has heard \(stream) up to \(state.lastDeliveredID) of \(last)"
    }
    return nil
  }

  private func lastEntry(in evidence: Evidence) async throws -> String? {
    try await evidence.events.send(RedisCommand("XREVRANGE", .string(stream), "+", "-", "COUNT", "1")).streamEntries().first?.id
  }
}
