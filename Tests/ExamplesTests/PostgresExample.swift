import Postgres

// example: postgres
/// One statement, prepared once per connection; parameters and columns are typed.
struct ChangeStock: PostgresStatement {
  static let sql = "UPDATE stock SET amount = amount + $2 WHERE item = $1 AND amount + $2 >= 0 RETURNING amount"
  let item: String
  let change: Int

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(item)
    parameters.append(change)
  }

  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}

let stockMigrations = [
  PostgresMigration(
    number: 1, name: "create_stock",
    sql: "CREATE TABLE stock (item text PRIMARY KEY, amount bigint NOT NULL); INSERT INTO stock VALUES ('rice', 0), ('kimchi', 1)"
  )
]

/// - Parameter postgres: a service: `run()` lasts as long as its connections.
func restock(_ postgres: PostgresClient) async throws -> Int {
  try await postgres.migrate(stockMigrations)
  // A thousand tasks share a few connections: their statements are in flight at the same time.
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    for _ in 0..<1000 { tasks.addTask { _ = try await postgres.execute(ChangeStock(item: "rice", change: 1)) } }
    try await tasks.waitForAll()
  }
  // A transaction has a connection of its own. An error that `body` throws rolls it back.
  return try await postgres.withTransaction { transaction in
    guard let kimchi = try await transaction.execute(ChangeStock(item: "kimchi", change: -1)).first else { return 0 }
    let rice = try await transaction.execute(ChangeStock(item: "rice", change: -2)).first ?? 0
    return kimchi + rice
  }
}
// example end
