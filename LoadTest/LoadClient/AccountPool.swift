/// The accounts that the tools use: registered once and reused in every run.
///
/// Identity hashes a password for tens of milliseconds at each sign-in, so the accounts are few and few sign in concurrently.
public struct AccountPool: Sendable {
  private static let concurrency = 4
  private let identity: Identity
  private let environment: [String: String]

  /// - Parameter urls: its environment has the accounts' shared `ACCOUNTS_PASSWORD`, `OPERATOR_EMAIL` and `OPERATOR_PASSWORD`.
  public init(_ urls: ServiceURLs, _ connections: HTTPConnections) {
    (identity, environment) = (Identity(urls.client(of: "identity", connections)), urls.environment)
  }

  /// Signs in the first `count` accounts of a role.
  ///
  /// - Throws: `MissingSetting`, `UnexpectedResponse`, `NoResponseError`.
  public func first(_ count: Int, _ role: UserSession.Role) async throws -> [UserSession] {
    try await withThrowingTaskGroup(of: (Int, UserSession, isNew: Bool).self) { group in
      var sessions: [Int: UserSession] = [:]
      // Accounts are registered in this order: after one that is new, all are.
      var areNew = false
      func take(_ next: (number: Int, session: UserSession, isNew: Bool)?) {
        guard let next else { return }
        sessions[next.number] = next.session
        areNew = areNew || next.isNew
      }
      for number in 0..<count {
        if number >= Self.concurrency { take(try await group.next()) }
        group.addTask { [areNew] in
          let (session, isNew) = try await session(number, role, isNew: areNew)
          return (number, session, isNew)
        }
      }
      while let next = try await group.next() { take(next) }
      return (0..<count).compactMap { sessions[$0] }
    }
  }

  /// Signs in one account, by its number.
  ///
  /// - Throws: `MissingSetting`, `UnexpectedResponse`, `NoResponseError`.
  public func session(_ number: Int, _ role: UserSession.Role) async throws -> UserSession {
    try await session(number, role, isNew: false).session
  }

  private func session(
    _ number: Int, _ role: UserSession.Role, isNew: Bool
  ) async throws -> (session: UserSession, isNew: Bool) {
    let credentials = AccountCredentials(
      email: "\(role.rawValue)-\(number)@load.baedal.example", password: try value("ACCOUNTS_PASSWORD"))
    let name = "\(Self.names[role] ?? "") \(number)"
    return try await identity.session(role, name: name, credentials, isNew: isNew)
  }

  /// Signs in the operator.
  ///
  /// - Throws: `MissingSetting`, `UnexpectedResponse`, `NoResponseError`.
  public func `operator`() async throws -> UserSession {
    let email = environment["OPERATOR_EMAIL"] ?? "operator@baedal.example"
    return try await identity.signIn(AccountCredentials(email: email, password: try value("OPERATOR_PASSWORD")))
  }

  private func value(_ name: String) throws(MissingSetting) -> String {
    guard let value = environment[name], !value.isEmpty else { throw MissingSetting(name: name) }
    return value
  }

  private static let names: [UserSession.Role: String] = [.customer: "손님", .owner: "사장님", .rider: "라이더"]
}

/// A required environment variable is missing.
public struct MissingSetting: Error, CustomStringConvertible {
  public let name: String

  public init(name: String) {
    self.name = name
  }

  public var description: String { "\(name) is not set; Deploy/stack sets it" }
}
