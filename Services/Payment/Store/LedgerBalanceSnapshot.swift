import Logging
import Postgres
import ServiceLifecycle

/// Closes the balances of the ledger's accounts now and then, so that asking for them stays cheap and no movement has to wait for another one
/// at the row of an account.
///
/// What is closed in a round is what could be seen in the round before: an entry below that position which was not yet committed then has
/// been since, for no statement may last as long as the pause between rounds.
struct LedgerBalanceSnapshot: Service {
  let postgres: PostgresClient
  let logger: Logger
  var pause: Duration = .seconds(30)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var seen: Int64 = 0
      while !Task.isCancelled {
        do {
          seen = try await close(through: seen)
        } catch {
          logger.debug("The ledger's balances can't be closed now; later again.", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: pause)
      }
    }
  }

  /// Closes what was seen before, and returns what is to be closed next.
  func close(through position: Int64) async throws -> Int64 {
    if position > 0 { _ = try await postgres.execute(CloseBalances(position: position)) }
    return try await postgres.execute(SelectLastPosition()).first ?? 0
  }
}
