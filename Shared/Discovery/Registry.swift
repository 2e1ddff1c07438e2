import NIOCore
import Redis
import ServiceClient

/// The entries of the registry in Redis `events`: for each service the hash `registry:<service>`, with a field for each instance
/// whose value is `<end of its lease, in milliseconds of the server's clock> <address>`.
struct Registry: Sendable {
  struct Entry: Hashable, Sendable {
    let instance: String
    let address: ServiceAddress
    /// When the lease expires: milliseconds since 1970 by Redis's clock, the only one that all processes share.
    let end: Int64
  }

  /// The entries of one service, and the time at which they were read.
  struct Snapshot: Sendable {
    let now: Int64
    let entries: [Entry]
    /// Fields whose values can't be parsed.
    let unreadable: [String]

    var valid: [Entry] { entries.filter { $0.end > now } }
  }

  private let redis: RedisClient

  init(redis: RedisClient) {
    self.redis = redis
  }

  func snapshot(of service: String) async throws -> Snapshot {
    try await snapshots(of: [service])[service] ?? Snapshot(now: 0, entries: [], unreadable: [])
  }

  /// Reads several services in one round trip.
  func snapshots(of services: [String]) async throws -> [String: Snapshot] {
    let replies = try await redis.send([.time] + services.map { .hgetAll(Self.key($0)) })
    let now = try replies[0].milliseconds()
    return try Dictionary(
      uniqueKeysWithValues: zip(services, replies.dropFirst()).map { service, reply in
        (service, Snapshot(now, try reply.fields().mapValues { String(buffer: $0) }))
      })
  }

  func set(_ entry: Entry, of service: String) async throws {
    try await redis.hset(Self.key(service), [(entry.instance, .string("\(entry.end) \(entry.address.url)"))])
  }

  func remove(_ instances: [String], of service: String) async throws {
    try await redis.hdel(Self.key(service), instances)
  }

  private static func key(_ service: String) -> String { "registry:\(service)" }
}

extension Registry.Snapshot {
  fileprivate init(_ now: Int64, _ fields: [String: String]) {
    var entries: [Registry.Entry] = []
    var unreadable: [String] = []
    for (instance, text) in fields.sorted(by: { $0.key < $1.key }) {
      let parts = text.split(separator: " ", maxSplits: 1)
      if parts.count == 2, let end = Int64(parts[0]), let address = ServiceAddress(parts[1]) {
        entries.append(Registry.Entry(instance: instance, address: address, end: end))
      } else {
        unreadable.append(instance)
      }
    }
    self.init(now: now, entries: entries, unreadable: unreadable)
  }
}
