import Contracts
import Hummingbird
import NIOCore
import Web

/// `POST /authorizations`
struct AuthorizeBody: Decodable {
  let reference: String
  let amount: Money
  let token: CardToken

  func validated() throws -> NewAuthorization {
    var validation = Validation()
    validation.checkReference(reference)
    validation.checkAmount(amount)
    try validation.finish()
    return NewAuthorization(reference: reference, amount: amount.amount, token: token)
  }
}

/// `POST /authorizations/{id}/captures`, `POST /authorizations/{id}/refunds`
struct AmountBody: Decodable {
  let amount: Money

  func validated() throws -> Int64 {
    var validation = Validation()
    validation.checkAmount(amount)
    try validation.finish()
    return amount.amount
  }
}

/// `POST /authorizations/{id}/void`
struct VoidBody: Decodable {
  private enum NoKeys: CodingKey {}

  /// Opens the container, because `StrictJSON` finds unknown members only in objects that were opened.
  init(from decoder: any Decoder) throws {
    _ = try decoder.container(keyedBy: NoKeys.self)
  }
}

/// `POST /reversals`
struct ReverseBody: Decodable {
  let reference: String

  func validated() throws -> String {
    var validation = Validation()
    validation.checkReference(reference)
    try validation.finish()
    return reference
  }
}

extension CardToken: Decodable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let token = CardToken(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "must be tok_ and 1 to 60 alphanumeric characters or underscores")
    }
    self = token
  }
}

extension Validation {
  fileprivate mutating func checkReference(_ reference: String) {
    check(
      (1...100).contains(reference.utf8.count) && reference.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "/reference",
      "must have 1 to 100 visible ASCII characters")
  }

  fileprivate mutating func checkAmount(_ amount: Money) {
    check((1...1_000_000_000_000).contains(amount.amount), "/amount/amount", "must lie between 1 and 1000000000000")
  }
}

extension Request {
  /// - Throws: 400 `idempotency_key_required`, `invalid_idempotency_key`.
  func operation(_ body: ByteBuffer) throws(Problem) -> OperationRequest {
    OperationRequest(key: try requireIdempotencyKey().value, fingerprint: fingerprint(body: body))
  }
}
