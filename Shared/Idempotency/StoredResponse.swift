public import Contracts

/// The first answer to a request, as it was sent.
public struct StoredResponse: Hashable, Sendable {
  /// Tells whether a later request with the same key is the same request.
  public var fingerprint: String
  /// What was made: its id, and the version of its aggregate for the `ETag`.
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
