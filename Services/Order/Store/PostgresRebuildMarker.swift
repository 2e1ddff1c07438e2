import Postgres
import Projections

/// Stores whether the shop replica was built completely, in the same database; one row per instance that has built it.
struct PostgresRebuildMarker: RebuildMarker {
  let postgres: PostgresClient
  /// The instance's name.
  let builder: String

  func isBuilt() async throws -> Bool {
    try await postgres.execute(SelectIsBuilt()).first ?? false
  }

  func beginBuild() async throws {
    _ = try await postgres.execute(BeginBuild(builder: builder))
  }

  func finishBuild() async throws -> Bool {
    try await postgres.execute(FinishBuild(builder: builder)).first != nil
  }
}
