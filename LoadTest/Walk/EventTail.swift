import Contracts
import Events
import Logging
import NIOPosix
import Redis

/// Reads the stream of shop events from its end on, as a subscriber without a group would.
actor EventTail {
  static let stream = StreamNames.events(of: "shop")

  private let connection: RedisBlockingConnection
  private var position: String?

  init(configuration: RedisConfiguration) {
    connection = RedisBlockingConnection(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "walk") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Remembers where the stream ends now; later calls read what comes behind.
  ///
  /// - Throws: `RedisError` when the server can't be reached or doesn't let this user read.
  func start() async throws {
    let last = try await connection.send(RedisCommand("XREVRANGE", .string(Self.stream), "+", "-", "COUNT", 1))
    position = try last.streamEntries().first?.id ?? "0-0"
  }

  /// The next event of `subject` with this sequence or a later one; those of other shops are passed over.
  func event(of subject: Identifier, sequence: Int64, within patience: Duration) async throws -> SeenEvent {
    let deadline = ContinuousClock.now + patience
    while ContinuousClock.now < deadline {
      let command = RedisCommand(
        "XREAD", "COUNT", 100, "BLOCK", 250, "STREAMS", .string(Self.stream), .string(position ?? "0-0"))
      let entries = try await connection.send(command, deadline: .seconds(2)).streams().flatMap(\.entries)
      let arrived = ContinuousClock.now
      for entry in entries {
        position = entry.id
        guard entry["subject"] == subject.description, let number = entry["sequence"].flatMap({ Int64($0) }) else { continue }
        if number >= sequence { return SeenEvent(fields: entry.fields, arrived: arrived) }
      }
    }
    throw MissingEventError(subject: subject, sequence: sequence, patience: patience)
  }

  func close() {
    connection.close()
  }
}

/// An event as it stood in the stream.
struct SeenEvent: Sendable {
  let fields: RedisFields
  let arrived: ContinuousClock.Instant

  /// The sum of all names and values in UTF-8.
  var bytes: Int {
    fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
  }

  var type: String {
    fields["type"] ?? "?"
  }

  var time: Timestamp? {
    fields["time"].flatMap { Timestamp(rfc3339: $0) }
  }
}

/// A change was committed and its event did not come.
struct MissingEventError: Error, CustomStringConvertible {
  let subject: Identifier
  let sequence: Int64
  let patience: Duration

  var description: String {
    "\(EventTail.stream) had no event of shop \(subject) with sequence \(sequence) within \(patience)"
  }
}
