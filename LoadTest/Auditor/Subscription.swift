import Events
import Redis
import ServiceCatalogue

/// A consumer group's subscription to a service's event stream.
struct Subscription: Sendable {
  /// The publishing service.
  let source: String
  /// The consumer group, named like the subscribing service.
  let group: String

  static let all = ServiceCatalogue.standard.services.flatMap { service in
    service.subscribes.map { Subscription(source: $0.source, group: service.name) }
  }

  static let groups = Set(all.map(\.group)).sorted()

  var stream: String { StreamNames.events(of: source) }

  /// What the group has not processed; `nil` when it has acknowledged every entry.
  func outstandingWork(in context: AuditContext) async throws -> String? {
    let last = try await context.events.xrevrange(stream, count: 1).first?.id
    let groups = try await context.events.xinfoGroups(stream)
    guard let state = groups.first(where: { $0.name == group }) else { return "\(stream) has no group \(group)" }
    if state.pending > 0 { return "\(group) has \(state.pending) unacknowledged events of \(stream)" }
    guard let lag = state.lag(behind: last) else {
      return "\(group) has read \(stream) up to \(state.lastDeliveredID) of \(last ?? "none")"
    }
    return lag > 0 ? "\(group) has not read \(lag) events of \(stream)" : nil
  }
}
