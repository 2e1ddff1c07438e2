import Callbacks
import Contracts
import Redis

/// The writing side of the read model: every write is a compare-and-set on the shop's version.
struct ShopReadModel: Sendable {
  /// A shop as its owner shows it now, or what stays of a deleted one.
  enum State: Sendable {
    case live(ShopDocument)
    case gone(Tombstone)

    var id: Identifier {
      switch self {
      case .live(let document): document.id
      case .gone(let tombstone): tombstone.id
      }
    }
  }

  let redis: RedisClient

  /// The versions held, in order; of deleted shops too, `nil` for those never heard of. Throws `RedisError`.
  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    var versions: [Int64?] = []
    for chunk in ids.chunks(of: 1000) {
      let replies = try await redis.send(chunk.map { .hget(ReadModelKeys.shop($0), "version") })
      versions += try replies.map { try $0.get().int }
    }
    return versions
  }

  /// Writes the states that are newer than what is held. Throws `RedisError`, after which some may have been written.
  func write(_ states: [State]) async throws {
    for chunk in states.chunks(of: 250) {
      // A rebuild fills Redis's one thread with scripts, so the last of a chunk may wait for a while.
      let replies = try await redis.run(.projection, calls: chunk.map(Self.call), deadline: .seconds(5))
      for reply in replies { try reply.get() }
    }
  }

  /// Whether the read model was built in full and has not been lost since.
  func isBuilt() async throws -> Bool {
    try await redis.get(ReadModelKeys.built) != nil
  }

  /// Leaves a trace of a build; that of a builder who died goes after a day.
  func beginBuild(_ builder: Identifier) async throws {
    try await redis.set(ReadModelKeys.building(builder), "1", ex: .seconds(86_400))
  }

  /// Turns the trace into the mark; false if it was lost, and so everything that was written before.
  func finishBuild(_ builder: Identifier) async throws -> Bool {
    let replies = try await redis.transaction([
      RedisCommand("RENAME", .string(ReadModelKeys.building(builder)), .string(ReadModelKeys.built)),
      RedisCommand("PERSIST", .string(ReadModelKeys.built)),
    ])
    if replies[0].error?.code == .reply("ERR") { return false }  // no such key
    try replies[0].get()
    return true
  }

  /// How many live shops there are.
  func shopCount() async throws -> Int {
    try await redis.zcard(ReadModelKeys.everyShop)
  }

  private static func call(_ state: State) -> (keys: [String], arguments: [RedisArgument]) {
    let keys = [ReadModelKeys.shop(state.id), ReadModelKeys.card(state.id.description)]
    switch state {
    case .gone(let tombstone):
      return (keys, [.string(tombstone.id.description), .int(tombstone.version)])
    case .live(let document):
      return (
        keys,
        [
          .string(document.id.description), .int(document.version), .bytes(document.head), .bytes(document.menu),
          document.isOpen ? "0" : "1", .string(document.district.rawValue), .string(document.category.rawValue),
          .string(document.newestKey), .string(document.feeKey), .string(document.words),
          .string(document.terms.joined(separator: "\n")),
        ]
      )
    }
  }
}
