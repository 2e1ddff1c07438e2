import NIOCore
import Redis
import ServiceClient

/// The entries of the registry, as they lie in Redis `events`: for each service the hash `registry:<service>`, with a field for each instance whose
/// value is `<end of its lease, in milliseconds of the server's clock> <address>`.
struct Registry: Sendable {
  struct Entry: Hashable, Sendable {
    let instance: String
    let address: ServiceAddress
    /// Milliseconds since 1970 by Redis's clock, the only one that all sides can see.
    let end: Int64
  }

  /// A look at one service, with the time at which it was taken.
  struct Look: Sendable {
    let now: Int64
    let entries: [Entry]
    /// Fields that no version of this code has written.
    let unreadable: [String]

    var living: [Entry] { entries.filter { $0.end > now } }
  }

  private let redis: RedisClient

  init(redis: RedisClient) {
    self.redis = redis
  }

  func look(at service: String) async throws -> Look {
    guard let look = try await look(at: [service])[service] else { return Look(now: 0, entries: [], unreadable: []) }
    return look
  }

  /// Looks at several services by one message.
  func look(at services: [String]) async throws -> [String: Look] {
    let replies = try await redis.send([.time] + services.map { .hgetAll(Self.key($0)) })
    let now = try replies[0].milliseconds()
    return try Dictionary(
      uniqueKeysWithValues: zip(services, replies.dropFirst()).map { service, reply in
        (service, Look(now, try reply.fields().mapValues { String(buffer: $0) }))
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

extension Registry.Look {
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
