public import Contracts

/// The stored response to the first request with an idempotency key.
public struct StoredResponse: Hashable, Sendable {
  /// A hash of the request, by which a later request with the same key is recognized as a retry.
  public var fingerprint: String
  /// The affected aggregate: its id, and its version for the `ETag`.
  public var subject: Identifier
  public var version: Int64
  /// The JSON body.
  public var body: [UInt8]

  public init(fingerprint: String, subject: Identifier, version: Int64, body: [UInt8]) {
    self.fingerprint = fingerprint
    self.subject = subject
    self.version = version
    self.body = body
  }
}
