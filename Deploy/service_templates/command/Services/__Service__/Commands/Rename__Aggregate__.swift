import Contracts

/// Changes the name of a __words__.
struct Rename__Aggregate__: Sendable {
  let store: any __Aggregate__Store

  /// - Parameters:
  ///   - name: valid by ``__Aggregate__Rules``.
  ///   - expectedVersion: the version that the client has seen; `nil` for any.
  /// - Throws: ``__Aggregate__Error``.
  func callAsFunction(_ id: Identifier, to name: String, expectedVersion: Int64?) async throws -> Document {
    if let renamed = try await store.rename(id, to: name, expectedVersion: expectedVersion) { return renamed }
    guard let current = try await store.__aggregates__([id]).first else { throw __Aggregate__Error.unknown }
    throw __Aggregate__Error.versionMismatch(current: current.version)
  }
}
