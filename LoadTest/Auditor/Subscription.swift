import Events
import Redis
import ServiceCatalogue

/// Who hears whom: the map of the system's streams.
struct Subscription: Sendable {
  /// The service that publishes.
  let source: String
  /// The consumer group, by the name of the service that hears it.
  let group: String

  static let all = ServiceCatalogue.standard.services.flatMap { service in
    service.subscribes.map { Subscription(source: $0.source, group: service.name) }
  }

  static let groups = Set(all.map(\.group)).sorted()

  var stream: String { StreamNames.events(of: source) }

  /// What the group has not done yet; `nil` when it has heard and acknowledged everything.
  func motion(in evidence: Evidence) async throws -> String? {
    let last = try await evidence.events.xrevrange(stream, count: 1).first?.id
    let groups = try await evidence.events.xinfoGroups(stream)
    guard let state = groups.first(where: { $0.name == group }) else { return "\(stream) has no group \(group)" }
    if state.pending > 0 { return "\(group) holds \(state.pending) unacknowledged events of \(stream)" }
    guard let lag = state.lag(behind: last) else {
      return "\(group) has heard \(stream) up to \(state.lastDeliveredID) of \(last ?? "none")"
    }
    return lag > 0 ? "\(group) has not heard \(lag) events of \(stream)" : nil
  }
}
