public import Contracts

/// What a report of a load-test tool states about itself.
public struct ReportHeader: Encodable, Sendable {
  /// The JSON Schema that the report follows: `LoadTest/schemas/load.json` describes `baedal.load`.
  public struct Schema: Encodable, Sendable {
    public let name: String
    public let version: Int
  }

  public let schema: Schema
  /// The start of the measured run.
  public let startedAt: Timestamp
  /// The abbreviated commit of the system under test, with `-dirty` if tracked files were changed.
  public let commit: String

  /// - Parameter environment: `COMMIT`, as set by `Deploy/stack`.
  public init(schema: String, version: Int = 1, startedAt: Timestamp, _ environment: [String: String]) {
    self.schema = Schema(name: schema, version: version)
    self.startedAt = startedAt
    commit = environment["COMMIT"].flatMap { $0.isEmpty ? nil : $0 } ?? "unknown"
  }
}
