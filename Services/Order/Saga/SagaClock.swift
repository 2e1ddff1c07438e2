import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Saga time: how long this service has been at work, in milliseconds, on any instance.
///
/// It is kept in the database and moved on by each instance's monotonic clock, by compare-and-set, so several instances move it
/// no faster than one, and a wall clock that jumps moves it not at all. While no instance is at work it stands still. Between two
/// ticks ``now`` goes on in memory; it never goes back. Safe to use from any task.
final class SagaClock: Service {
  private struct Reading {
    /// What the database had at `instant`.
    var elapsed: Int64
    var instant: Duration
    var latest: Int64
  }

  /// What one tick adds at most: while PostgreSQL was away, or the process stopped, nobody could do what a deadline waits for.
  private static let longestTick: Int64 = 5000

  private let postgres: PostgresClient
  private let interval: Duration
  private let monotonic: @Sendable () -> Duration
  private let logger: Logger
  private let reading: Mutex<Reading>

  /// Reads the clock for the first time.
  /// - Parameter monotonic: how long some clock has been going that never jumps.
  init(
    postgres: PostgresClient, interval: Duration = .seconds(1), logger: Logger,
    monotonic: @escaping @Sendable () -> Duration = SagaClock.uptime
  ) async throws {
    self.postgres = postgres
    self.interval = interval
    self.monotonic = monotonic
    self.logger = logger
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

  func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      while !Task.isCancelled {
        try? await Task.sleep(for: interval)
        do {
          try await tick()
        } catch is CancellationError {
          return
        } catch {
          if !Task.isCancelled { logger.debug("The saga clock can't tick now.", metadata: ["error": "\(error)"]) }
        }
      }
    }
  }

  /// Moves the clock on by what this instance has lived through, unless another one did so since the last look.
  func tick() async throws {
    let instant = monotonic()
    let (expected, elapsed) = reading.withLock { ($0.elapsed, $0.elapsed + Self.advance(from: $0.instant, to: instant)) }
    guard let found = try await postgres.execute(AdvanceSagaClock(expected: expected, elapsed: elapsed)).first else {
      throw Self.noRow
    }
    // What another instance wrote is as old as our look at it, at least.
    let seen = found == elapsed ? instant : monotonic()
    reading.withLock { $0 = Reading(elapsed: found, instant: seen, latest: max($0.latest, found)) }
  }

  private static func advance(from start: Duration, to end: Duration) -> Int64 {
    min(max(0, (end - start).milliseconds), longestTick)
  }

  private static let noRow = PostgresError(.protocolViolation, message: "saga_clock has lost its row")
  private static let start = ContinuousClock.now

  static func uptime() -> Duration { ContinuousClock.now - start }
}

/// What the saga clock shows.
struct ReadSagaClock: PostgresStatement {
  static let isReadOnly = true
  static let sql = "SELECT elapsed_ms FROM saga_clock"

  static func decode(_ row: inout PostgresRow) throws -> Int64 { try row.next(Int64.self) }
}

/// Moves the saga clock on, if it is where it was seen last; either way the answer is what it shows now.
struct AdvanceSagaClock: PostgresStatement {
  static let sql = """
    WITH advanced AS (
      UPDATE saga_clock SET elapsed_ms = $2 WHERE elapsed_ms = $1 RETURNING elapsed_ms
    )
    SELECT elapsed_ms FROM advanced
    UNION ALL
    SELECT elapsed_ms FROM saga_clock WHERE NOT EXISTS (SELECT FROM advanced)
    """
  let expected: Int64
  let elapsed: Int64

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(expected)
    parameters.append(elapsed)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int64 { try row.next(Int64.self) }
}
