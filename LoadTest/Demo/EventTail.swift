import Contracts
import Events
import LoadClient
import Telemetry
import Logging
import NIOPosix
import Redis
import ServiceCatalogue

/// Reads the event streams of all services from their ends, without a consumer group, and buffers the events until they are taken.
actor EventTail {
  private static let sources = ServiceCatalogue.standard.publishers.map(\.name)
  /// Far more than a demo run causes; other users of the stack cause events too.
  private static let bufferLimit = 20_000

  private let connection: RedisBlockingConnection
  private var positions: [(stream: String, last: String)] = []
  private var events: [ReceivedEvent] = []

  init(configuration: RedisConfiguration) {
    connection = RedisBlockingConnection(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Records the streams' current ends, from which `run` reads.
  ///
  /// - Throws: `RedisError` when the server is unreachable or the user lacks the permission.
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
      let response = try await connection.send(command, deadline: .seconds(3)).streams()
      let (arrived, now) = (ContinuousClock.now, Timestamp.now())
      for (stream, entries) in response {
        events += entries.map { ReceivedEvent(stream: stream, fields: $0.fields, arrived: arrived, at: now) }
        guard let last = entries.last, let index = positions.firstIndex(where: { $0.stream == stream }) else { continue }
        positions[index].last = last.id
      }
      if events.count > Self.bufferLimit { events.removeFirst(events.count - Self.bufferLimit) }
    }
  }

  /// Takes the event of `subject` with this sequence from the buffer, waiting for it if necessary.
  ///
  /// - Throws: `EventNotReceivedError` after `timeout`.
  func event(of subject: Identifier, sequence: Int64, within timeout: Duration) async throws -> ReceivedEvent {
    let deadline = ContinuousClock.now + timeout
    repeat {
      if let index = events.firstIndex(where: { $0.subject == subject && $0.sequence == sequence }) {
        return events.remove(at: index)
      }
      try await Task.sleep(for: .milliseconds(1), tolerance: .zero)
    } while ContinuousClock.now < deadline
    throw EventNotReceivedError(subject: subject, sequence: sequence, timeout: timeout)
  }

  /// Takes the events of these subjects from the buffer, in order of arrival.
  func events(of subjects: Set<Identifier>) -> [ReceivedEvent] {
    let wanted = events.filter { $0.subject.map(subjects.contains) ?? false }
    events.removeAll { $0.subject.map(subjects.contains) ?? false }
    return wanted
  }

  func close() {
    connection.close()
  }
}

/// A stream entry and its arrival time.
struct ReceivedEvent: Sendable {
  let stream: String
  let fields: RedisFields
  let arrived: ContinuousClock.Instant
  /// The arrival by the wall clock.
  let at: Timestamp

  /// The UTF-8 length of all field names and values.
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

/// The event of a committed change did not arrive in time.
struct EventNotReceivedError: Error, CustomStringConvertible {
  let subject: Identifier
  let sequence: Int64
  let timeout: Duration

  var description: String {
    "no event of \(subject) with sequence \(sequence) within \(timeout)"
  }
}
