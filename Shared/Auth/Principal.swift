public import Contracts

/// The caller: a role and the id of the account that holds it.
public struct Principal: Hashable, Sendable {
  public enum Role: String, Sendable, CaseIterable, Codable {
    case customer, owner, rider, `operator`, service
  }

  public var role: Role
  public var id: Identifier
  /// The name of the calling service, such as `order`; `nil` for people.
  public var client: String?

  public init(role: Role, id: Identifier, client: String? = nil) {
    self.role = role
    self.id = id
    self.client = client
  }

  /// Reads `<role>:<uuid>`.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let role = Role(rawValue: String(parts[0])), let id = Identifier(parts[1]) else { return nil }
    self.init(role: role, id: id)
  }

  /// `<role>:<uuid>`, as used in logs and idempotency keys.
  public var text: String { "\(role.rawValue):\(id)" }
}
