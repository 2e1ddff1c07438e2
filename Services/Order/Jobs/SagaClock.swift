import Concurrency
import Postgres
import Synchronization

/// Saga time: how long this service has been running, on any instance, in milliseconds.
///
/// It is stored in the database, and each instance advances it by its monotonic clock with compare-and-set. Several instances
/// advance it no faster than one, and changes of the wall clock don't affect it. While no instance runs it stands still. Between
/// two ticks ``now`` advances in memory; it never decreases. Safe to use from any task.
final class SagaClock: Sendable {
  private struct Reading {
    /// The database's value at `instant`.
    var elapsed: Int64
    var instant: Duration
    var latest: Int64
  }

  /// The maximum of one tick: while PostgreSQL was unavailable or the process was stopped, nothing that a deadline bounds could
  /// make progress.
  private static let longestTick: Int64 = 5000

  private let postgres: PostgresClient
  private let monotonic: @Sendable () -> Duration
  private let reading: Mutex<Reading>

  /// Reads the stored value.
  /// - Parameter monotonic: a monotonic clock's elapsed time, from any origin.
  init(postgres: PostgresClient, monotonic: @escaping @Sendable () -> Duration = SagaClock.uptime) async throws {
    self.postgres = postgres
    self.monotonic = monotonic
    guard let elapsed = try await postgres.execute(ReadSagaClock()).first else { throw Self.noRow }
    reading = Mutex(Reading(elapsed: elapsed, instant: monotonic(), latest: elapsed))
  }

  /// Saga time, in milliseconds.
  var now: Int64 {
    let instant = monotonic()
    return reading.withLock { reading in
      reading.latest = max(reading.latest, reading.elapsed + Self.advance(from: reading.instant, to: instant))
      return reading.latest
    }
  }

  /// Advances the stored value by the time since this instance's last tick, unless another instance has advanced it since.
  func tick() async throws {
    let instant = monotonic()
    let (expected, elapsed) = reading.withLock { ($0.elapsed, $0.elapsed + Self.advance(from: $0.instant, to: instant)) }
    guard let found = try await postgres.execute(AdvanceSagaClock(expected: expected, elapsed: elapsed)).first else {
      throw Self.noRow
    }
    // Another instance's value is not newer than the end of the statement.
    let seen = found == elapsed ? instant : monotonic()
    reading.withLock { $0 = Reading(elapsed: found, instant: seen, latest: max($0.latest, found)) }
  }

  private static func advance(from start: Duration, to end: Duration) -> Int64 {
    min(max(0, (end - start).wholeMilliseconds), longestTick)
  }

  private static let noRow = PostgresError(.protocolViolation, message: "saga_clock has no row")
  private static let start = ContinuousClock.now

  static func uptime() -> Duration { ContinuousClock.now - start }
}
