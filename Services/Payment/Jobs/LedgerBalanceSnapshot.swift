import Concurrency
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Adds new ledger entries to the stored account balances, so that a balance query sums few entries and movements do not contend for the
/// accounts' rows.
///
/// A round adds the entries up to the last position that the previous round read. An entry below that position that was uncommitted then
/// has been committed since, because no statement may take as long as the interval.
struct LedgerBalanceSnapshot: Service {
  let postgres: PostgresClient
  let logger: Logger
  var interval: Duration = .seconds(30)

  func run() async throws {
    let position = Atomic<Int64>(0)
    try await PeriodicJob(
      "add ledger entries to the balances", every: interval, logger: logger,
      round: {
        let next = try await close(through: position.load(ordering: .relaxed))
        position.store(next, ordering: .relaxed)
      }
    ).run()
  }

  /// Adds the entries up to a position, and returns the position of the next round.
  func close(through position: Int64) async throws -> Int64 {
    if position > 0 { _ = try await postgres.execute(CloseBalances(position: position)) }
    return try await postgres.execute(SelectLastPosition()).first ?? 0
  }
}
