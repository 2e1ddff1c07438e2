import Contracts
import Events
import LoadClient
import Telemetry
import Logging
import NIOPosix
import Redis
import ServiceCatalogue

/// Reads every service's stream of events from its end on, as a subscriber without a group would, and keeps what came until it is
/// asked for.
actor EventTail {
  private static let sources = ServiceCatalogue.standard.publishers.map(\.name)
  /// More than a walk makes by far; others who use the stack at the same time make events too.
  private static let most = 20_000

  private let connection: RedisBlockingConnection
  private var positions: [(stream: String, last: String)] = []
  private var events: [SeenEvent] = []

  init(configuration: RedisConfiguration) {
    connection = RedisBlockingConnection(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "walk") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Remembers where the streams end now; `run` reads what comes behind.
  ///
  /// - Throws: `RedisError` when the server can't be reached or doesn't let this user read.
  func start() async throws {
    for source in Self.sources {
      let stream = StreamNames.events(of: source)
      let last = try await connection.send(RedisCommand("XREVRANGE", .string(stream), "+", "-", "COUNT", 1))
      positions.append((stream, try last.streamEntries().first?.id ?? "0-0"))
    }
  }

  /// Reads until the task is cancelled.
  ///
  /// - Throws: `RedisError`, when it is cancelled too.
  func run() async throws {
    while true {
      var command = RedisCommand("XREAD", "COUNT", 500, "BLOCK", 1000, "STREAMS")
      command.append(positions.map(\.stream))
      command.append(positions.map(\.last))
      let answer = try await connection.send(command, deadline: .seconds(3)).streams()
      let (arrived, now) = (ContinuousClock.now, Timestamp.now())
      for (stream, entries) in answer {
        events += entries.map { SeenEvent(stream: stream, fields: $0.fields, arrived: arrived, at: now) }
        guard let last = entries.last, let index = positions.firstIndex(where: { $0.stream == stream }) else { continue }
        positions[index].last = last.id
      }
      if events.count > Self.most { events.removeFirst(events.count - Self.most) }
    }
  }

  /// The event of `subject` with this sequence, waited for if it has not come yet; it is handed out once.
  ///
  /// - Throws: `MissingEventError` after `patience`.
  func event(of subject: Identifier, sequence: Int64, within patience: Duration) async throws -> SeenEvent {
    let deadline = ContinuousClock.now + patience
    repeat {
      if let index = events.firstIndex(where: { $0.subject == subject && $0.sequence == sequence }) {
        return events.remove(at: index)
      }
      try await Task.sleep(for: .milliseconds(1), tolerance: .zero)
    } while ContinuousClock.now < deadline
    throw MissingEventError(subject: subject, sequence: sequence, patience: patience)
  }

  /// What came of these subjects and was not handed out before, in the order in which it came.
  func events(of subjects: Set<Identifier>) -> [SeenEvent] {
    let wanted = events.filter { $0.subject.map(subjects.contains) ?? false }
    events.removeAll { $0.subject.map(subjects.contains) ?? false }
    return wanted
  }

  func close() {
    connection.close()
  }
}

/// An event as it stood in its stream.
struct SeenEvent: Sendable {
  let stream: String
  let fields: RedisFields
  let arrived: ContinuousClock.Instant
  /// When it arrived, by the clock on the wall.
  let at: Timestamp

  /// The sum of all names and values in UTF-8.
  var bytes: Int {
    fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
  }

  var type: String {
    fields["type"] ?? "?"
  }

  var subject: Identifier? {
    fields["subject"].flatMap { Identifier($0) }
  }

  var sequence: Int64? {
    fields["sequence"].flatMap { Int64($0) }
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
    "no stream had an event of \(subject) with sequence \(sequence) within \(patience)"
  }
}
