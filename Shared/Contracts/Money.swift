/// An amount of South Korean won, which has no minor unit: `{"amount": 23000, "currency": "KRW"}`.
public struct Money: Hashable, Sendable {
  /// Whole won.
  public var amount: Int64

  public init(amount: Int64) {
    self.amount = amount
  }
}

extension Money: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case amount, currency
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    amount = try container.decode(Int64.self, forKey: .amount)
    guard try container.decode(String.self, forKey: .currency) == "KRW" else {
      throw DecodingError.dataCorruptedError(forKey: .currency, in: container, debugDescription: "must be \"KRW\"")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(amount, forKey: .amount)
    try container.encode("KRW", forKey: .currency)
  }
}
