public import HTTPTypes
public import Hummingbird
public import Contracts
import NIOCore

extension Response {
  /// A document from the database, with its `ETag`; it must not be cached, because callers need the current state.
  public static func document(_ document: Document, status: HTTPResponse.Status = .ok) -> Response {
    var headers = HTTPFields.uncached
    if document.isReplay { headers[.idempotencyReplayed] = "true" }
    return .json(bytes: ByteBuffer(bytes: document.json ?? []), status: status, version: document.version, headers: headers)
  }

  /// 201 with a document, located below the path of its collection.
  public static func created(_ document: Document, in collection: String) -> Response {
    var response = Response.document(document, status: .created)
    response.headers[.location] = "\(collection)/\(document.id)"
    return response
  }

  /// The response to a `GET`: 304 to a client that has this version already.
  public static func document(_ document: Document, for request: Request) -> Response {
    guard request.hasCurrent(version: document.version) else { return .document(document) }
    return .notModified(.version(document.version), headers: .uncached)
  }
}

extension HTTPFields {
  public static let uncached: HTTPFields = [.cacheControl: "no-store"]
}

extension HTTPField.Name {
  public static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
}
